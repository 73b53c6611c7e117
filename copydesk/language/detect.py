"""The language of documents and of their blocks, as steps from table to table.

A first opinion on each document comes from its long lines, before anything is known of them. Once blocks are labelled,
each content block is looked at, a document's language is settled by the vote of its content, and blocks that cannot
tell by themselves take their document's.
"""

from typing import Final

import polars as pl

from copydesk.labels import Role
from copydesk.language.profiles import load_profiles
from copydesk.language.sampled import detect_by_langdetect, load_langdetect
from copydesk.language.vote import LONG_CHARS, Opinion, vote_languages
from copydesk.language.voters import UNDETERMINED
from copydesk.schemas import BLOCK_LANGUAGES, LANGUAGES, BlockLanguages, Languages, SettledLanguages, Texts, Verdicts
from copydesk.settings import LanguageSettings

_SAMPLE_CHARS: Final = 3_000
_POINTS: Final = 10_000
"""Votes are summed in whole ten-thousandths of a character: such sums do not depend on their order."""


def prepare_detector(settings: LanguageSettings) -> None:
    """Load what the detector needs; call it before threads start, langdetect's own first use is not safe among them."""
    if settings.detector == "langdetect":
        load_langdetect()
    else:
        load_profiles()


def detect_languages(texts: Texts, settings: LanguageSettings) -> Languages:
    """Give a first opinion on the language of each document, from its long lines, or all of it where there are none."""
    opinions = _ask([_choose_sample(text) for text in texts["text"]], settings)
    return LANGUAGES.check(_add_opinions(texts, opinions))


def _choose_sample(text: str) -> str:
    lines = [line for line in text.splitlines() if len(line) >= LONG_CHARS]
    return "\n".join(lines or [text])[:_SAMPLE_CHARS]


def detect_block_languages(verdicts: Verdicts, settings: LanguageSettings) -> BlockLanguages:
    """Look at each content block by itself; equal texts once."""
    content = verdicts.filter(pl.col("role") == Role.CONTENT)
    opinions = _ask(content["text"].to_list(), settings)
    return BLOCK_LANGUAGES.check(
        _add_opinions(content, opinions).with_columns(n_chars=pl.col("text").str.len_chars().cast(pl.Int64))
    )


def settle_languages(blocks: BlockLanguages, first: Languages) -> SettledLanguages:
    """Settle the language of each document in `first` by the vote of its content blocks, and then that of the blocks.

    A block has a vote for each of its characters, times its confidence. Short blocks have one only where there are no
    long ones; where no block can tell, the first opinion stands. The document's confidence is its language's share of
    the characters, times the confidence of the blocks in it: half French, half English gives some 0.5. A block that is
    not sure of its own language takes its document's, with its confidence.
    """
    documents = LANGUAGES.check(
        first.rename({"language": "first", "language_confidence": "first_confidence"})
        .join(_count_votes(blocks), on="document_id", how="left", maintain_order="left")
        .with_columns(
            language=pl.coalesce("language", "first"),
            language_confidence=pl.coalesce("language_confidence", "first_confidence"),
        )
    )
    return SettledLanguages(documents, _settle_blocks(blocks, documents))


def _count_votes(blocks: BlockLanguages) -> Languages:
    is_long = pl.col("n_chars") >= LONG_CHARS
    tell = blocks.filter(pl.col("language") != UNDETERMINED)
    votes = (
        tell.filter(is_long | ~is_long.any().over("document_id"))
        .with_columns(points=(pl.col("n_chars") * pl.col("language_confidence") * _POINTS).round().cast(pl.Int64))
        .group_by("document_id", "language")
        .agg(pl.col("points", "n_chars").sum())
        .with_columns(all_chars=pl.col("n_chars").sum().over("document_id"))
        .sort("points", "language", descending=[True, False])
        .unique("document_id", keep="first")
    )
    share = pl.col("points") / pl.col("all_chars") / _POINTS
    return LANGUAGES.check(votes.with_columns(language_confidence=share.round(4)))


def _settle_blocks(blocks: BlockLanguages, documents: Languages) -> BlockLanguages:
    joined = blocks.join(documents, on="document_id", how="left", maintain_order="left", suffix="_of_document")
    takes = ~pl.col("is_sure") & (pl.col("language") != pl.col("language_of_document"))
    settled = (
        pl.when(takes).then(f"{name}_of_document").otherwise(name).alias(name)
        for name in ("language", "language_confidence")
    )
    return BLOCK_LANGUAGES.check(joined.with_columns(*settled))


def _ask(texts: list[str], settings: LanguageSettings) -> list[Opinion]:
    return detect_by_langdetect(texts) if settings.detector == "langdetect" else vote_languages(texts)


def _add_opinions(frame: pl.DataFrame, opinions: list[Opinion]) -> pl.DataFrame:
    languages, confidences, sure = zip(*opinions, strict=True) if opinions else ((), (), ())
    return frame.with_columns(
        pl.Series("language", languages, pl.String),
        pl.Series("language_confidence", confidences, pl.Float64),
        pl.Series("is_sure", sure, pl.Boolean),
    )
