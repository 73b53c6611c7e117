"""What could not be read or published: carried from version to version until its source is mended."""

from collections.abc import Sequence

import polars as pl

from copydesk.schemas import QUARANTINE, Quarantine

_SAME: list[str] = ["source_file", "document_id", "table", "reason"]


def update_quarantine(former: Quarantine, found: Quarantine, processed: Sequence[str]) -> Quarantine:
    """Return the quarantine after a run.

    What belongs to sources that the run processed, or that are gone, leaves it; what the run found joins it, and
    remembers since when and how often the same was found before.

    Args:
        former: the quarantine of the version before.
        found: everything this run set aside.
        processed: names of the sources the run processed, and of those that are gone.
    """
    retried = pl.col("source_file").is_in(list(processed))
    before = (
        former.filter(retried)
        .group_by(_SAME)
        .agg(since=pl.col("first_found_at").min(), tries=pl.col("times_found").max())
    )
    again = found.join(before, on=_SAME, how="left", nulls_equal=True, maintain_order="left").with_columns(
        first_found_at=pl.min_horizontal("first_found_at", "since"),
        times_found=pl.col("times_found") + pl.col("tries").fill_null(0),
    )
    rows = pl.concat([former.filter(~retried), QUARANTINE.check(again)])
    return rows.sort("source_file", "table", "document_id", maintain_order=True)


def count_reasons(quarantine: Quarantine) -> pl.DataFrame:
    """Count quarantine rows: columns reason, table, sources (how many files), rows, first_found_at; most rows first."""
    return (
        quarantine.group_by("reason", "table")
        .agg(
            sources=pl.col("source_file").n_unique(),
            rows=pl.len(),
            first_found_at=pl.col("first_found_at").min(),
        )
        .sort("rows", "reason", descending=[True, False])
    )
