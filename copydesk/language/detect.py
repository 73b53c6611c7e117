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
from copydesk.schemas import BLOCK_LANGUAGES, LANGUAGES, BlockLanguages, Languages, SettledLanguages, Texts, Verdicts
from copydesk.settings import LanguageSettings

_SAMPLE_CHARS: Final = 1_000
_BLOCK_CHARS: Final = 500


def prepare_detector(settings: LanguageSettings) -> None:
    """Load what the detector needs; call it before threads start, langdetect's own first use is not safe among them."""
    if settings.detector == "langdetect":
        load_langdetect()
    else:
        load_profiles()


def detect_languages(texts: Texts, settings: LanguageSettings) -> Languages:
    """Give a first opinion on the language of each document, from its long lines, or all of it where there are none."""
    opinions = _ask([_choose_sample(text) for text in texts["text"]], settings)
    return LANGUAGES.check(_add_answers(texts, [opinion[:2] for opinion in opinions]))


def _choose_sample(text: str) -> str:
    lines = [line for line in text.splitlines() if len(line) >= LONG_CHARS]
    return "\n".join(lines or [text])[:_SAMPLE_CHARS]


def detect_block_languages(verdicts: Verdicts, settings: LanguageSettings) -> BlockLanguages:
    """Look at each content block by itself; equal texts once."""
    content = verdicts.filter(pl.col("role") == Role.CONTENT)
    opinions = _ask([text[:_BLOCK_CHARS] for text in content["text"]], settings, only_sure=True)
    is_sure = pl.Series("is_sure", [opinion.is_sure for opinion in opinions], pl.Boolean)
    n_chars = content["text"].str.len_chars().cast(pl.Int64).alias("n_chars")
    answers = [opinion[:2] for opinion in opinions]
    return BLOCK_LANGUAGES.check(_add_answers(content, answers).with_columns(is_sure, n_chars))


def settle_languages(blocks: BlockLanguages, first: Languages) -> SettledLanguages:
    """Settle the language of each document in `first` by the vote of its content blocks, and then that of the blocks.

    A block has a vote for each of its characters, times its confidence. Short blocks have one only where there are no
    long ones; where no block can tell, the first opinion stands. The document's confidence is its language's share of
    the characters, times the confidence of the blocks in it: half French, half English gives some 0.5. A block that is
    not sure of its own language takes its document's, with its confidence.
    """
    columns = ("document_id", "n_chars", "language", "language_confidence", "is_sure")
    rows = list(blocks.select(columns).iter_rows())
    votes: dict[str, list[Vote]] = {}
    for document_id, n_chars, language, confidence, _ in rows:
        if language != UNDETERMINED:
            votes.setdefault(document_id, []).append(Vote(n_chars, language, confidence))
    documents = {
        document_id: _count_votes(votes[document_id]) if document_id in votes else (language, confidence)
        for document_id, language, confidence in first.iter_rows()
    }
    settled = [
        (language, confidence) if is_sure or language == documents[document_id][0] else documents[document_id]
        for document_id, _, language, confidence, is_sure in rows
    ]
    return SettledLanguages(
        LANGUAGES.check(_add_answers(first, list(documents.values()))),
        BLOCK_LANGUAGES.check(_add_answers(blocks, settled)),
    )


class Vote(NamedTuple):
    """The vote of one block on the language of its document."""

    n_chars: int
    language: str
    confidence: float


def _count_votes(votes: Sequence[Vote]) -> tuple[str, float]:
    counted = [vote for vote in votes if vote.n_chars >= LONG_CHARS] or votes
    points: dict[str, float] = {}
    for vote in counted:
        points[vote.language] = points.get(vote.language, 0.0) + vote.n_chars * vote.confidence
    winner = min(points, key=lambda language: (-points[language], language))
    return winner, round(points[winner] / sum(vote.n_chars for vote in counted), 4)


def _ask(texts: list[str], settings: LanguageSettings, *, only_sure: bool = False) -> list[Opinion]:
    if settings.detector == "langdetect":
        return detect_by_langdetect(texts)
    return vote_languages(texts, only_sure=only_sure)


def _add_answers(frame: pl.DataFrame, answers: Sequence[tuple[str, float]]) -> pl.DataFrame:
    return frame.with_columns(
        pl.Series("language", [language for language, _ in answers], pl.String),
        pl.Series("language_confidence", [confidence for _, confidence in answers], pl.Float64),
    )
