"""What a run did, for people: counted from the tables, then shown in Markdown or on a terminal."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from copydesk.changes import Changes
from copydesk.labels import NOISE_LABELS
from copydesk.run_log import PUBLISHED, UNCHANGED
from copydesk.schemas import COUNT, TEXT, Quarantine, Tables
from copydesk.versions import VersionInfo

MAX_SHOWN: Final = 20
"""Documents, and quarantined sources, shown one by one on a terminal or in Markdown."""
MAX_DETAIL_CHARS: Final = 160
MAX_LISTED: Final = 200
"""Documents, and quarantined sources, a summary holds one by one; totals count all."""

_NO_COUNTS: Final = pl.DataFrame(
    schema={
        "document_id": TEXT,
        "source_file": TEXT,
        "record_index": COUNT,
        "language": TEXT,
        "title": TEXT,
        "label": TEXT,
        "kept": pl.Boolean(),
        "blocks": COUNT,
    }
)
_KINDS: Final = {
    "new": "new",
    "edited": "edited",
    "renamed": "renamed",
    "gone": "gone",
    "outdated": "processed again",
    "unchanged": "unchanged",
}
_MARKDOWN_MARKS = re.compile(r"([\\`*_{}\[\]()<>#!|~&])")


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
        raw: the folder of source files.
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
    return (
        tables.documents.select("document_id", "source_file", "record_index", "language", "title")
        .join(blocks, on="document_id", how="left")
        .with_columns(pl.col("kept").fill_null(value=False), pl.col("blocks").fill_null(0).cast(pl.Int64))
        .sort("source_file", "record_index", "kept", "blocks", "label", descending=[False, False, True, True, False])
    )


def summarise_run(
    counts: Sequence[pl.DataFrame],
    quarantine: Quarantine,
    folders: tuple[Path, Path],
    version: VersionInfo,
    changes: Changes,
) -> RunSummary:
    """Sum up a run.

    Args:
        counts: what `count_labels` gives, a frame for each part of what was processed.
        quarantine: every row the run set aside.
        folders: that of the source files, and the one readers open.
        version: the version readers see after the run.
        changes: what the run found to do.
    """
    blocks = pl.concat([_NO_COUNTS, *counts]).sort("source_file", "record_index", maintain_order=True)
    removed = blocks.filter(~pl.col("kept") & pl.col("label").is_not_null())
    documents = blocks.unique("document_id", keep="first", maintain_order=True)
    return RunSummary(
        raw=str(folders[0]),
        dataset=str(folders[1]),
        outcome=PUBLISHED if changes.has_work else UNCHANGED,
        version=version.id,
        total=dict(version.rows),
        sources=changes.count(),
        pipeline=changes.pipeline,
        drift=(),
        n_documents=documents.height,
        n_paragraphs=int(blocks.filter("kept")["blocks"].sum()),
        n_removed=int(removed["blocks"].sum()),
        n_quarantined=quarantine.height,
        languages=_sum_blocks(documents.with_columns(blocks=pl.lit(1)), "language"),
        removed=_sum_blocks(removed, "label"),
        documents=tuple(
            _summarise_document(rows)
            for rows in blocks.join(documents.head(MAX_LISTED), on="document_id", how="semi").partition_by(
                "document_id", maintain_order=True
            )
        ),
        quarantined=tuple(
            QuarantineSummary(**row)
            for row in quarantine.head(MAX_LISTED).select("source_file", "table", "reason", "detail").to_dicts()
        ),
    )


def list_counts(counts: Sequence[pl.DataFrame], at_most: int) -> list[dict[str, str | int]]:
    """List what `count_labels` counted as plain rows, at most `at_most` of them."""
    rows = pl.concat([_NO_COUNTS, *counts]).filter(pl.col("label").is_not_null()).head(at_most)
    return rows.select("source_file", "record_index", "language", "label", "kept", "blocks").to_dicts()


def format_markdown(summary: RunSummary) -> str:
    """Write a run's summary as Markdown; text that comes from pages is escaped."""
    parts = [
        "# Dataset built",
        _describe_totals(summary),
        describe_sources(summary),
        *(f"**Unusual:** {_escape_markdown(sentence)}" for sentence in summary.drift),
        f"Dataset: {_escape_markdown(summary.dataset)} (version {_escape_markdown(summary.version)})",
        f"Languages: {_join_counts(summary.languages)}",
        f"Removed: {_join_counts(summary.removed) or 'nothing'}",
        "## Documents",
        _tabulate(
            ("Document", "Language", "Title", "Kept", "Removed"),
            [
                (d.source_file, d.language, d.title or "", str(d.n_paragraphs), _join_counts(d.removed))
                for d in summary.documents[:MAX_SHOWN]
            ],
        ),
        _mention_rest(summary.n_documents, "documents"),
    ]
    if summary.n_quarantined:
        parts += [
            "## Quarantined",
            _tabulate(
                ("Source", "Table", "Reason", "Detail"),
                [(q.source_file, q.table or "", q.reason, q.detail) for q in summary.quarantined[:MAX_SHOWN]],
            ),
            _mention_rest(summary.n_quarantined, "quarantined"),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def print_summary(summary: RunSummary, console: Console, programs: str = "") -> None:
    """Show a run's summary, where the dataset is and what to try next.

    Args:
        summary: what the run did.
        console: where to print.
        programs: what stands before a command that is not on the PATH, for example ".venv/bin/".
    """
    if summary.documents:
        console.print(_draw_documents(summary))
        _print_rest(summary.n_documents, "documents", console)
    if summary.quarantined:
        console.print("\n[bold yellow]Set aside[/] (the rows are in the quarantine folder)")
        for item in summary.quarantined[:MAX_SHOWN]:
            where = item.source_file + (f", table {item.table}" if item.table else "")
            console.print(
                f"  {escape(where)}: [yellow]{escape(item.reason)}[/] ({escape(_shorten(item.detail))})",
                highlight=False,
            )
        _print_rest(summary.n_quarantined, "quarantined", console)
    for sentence in summary.drift:
        console.print(f"[bold yellow]Unusual:[/] {escape(sentence)}", highlight=False)
    console.print(f"\n[bold]{_describe_totals(summary)}[/]", highlight=False)
    console.print(describe_sources(summary), highlight=False)
    total = ", ".join(f"{number:,} {table}" for table, number in summary.total.items())
    console.print(f"Dataset: {escape(summary.dataset)} ({total})", highlight=False, soft_wrap=True)
    if summary.outcome == UNCHANGED:
        return
    console.print("\nTry next:")
    for command in _suggest_commands(summary, programs):
        console.print(f"  {command}", markup=False, highlight=False, soft_wrap=True)


def describe_sources(summary: RunSummary) -> str:
    """Say what the run found the sources to be, and why some were processed again."""
    counts = ", ".join(f"{summary.sources[kind]:,} {words}" for kind, words in _KINDS.items() if summary.sources[kind])
    why = f" (changed: {', '.join(summary.pipeline)})" if summary.pipeline else ""
    return f"Sources: {counts or 'none'}{why}."


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_DETAIL_CHARS else f"{text[:MAX_DETAIL_CHARS]}..."


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
    sums = blocks.group_by(column).agg(pl.col("blocks").sum()).sort("blocks", column, descending=[True, False])
    return dict(sums.iter_rows())


def _describe_totals(summary: RunSummary) -> str:
    if summary.outcome == UNCHANGED:
        return "Nothing to do: the dataset is up to date."
    return (
        f"{summary.n_documents:,} document{'' if summary.n_documents == 1 else 's'}: "
        f"{summary.n_paragraphs:,} paragraphs kept, {summary.n_removed:,} blocks removed, "
        f"{summary.n_quarantined:,} set aside."
    )


def _join_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())


def _mention_rest(total: int, what: str) -> str:
    return f"... and {total - MAX_SHOWN:,} more {what}" if total > MAX_SHOWN else ""


def _print_rest(total: int, what: str, console: Console) -> None:
    if rest := _mention_rest(total, what):
        console.print(f"[dim]{rest}[/]", highlight=False)


def _escape_markdown(text: str) -> str:
    return _MARKDOWN_MARKS.sub(r"\\\1", " ".join(text.split()))


def _tabulate(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [header, ["---"] * len(header), *([_escape_markdown(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _draw_documents(summary: RunSummary) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=False, leading=1)
    table.add_column("Document", ratio=5, overflow="fold")
    table.add_column("Lang", width=4)
    table.add_column("Kept", justify="right", width=4)
    table.add_column("Removed", ratio=4)
    for document in summary.documents[:MAX_SHOWN]:
        name = f"[dim]{escape(document.source_file)}[/]\n{escape(document.title or '(no title)')}"
        table.add_row(name, document.language, str(document.n_paragraphs), _colour_labels(document.removed))
    return table


def _colour_labels(removed: dict[str, int]) -> str:
    noise = _join_counts({name: number for name, number in removed.items() if name in NOISE_LABELS})
    metadata = _join_counts({name: number for name, number in removed.items() if name not in NOISE_LABELS})
    return "\n".join(part for part in (noise, metadata and f"[cyan]{metadata}[/]") if part)


def _suggest_commands(summary: RunSummary, programs: str) -> list[str]:
    example = shlex.quote(str(Path(summary.raw) / summary.documents[0].source_file)) if summary.documents else "FILE"
    glob = f"{summary.dataset}/paragraphs/**/*.parquet"
    read = f"import polars; print(polars.scan_parquet({glob!r}).select('title', 'text').collect())"
    return [f"{programs}copydesk explain {example}", f'{programs}python -c "{read}"']
