"""What a version was made from: one row a source file."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from copydesk.changes import Changes
from copydesk.reading import Source
from copydesk.schemas import MANIFEST, TEXT, Manifest

UNSETTLED: Final = -1
"""Stands for the time of change of a file that may change once more without showing it: it is hashed next time."""
_SETTLES_AFTER: Final = timedelta(seconds=2)
_FOUND: Final = {name: MANIFEST.columns[name] for name in ("source_file", "size", "mtime_ns")}


def describe_sources(
    sources: Sequence[Source], hashes: Mapping[str, str], fingerprint: str, listed_at: datetime
) -> Manifest:
    """Describe the source files of a batch, before any is published.

    Args:
        sources: the files as found.
        hashes: SHA-256 of the bytes of each that could be read, by `source_file`.
        fingerprint: the pipeline that processes them.
        listed_at: when they were found. File systems tell times to 2 s at worst, so a file changed that short before
            may change again without another time; its time is noted as `UNSETTLED`.
    """
    known = pl.DataFrame(list(hashes.items()), schema={"source_file": TEXT, "source_hash": TEXT}, orient="row")
    rows = _list_found(sources, listed_at).join(known, on="source_file", how="left")
    return MANIFEST.check(
        rows.with_columns(
            outcome=pl.lit("quarantined"), n_documents=pl.lit(0, dtype=pl.Int64), fingerprint=pl.lit(fingerprint)
        )
    )


def note_outcomes(rows: Manifest, documents: pl.LazyFrame) -> Manifest:
    """Note what became of sources: published where `documents`, those that passed their checks, holds one of it."""
    passed = documents.group_by("source_file").agg(published=pl.len().cast(pl.Int64)).collect()
    noted = rows.join(passed, on="source_file", how="left").with_columns(
        n_documents=pl.col("published").fill_null(0),
        outcome=pl.when(pl.col("published").is_null()).then(pl.lit("quarantined")).otherwise(pl.lit("published")),
    )
    return MANIFEST.check(noted)


def update_manifest(
    former: Manifest,
    processed: Iterable[Manifest],
    changes: Changes,
    fingerprint: str,
    listed_at: datetime,
) -> Manifest:
    """Return the manifest after a run.

    Args:
        former: the manifest of the version before; without rows where there is none.
        processed: the rows of what was processed.
        changes: what the run found.
        fingerprint: the pipeline of this run; sources that are there and need nothing are as good as processed by it.
        listed_at: when the sources were found.
    """
    replaced = [*changes.leaving, *(source.source_file for source in changes.new)]
    kept = former.filter(~pl.col("source_file").is_in(replaced))
    is_there = ~pl.col("source_file").is_in(list(changes.absent))
    kept = kept.with_columns(fingerprint=pl.when(is_there).then(pl.lit(fingerprint)).otherwise("fingerprint")).update(
        _list_found(changes.touched, listed_at), on="source_file", how="left"
    )
    return MANIFEST.check(pl.concat([kept, *processed]).sort("source_file"))


def _list_found(sources: Sequence[Source], listed_at: datetime) -> pl.DataFrame:
    found = pl.DataFrame([(s.source_file, s.size, s.mtime_ns) for s in sources], schema=_FOUND, orient="row")
    listed_ns = int(listed_at.timestamp() * 1e9)
    settles_ns = int(_SETTLES_AFTER.total_seconds() * 1e9)
    is_settled = (pl.col("mtime_ns") - listed_ns).abs() > settles_ns
    return found.with_columns(mtime_ns=pl.when(is_settled).then("mtime_ns").otherwise(UNSETTLED))
