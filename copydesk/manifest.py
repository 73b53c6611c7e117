"""What a version was made from: one row a source file."""

from collections.abc import Sequence

import polars as pl

from copydesk.publish import MANIFEST
from copydesk.reading import Source
from copydesk.schemas import Documents, Texts


def build_manifest(sources: Sequence[Source], texts: Texts, documents: Documents) -> pl.DataFrame:
    """Describe the source files of a batch.

    Args:
        sources: the files as found.
        texts: the documents read from them.
        documents: those of them that passed their checks; a source without any is noted as quarantined.

    Returns:
        A `MANIFEST` table.
    """
    found = pl.DataFrame(
        [(source.source_file, source.size, source.mtime_ns) for source in sources],
        schema={name: MANIFEST.columns[name] for name in ("source_file", "size", "mtime_ns")},
        orient="row",
    )
    hashes = texts.group_by("source_file").agg(pl.col("source_hash").first())
    passed = documents.group_by("source_file").agg(n_documents=pl.len().cast(pl.Int64))
    rows = found.join(hashes, on="source_file", how="left").join(passed, on="source_file", how="left")
    outcome = pl.when(pl.col("n_documents").is_null()).then(pl.lit("quarantined")).otherwise(pl.lit("published"))
    return MANIFEST.check(rows.with_columns(outcome=outcome, n_documents=pl.col("n_documents").fill_null(0)))
