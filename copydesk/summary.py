"""What a run did, counted from the tables."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from copydesk.changes import Changes
from copydesk.run_log import PUBLISHED, UNCHANGED
from copydesk.schemas import COUNT, TEXT, Contract, Quarantine, Tables
from copydesk.versions import VersionInfo

MAX_LISTED: Final = 200
"""Documents, and quarantined sources, a summary holds one by one; totals count all."""

COUNTS: Final = Contract(
    "counts",
    {
        "document_id": TEXT,
        "source_file": TEXT,
        "record_index": COUNT,
        "language": TEXT,
        "title": TEXT,
        "label": TEXT,
        "kept": pl.Boolean(),
        "blocks": COUNT,
    },
    ("document_id", "label"),
)
"""What `count_labels` counts."""


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What became of one document; `removed` counts metadata and noise blocks by label, most frequent first."""

    source_file: str
    language: str
    title: str | None
    n_paragraphs: int
    removed: dict[str, int]


@dataclass(frozen=True, slots=True)
class QuarantineSummary:
    """What was set aside: a source file (`table` is None) or a row of a table, and why."""

    source_file: str
    table: str | None
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run did. The totals count everything; the lists hold at most `MAX_LISTED` entries each.

    Attributes:
        raw: the folder, file, glob or address of the source files.
        dataset: the folder readers open.
        outcome: published or unchanged.
        version: the version readers see after the run.
        total: rows of the whole dataset by table.
        sources: source files by what the run found them to be: new, edited, renamed, gone, outdated, unchanged.
        pipeline: what changed in the pipeline, where that made sources outdated.
        drift: how the delivery is unlike those before, a sentence each.
        n_documents: documents processed in this run, as all that follows.
    """

    raw: str
    dataset: str
    outcome: str
    version: str
    total: dict[str, int]
    sources: dict[str, int]
    pipeline: tuple[str, ...]
    drift: tuple[str, ...]
    n_documents: int
    n_paragraphs: int
    n_removed: int
    n_quarantined: int
    languages: dict[str, int]
    removed: dict[str, int]
    documents: tuple[DocumentSummary, ...]
    quarantined: tuple[QuarantineSummary, ...]


def count_labels(tables: Tables) -> pl.DataFrame:
    """Count the blocks of each document by label.

    Returns:
        One row a document and label: document_id, source_file, record_index, language, title, label, kept (bool) and
        blocks (int). A document without blocks has one row, its label null and blocks 0.
    """
    kept = tables.paragraphs.select("document_id", "label", kept=True)
    removed = tables.removed.select("document_id", "label", kept=False)
    blocks = pl.concat([kept, removed]).group_by("document_id", "label", "kept").len("blocks")
    return COUNTS.check(
        tables.documents.select("document_id", "source_file", "record_index", "language", "title")
        .join(blocks, on="document_id", how="left")
        .with_columns(pl.col("kept").fill_null(value=False), pl.col("blocks").fill_null(0).cast(pl.Int64))
        .sort("source_file", "record_index", "kept", "blocks", "label", descending=[False, False, True, True, False])
    )


def summarise_run(
    counts: Iterable[pl.DataFrame],
    quarantine: Quarantine,
    folders: tuple[str, Path],
    version: VersionInfo,
    changes: Changes,
) -> RunSummary:
    """Sum up a run.

    Args:
        counts: what `count_labels` gives, a frame for each part of what was processed; one is in memory at a time.
        quarantine: every row the run set aside.
        folders: where the source files are, and the one readers open.
        version: the version readers see after the run.
        changes: what the run found to do.
    """
    totals = _add_up(counts)
    return RunSummary(
        raw=folders[0],
        dataset=str(folders[1]),
        outcome=PUBLISHED if changes.has_work else UNCHANGED,
        version=version.id,
        total=dict(version.rows),
        sources=changes.count(),
        pipeline=changes.pipeline,
        drift=(),
        n_documents=totals.languages.total(),
        n_paragraphs=totals.kept.total(),
        n_removed=totals.removed.total(),
        n_quarantined=quarantine.height,
        languages=_order_counts(totals.languages),
        removed=_order_counts(totals.removed),
        documents=tuple(
            _summarise_document(rows) for rows in totals.first.partition_by("document_id", maintain_order=True)
        ),
        quarantined=tuple(
            QuarantineSummary(**row)
            for row in quarantine.head(MAX_LISTED).select("source_file", "table", "reason", "detail").to_dicts()
        ),
    )


@dataclass(slots=True)
class _Totals:
    """Documents by language, blocks by label, and the counts of the first documents."""

    languages: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    first: pl.DataFrame = field(default_factory=COUNTS.make_empty)


def _add_up(counts: Iterable[pl.DataFrame]) -> _Totals:
    totals = _Totals()
    for part in counts:
        documents = part.unique("document_id")
        totals.languages.update(_sum_blocks(documents.with_columns(blocks=pl.lit(1)), "language"))
        labelled = part.filter(pl.col("label").is_not_null())
        totals.kept.update(_sum_blocks(labelled.filter("kept"), "label"))
        totals.removed.update(_sum_blocks(labelled.filter(~pl.col("kept")), "label"))
        totals.first = _keep_first(pl.concat([totals.first, part]))
    return totals


def _keep_first(blocks: pl.DataFrame) -> pl.DataFrame:
    ordered = blocks.sort("source_file", "record_index", maintain_order=True)
    first = ordered["document_id"].unique(maintain_order=True).head(MAX_LISTED)
    return ordered.filter(pl.col("document_id").is_in(first.implode()))


def _order_counts(counts: Counter[str]) -> dict[str, int]:
    """Sort by number, the most frequent first, then by name."""
    return dict(sorted(counts.items(), key=lambda count: (-count[1], count[0])))


def list_counts(counts: Iterable[pl.DataFrame], at_most: int) -> list[dict[str, str | int]]:
    """List what `count_labels` counted as plain rows, at most `at_most` of them."""
    rows = COUNTS.make_empty()
    for part in counts:
        rows = pl.concat([rows, part.filter(pl.col("label").is_not_null())]).head(at_most)
        if rows.height == at_most:
            break
    return rows.select("source_file", "record_index", "language", "label", "kept", "blocks").to_dicts()


def _summarise_document(rows: pl.DataFrame) -> DocumentSummary:
    first = rows.row(0, named=True)
    removed = rows.filter(~pl.col("kept") & pl.col("label").is_not_null())
    return DocumentSummary(
        source_file=first["source_file"],
        language=first["language"],
        title=first["title"],
        n_paragraphs=int(rows.filter("kept")["blocks"].sum()),
        removed=dict(removed.select("label", "blocks").iter_rows()),
    )


def _sum_blocks(blocks: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(blocks.group_by(column).agg(pl.col("blocks").sum()).iter_rows())
