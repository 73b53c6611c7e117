"""Checks across tables and batches, which no suite of expectations for one table can express."""

from collections.abc import Collection
from typing import Final

import polars as pl

from copydesk.counts import count_chars, count_kept
from copydesk.errors import ChecksFailedError
from copydesk.schemas import DOCUMENTS, PARTITION_KEY, Documents, Paragraphs, Tables

KEYS_AT_ONCE: Final = 5_000_000
"""A million keys take some 100 MB."""


def check_tables(tables: Tables, incomplete: Collection[str]) -> None:
    """Check that the three tables of a batch fit together.

    Args:
        tables: rows that passed the expectations.
        incomplete: ids of documents of which a row is in quarantine; their characters are not counted up.

    Raises:
        ChecksFailedError: a check failed; the message names it and a document.
    """
    blocks = _stack_blocks(tables)
    whole = tables.documents.filter(~pl.col("document_id").is_in(list(incomplete)))
    _refuse("paragraphs_belong_to_documents", _find_strays(tables.documents, tables.paragraphs))
    _refuse("removed_belong_to_documents", _find_strays(tables.documents, tables.removed))
    _refuse("blocks_follow_each_other", _find_disorder(blocks, "block_index", "char_start", "char_end"))
    _refuse(
        "paragraphs_follow_each_other",
        _find_disorder(tables.paragraphs, "paragraph_index", "char_start", "char_end"),
    )
    _refuse("documents_count_their_paragraphs", _find_miscounts(whole, tables.paragraphs))
    _refuse("every_character_is_published_once", _find_losses(whole, blocks))


def check_keys(documents: pl.LazyFrame) -> None:
    """Check that no document stands twice in the dataset; some millions of keys are in memory at a time.

    The suites check all keys of the tables that are checked together, and the keys of paragraphs and removed blocks
    hold that of their document: where no document stands twice, none of them does.

    Raises:
        ChecksFailedError: a document stands twice.
    """
    keys = documents.select(DOCUMENTS.key)
    n_slices = keys.select(pl.len()).collect().item() // KEYS_AT_ONCE + 1
    for number in range(n_slices):
        some = keys.filter(pl.col("document_id").hash() % n_slices == number) if n_slices > 1 else keys
        repeated = some.group_by(DOCUMENTS.key).len().filter(pl.col("len") > 1).collect()
        if repeated.height:
            raise ChecksFailedError(
                f"Table 'documents' failed the check keys_are_unique: {repeated.height} keys stand more than once, for "
                f"example '{repeated['document_id'][0]}'. Nothing was published; the former dataset is as it was."
            )


def _refuse(check: str, document_ids: pl.Series) -> None:
    if document_ids.is_empty():
        return
    raise ChecksFailedError(
        f"The tables failed the check {check} in {document_ids.n_unique()} documents, for example document_id "
        f"'{document_ids[0]}'. Nothing was published; the former dataset is as it was. This is a fault of the "
        "pipeline, not of the page: please report it with the source file."
    )


def _stack_blocks(tables: Tables) -> pl.DataFrame:
    """Return document_id, block_index, char_start, char_end and n_chars of every block, in order."""
    verbatim = tables.paragraphs.with_columns(text=pl.coalesce("text_verbatim", "text"))
    columns = ("document_id", "block_index", "char_start", "char_end", count_chars(pl.col("text")).alias("n_chars"))
    return pl.concat([verbatim.select(columns), tables.removed.select(columns)]).sort("document_id", "block_index")


def _find_strays(documents: Documents, rows: pl.DataFrame) -> pl.Series:
    """Find rows whose document is not there, or is there in another language and so in another partition."""
    return rows.join(documents, on=["document_id", PARTITION_KEY], how="anti")["document_id"]


def _find_disorder(rows: pl.DataFrame, index: str, start: str, end: str) -> pl.Series:
    """Find documents in which a row starts before the row before it ended, or repeats its index."""
    before = pl.col(end, index).shift().over("document_id").name.prefix("before_")
    ordered = rows.select("document_id", index, start, end).sort("document_id", index).with_columns(before)
    wrong = (pl.col(start) < pl.col(f"before_{end}")) | (pl.col(index) == pl.col(f"before_{index}"))
    return ordered.filter(wrong)["document_id"]


def _find_miscounts(documents: Documents, paragraphs: Paragraphs) -> pl.Series:
    counted = count_kept(documents, paragraphs)
    same = (counted["n_paragraphs"] == documents["n_paragraphs"]) & (
        counted["n_chars_kept"] == documents["n_chars_kept"]
    )
    return documents.filter(~same)["document_id"]


def _find_losses(documents: Documents, blocks: pl.DataFrame) -> pl.Series:
    """Find documents whose blocks and white space do not make up the whole text again."""
    published = blocks.group_by("document_id").agg(
        pl.col("n_chars").sum(),
        pl.col("char_end").max(),
        n_in_blocks=(pl.col("char_end") - pl.col("char_start")).sum(),
    )
    joined = documents.join(published, on="document_id", how="left").with_columns(
        pl.col("n_chars", "char_end", "n_in_blocks").fill_null(0)
    )
    lost = pl.col("n_chars") != pl.col("n_chars_raw")
    unfilled = pl.col("char_end") - pl.col("n_in_blocks") > pl.col("white_space").str.len_chars().cast(pl.Int64)
    return joined.filter(lost | unfilled)["document_id"]
