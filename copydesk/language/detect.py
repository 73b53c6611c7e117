"""The language of documents and of their blocks, as steps from table to table.

A first opinion on each document comes from its long lines, before anything is known of them. Once blocks are labelled,
each content block is looked at, a document's language is settled by the vote of its content, and blocks that cannot
tell by themselves take their document's.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from copydesk.labels import Role
from copydesk.language.profiles import load_profiles
from copydesk.language.sampled import detect_by_langdetect, load_langdetect
from copydesk.language.vote import LONG_CHARS, Opinion, vote_languages
from copydesk.language.voters import UNDETERMINED
from copydesk.schemas import (
    BLOCK_LANGUAGES,
    LANGUAGES,
    BlockLanguages,
    Contract,
    Languages,
    SettledLanguages,
    Texts,
    Verdicts,
)
from copydesk.settings import LanguageSettings

_SAMPLE_CHARS: Final = 1_000
_BLOCK_CHARS: Final = 300
_OPINION: Final = ("language", "language_confidence", "is_sure")

Vote = tuple[int, str, float]
"""The vote of one block on the language of its document: characters, language, confidence."""


def prepare_detector(settings: LanguageSettings) -> None:
    """Load what the detector needs; call it before threads start, langdetect's own first use is not safe among them."""
    if settings.detector == "langdetect":
        load_langdetect()
    else:
        load_profiles()


def detect_languages(texts: Texts, settings: LanguageSettings) -> Languages:
    """Give a first opinion on the language of each document, from its long lines, or all of it where there are none."""
    opinions = _ask([_choose_sample(text) for text in texts["text"]], settings)
    return _make_table(LANGUAGES, texts["document_id"], *_transpose(opinions, len(_OPINION))[:-1])


def _choose_sample(text: str) -> str:
    lines = [line for line in text.splitlines() if len(line) >= LONG_CHARS]
    return "\n".join(lines or [text])[:_SAMPLE_CHARS]


def detect_block_languages(verdicts: Verdicts, settings: LanguageSettings) -> BlockLanguages:
    """Look at each content block by itself; equal texts once."""
    is_content = verdicts["role"] == Role.CONTENT
    texts = verdicts["text"].filter(is_content).to_list()
    opinions = _ask([text[:_BLOCK_CHARS] for text in texts], settings, only_sure=True)
    key = (verdicts[name].filter(is_content) for name in BLOCK_LANGUAGES.key)
    return _make_table(BLOCK_LANGUAGES, *key, *_transpose(opinions, len(_OPINION)), list(map(len, texts)))


def settle_languages(blocks: BlockLanguages, first: Languages) -> SettledLanguages:
    """Settle the language of each document in `first` by the vote of its content blocks, and then that of the blocks.

    A block has a vote for each of its characters, times its confidence. Short blocks have one only where there are no
    long ones; where no block can tell, the first opinion stands. The document's confidence is its language's share of
    the characters, times the confidence of the blocks in it: half French, half English gives some 0.5. A block that is
    not sure of its own language takes its document's, with its confidence.
    """
    owners, languages, confidences, sure, n_chars = (
        blocks[name].to_list() for name in ("document_id", *_OPINION, "n_chars")
    )
    votes: dict[str, list[Vote]] = {}
    for owner, vote in zip(owners, zip(n_chars, languages, confidences, strict=True), strict=True):
        if vote[1] != UNDETERMINED:
            votes.setdefault(owner, []).append(vote)
    documents = {owner: (language, confidence) for owner, language, confidence in first.iter_rows()} | {
        owner: _count_votes(cast) for owner, cast in votes.items()
    }
    settled = [
        own if is_sure or own[0] == documents[owner][0] else documents[owner]
        for owner, is_sure, own in zip(owners, sure, zip(languages, confidences, strict=True), strict=True)
    ]
    key = (blocks[name] for name in BLOCK_LANGUAGES.key)
    return SettledLanguages(
        _make_table(LANGUAGES, first["document_id"], *_transpose(list(documents.values()), 2)),
        _make_table(BLOCK_LANGUAGES, *key, *_transpose(settled, 2), blocks["is_sure"], blocks["n_chars"]),
    )


def _count_votes(votes: Sequence[Vote]) -> tuple[str, float]:
    """Return the language that wins, and how sure that is."""
    counted = [vote for vote in votes if vote[0] >= LONG_CHARS] or votes
    points: dict[str, float] = {}
    for n_chars, language, confidence in counted:
        points[language] = points.get(language, 0.0) + n_chars * confidence
    winner = min(points, key=lambda language: (-points[language], language))
    return winner, round(points[winner] / sum(n_chars for n_chars, _, _ in counted), 4)


def _ask(texts: list[str], settings: LanguageSettings, *, only_sure: bool = False) -> list[Opinion]:
    if settings.detector == "langdetect":
        return detect_by_langdetect(texts)
    return vote_languages(texts, only_sure=only_sure)


def _transpose(rows: Sequence[tuple[object, ...]], width: int) -> Sequence[Sequence[object]]:
    return tuple(zip(*rows, strict=True)) if rows else ((),) * width


def _make_table(contract: Contract, *columns: Sequence[object] | pl.Series) -> pl.DataFrame:
    # Made at once: adding columns to a table takes a multiple of the time, where documents come one by one.
    named = dict(zip(contract.columns, columns, strict=True))
    return pl.DataFrame(named, schema=dict(contract.columns))
