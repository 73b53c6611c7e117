"""Counting characters and paragraphs, the same way wherever they are counted."""

import polars as pl

from copydesk.schemas import DOCUMENTS, Documents, Paragraphs


def count_chars(text: pl.Expr) -> pl.Expr:
    """Count the characters that are not white space; U+001C to U+001F are white space, as in Python."""
    spaces = text.str.count_matches(" ") + text.str.count_matches(r"[^\S ]|[\x1c-\x1f]")
    return (text.str.len_chars() - spaces).cast(pl.Int64)


def count_kept(documents: pl.DataFrame, paragraphs: Paragraphs) -> Documents:
    """Return `documents` with `n_paragraphs` and `n_chars_kept` counted from `paragraphs`."""
    kept = paragraphs.group_by("document_id").agg(
        n_paragraphs=pl.len().cast(pl.Int64),
        n_chars_kept=count_chars(pl.coalesce("text_verbatim", "text")).sum(),
    )
    counted = documents.drop("n_paragraphs", "n_chars_kept", strict=False).join(
        kept, on="document_id", how="left", maintain_order="left"
    )
    return DOCUMENTS.check(counted.with_columns(pl.col("n_paragraphs", "n_chars_kept").fill_null(0)))
