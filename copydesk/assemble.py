"""Assembling the published tables from verdicts. Every block is published once, as paragraph or as removed."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Final

import polars as pl

from copydesk.counts import count_chars, count_kept
from copydesk.labels import Role
from copydesk.schemas import (
    PARAGRAPHS,
    REMOVED,
    VERDICTS,
    BlockLanguages,
    Documents,
    Facts,
    Paragraphs,
    SettledLanguages,
    Tables,
    Texts,
    Verdicts,
)
from copydesk.settings import PIPELINE_VERSION
from copydesk.text.normalise import normalise_texts

_ID_BYTES: Final = 12
_NO_ROWS: Final = slice(0, 0)


def assemble_tables(
    texts: Texts, languages: SettledLanguages, verdicts: Verdicts, facts: Facts, processed_at: datetime
) -> Tables:
    """Return the three published tables of these documents, in the order of `texts`.

    `documents.ingested_at` is set to `processed_at`; publication replaces it where the document is known already.
    """
    blocks = join_removed_pieces(verdicts, texts)
    described = languages.documents.join(facts, on="document_id", how="left", maintain_order="left")
    is_content = blocks["role"] == Role.CONTENT
    paragraphs = _assemble_paragraphs(blocks.filter(is_content), described, languages.blocks)
    removed = blocks.filter(~is_content).join(languages.documents, on="document_id", how="left", maintain_order="left")
    documents = _assemble_documents(texts, described, paragraphs, blocks, processed_at)
    return Tables(documents, paragraphs, REMOVED.check(removed))


def join_removed_pieces(verdicts: Verdicts, texts: Texts) -> Verdicts:
    """Join neighbouring pieces of one line that were cut apart only to be removed with the same label.

    The first piece's reason and score stand for all. `block_index` keeps the order and may skip numbers.
    """
    pieces = verdicts.select(
        new=~(
            (pl.col("role") == Role.NOISE)
            & (pl.col("label") == pl.col("label").shift())
            & (pl.col("line_index") == pl.col("line_index").shift())
            & (pl.col("document_id") == pl.col("document_id").shift())
        ).fill_null(value=False)
    )
    if pieces["new"].all():
        return verdicts
    is_first, is_last = pieces["new"], pieces["new"].shift(-1, fill_value=True)
    joined = verdicts.filter(is_first).with_columns(verdicts["char_end"].filter(is_last))
    rows = (~is_last).filter(is_first).arg_true()
    whole = dict(texts.select("document_id", "text").iter_rows())
    spans = joined[rows].select("document_id", "char_start", "char_end").iter_rows()
    text = joined["text"].scatter(rows, [whole[key][start:end] for key, start, end in spans])
    return VERDICTS.check(joined.with_columns(text))


def _assemble_paragraphs(content: Verdicts, described: pl.DataFrame, languages: BlockLanguages) -> Paragraphs:
    verbatim, text = content["text"], normalise_texts(content["text"])
    # One query, not one a column: each costs a tenth of a millisecond, which shows where texts come one by one.
    shaped = content.with_columns(
        pl.Series("paragraph_id", _make_paragraph_ids(content["document_id"], text), dtype=pl.String),
        text.alias("text"),
        verbatim.set(verbatim == text, None).alias("text_verbatim"),
        paragraph_index=pl.int_range(pl.len()).over("document_id"),
    ).with_columns(n_chars=pl.col("text").str.len_chars().cast(pl.Int64), n_words=_count_words(pl.col("text")))
    own = languages.select(
        "document_id",
        "block_index",
        paragraph_language="language",
        paragraph_language_confidence="language_confidence",
    )
    joined = shaped.join(described, on="document_id", how="left", maintain_order="left").join(
        own, on=["document_id", "block_index"], how="left", maintain_order="left"
    )
    return PARAGRAPHS.check(joined)


def _count_words(text: pl.Expr) -> pl.Expr:
    """Count the words of normalised text: its single spaces, and one unless it is empty."""
    return text.str.count_matches(" ").cast(pl.Int64) + (text != "")


def _make_paragraph_ids(document_ids: pl.Series, texts: pl.Series) -> list[str]:
    """Ids from the document, the text and how often that text stood before: an edit elsewhere does not change them."""
    places = list(zip(document_ids.to_list(), texts.to_list(), strict=True))
    seen: dict[tuple[str, str], int] = {}
    ids = []
    for place in places:
        seen[place] = before = seen.get(place, -1) + 1
        ids.append(blake2b(f"{place[0]}\0{before}\0{place[1]}".encode(), digest_size=_ID_BYTES).hexdigest())
    return ids


def _assemble_documents(
    texts: Texts, described: pl.DataFrame, paragraphs: Paragraphs, blocks: Verdicts, processed_at: datetime
) -> Documents:
    time = pl.lit(processed_at, dtype=pl.Datetime("us", "UTC"))
    documents = texts.join(described, on="document_id", how="left", maintain_order="left").with_columns(
        n_chars_raw=count_chars(pl.col("text")),
        white_space=pl.Series(list(_find_white_space(texts, blocks)), dtype=pl.String),
        ingested_at=time,
        processed_at=time,
        pipeline_version=pl.lit(PIPELINE_VERSION),
    )
    return count_kept(documents, paragraphs)


def _find_white_space(texts: Texts, blocks: Verdicts) -> Iterator[str]:
    """Yield, for each document, what stands outside its blocks, which stand together."""
    starts, ends = blocks["char_start"].to_list(), blocks["char_end"].to_list()
    rows: dict[str, slice] = {}
    first = 0
    for document_id, n_blocks in Counter(blocks["document_id"].to_list()).items():
        rows[document_id] = slice(first, first + n_blocks)
        first += n_blocks
    for document_id, text in zip(texts["document_id"].to_list(), texts["text"].to_list(), strict=True):
        own = rows.get(document_id, _NO_ROWS)
        gaps = zip([0, *ends[own]], [*starts[own], len(text)], strict=True)
        yield "".join([text[start:end] for start, end in gaps])


def rebuild_texts(tables: Tables) -> dict[str, str]:
    """Return the decoded text of each document, by `document_id`, rebuilt from the published tables alone."""
    verbatim = pl.coalesce("text_verbatim", "text").alias("text")
    columns = ("document_id", "char_start", "text")
    blocks = pl.concat([tables.paragraphs.with_columns(verbatim).select(columns), tables.removed.select(columns)])
    by_document = blocks.sort("char_start").group_by("document_id").agg("char_start", "text")
    spans = {key: list(zip(starts, texts, strict=True)) for key, starts, texts in by_document.iter_rows()}
    gaps = tables.documents.select("document_id", "white_space").iter_rows()
    return {key: _fill_gaps(spans.get(key, []), white_space) for key, white_space in gaps}


def _fill_gaps(blocks: list[tuple[int, str]], white_space: str) -> str:
    parts: list[str] = []
    position = used = 0
    for start, text in blocks:
        gap = start - position
        parts += [white_space[used : used + gap], text]
        used += gap
        position = start + len(text)
    return "".join([*parts, white_space[used:]])
