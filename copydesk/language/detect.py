"""The language of documents and of their blocks, as steps from table to table.

A first opinion on each document comes from its long lines, before anything is known of them. Once blocks are labelled,
each content block is looked at, a document's language is settled by the vote of its content, and blocks that cannot
tell by themselves take their document's.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

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


def prepare_detector(settings: LanguageSettings) -> None:
    """Load what the detector needs; call it before threads start, langdetect's own first use is not safe among them."""
    if settings.detector == "langdetect":
        load_langdetect()
    else:
        load_profiles()


def detect_languages(texts: Texts, settings: LanguageSettings) -> Languages:
    """Give a first opinion on the language of each document, from its long lines, or all of it where there are none."""
    opinions = _ask([_choose_sample(text) for text in texts["text"]], settings)
    return _make_languages(texts["document_id"], opinions)


def _choose_sample(text: str) -> str:
    lines = [line for line in text.splitlines() if len(line) >= LONG_CHARS]
    return "\n".join(lines or [text])[:_SAMPLE_CHARS]


def detect_block_languages(verdicts: Verdicts, settings: LanguageSettings) -> BlockLanguages:
    """Look at each content block by itself; equal texts once."""
    content = verdicts.filter(pl.col("role") == Role.CONTENT)
    texts = content["text"].to_list()
    opinions = _ask([text[:_BLOCK_CHARS] for text in texts], settings, only_sure=True)
    return _make_block_languages(content, opinions, list(map(len, texts)))


def settle_languages(blocks: BlockLanguages, first: Languages) -> SettledLanguages:
    """Settle the language of each document in `first` by the vote of its content blocks, and then that of the blocks.

    A block has a vote for each of its characters, times its confidence. Short blocks have one only where there are no
    long ones; where no block can tell, the first opinion stands. The document's confidence is its language's share of
    the characters, times the confidence of the blocks in it: half French, half English gives some 0.5. A block that is
    not sure of its own language takes its document's, with its confidence.
    """
    n_chars = blocks["n_chars"].to_list()
    opinions = list(map(Opinion, *(blocks[name] for name in ("language", "language_confidence", "is_sure"))))
    owners = blocks["document_id"].to_list()
    votes: dict[str, list[Vote]] = {}
    for document_id, length, opinion in zip(owners, n_chars, opinions, strict=True):
        if opinion.language != UNDETERMINED:
            votes.setdefault(document_id, []).append(Vote(length, opinion.language, opinion.confidence))
    documents = {
        document_id: Opinion(language, confidence, is_sure=False)
        for document_id, language, confidence in first.iter_rows()
    } | {document_id: _count_votes(cast) for document_id, cast in votes.items()}
    settled = [
        opinion if opinion.is_sure or opinion.language == documents[owner].language else documents[owner]
        for owner, opinion in zip(owners, opinions, strict=True)
    ]
    return SettledLanguages(
        _make_languages(first["document_id"], list(documents.values())), _make_block_languages(blocks, settled, n_chars)
    )


class Vote(NamedTuple):
    """The vote of one block on the language of its document."""

    n_chars: int
    language: str
    confidence: float


def _count_votes(votes: Sequence[Vote]) -> Opinion:
    counted = [vote for vote in votes if vote.n_chars >= LONG_CHARS] or votes
    points: dict[str, float] = {}
    for vote in counted:
        points[vote.language] = points.get(vote.language, 0.0) + vote.n_chars * vote.confidence
    winner = min(points, key=lambda language: (-points[language], language))
    return Opinion(winner, round(points[winner] / sum(vote.n_chars for vote in counted), 4), is_sure=False)


def _ask(texts: list[str], settings: LanguageSettings, *, only_sure: bool = False) -> list[Opinion]:
    if settings.detector == "langdetect":
        return detect_by_langdetect(texts)
    return vote_languages(texts, only_sure=only_sure)


def _make_languages(document_ids: pl.Series, opinions: Sequence[Opinion]) -> Languages:
    languages, confidences, _ = _transpose(opinions)
    return _make_table(LANGUAGES, document_ids, languages, confidences)


def _make_block_languages(blocks: pl.DataFrame, opinions: Sequence[Opinion], n_chars: Sequence[int]) -> BlockLanguages:
    key = (blocks[name] for name in BLOCK_LANGUAGES.key)
    return _make_table(BLOCK_LANGUAGES, *key, *_transpose(opinions), n_chars)


def _transpose(opinions: Sequence[Opinion]) -> tuple[Sequence[object], ...]:
    return tuple(zip(*opinions, strict=True)) if opinions else ((), (), ())


def _make_table(contract: Contract, *columns: Sequence[object] | pl.Series) -> pl.DataFrame:
    # Made at once: adding columns to a table takes a multiple of the time, where documents come one by one.
    named = dict(zip(contract.columns, columns, strict=True))
    return pl.DataFrame(named, schema=dict(contract.columns))
