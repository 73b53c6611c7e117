"""What a run did, for people: in Markdown or on a terminal."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from copydesk.labels import NOISE_LABELS
from copydesk.run_log import UNCHANGED
from copydesk.summary import RunSummary
from copydesk.terminal import escape_text, spell_controls

MAX_SHOWN: Final = 20
"""Documents, and quarantined sources, shown one by one on a terminal or in Markdown."""
MAX_DETAIL_CHARS: Final = 160
_KINDS: Final = {
    "new": "new",
    "edited": "edited",
    "renamed": "renamed",
    "gone": "gone",
    "outdated": "processed again",
    "unchanged": "unchanged",
}
_MARKDOWN_MARKS = re.compile(r"([\\`*_{}\[\]()<>#!|~&])")


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
                f"  {escape_text(where)}: [yellow]{escape_text(item.reason)}[/] ({escape_text(_shorten(item.detail))})",
                highlight=False,
            )
        _print_rest(summary.n_quarantined, "quarantined", console)
    for sentence in summary.drift:
        console.print(f"[bold yellow]Unusual:[/] {escape_text(sentence)}", highlight=False)
    console.print(f"\n[bold]{_describe_totals(summary)}[/]", highlight=False)
    console.print(describe_sources(summary), highlight=False)
    total = ", ".join(f"{number:,} {table}" for table, number in summary.total.items())
    console.print(f"Dataset: {escape_text(summary.dataset)} ({total})", highlight=False, soft_wrap=True)
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
    return _MARKDOWN_MARKS.sub(r"\\\1", spell_controls(" ".join(text.split())))


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
        name = f"[dim]{escape_text(document.source_file)}[/]\n{escape_text(document.title or '(no title)')}"
        table.add_row(name, document.language, str(document.n_paragraphs), _colour_labels(document.removed))
    return table


def _colour_labels(removed: dict[str, int]) -> str:
    noise = _join_counts({name: number for name, number in removed.items() if name in NOISE_LABELS})
    metadata = _join_counts({name: number for name, number in removed.items() if name not in NOISE_LABELS})
    return "\n".join(part for part in (noise, metadata and f"[cyan]{metadata}[/]") if part)


def _suggest_commands(summary: RunSummary, programs: str) -> list[str]:
    first = Path(summary.raw, summary.documents[0].source_file) if summary.documents else Path()
    example = shlex.quote(str(first)) if first.is_file() else "FILE"
    glob = f"{summary.dataset}/paragraphs/**/*.parquet"
    read = f"import polars; print(polars.scan_parquet({glob!r}).select('title', 'text').collect())"
    return [f"{programs}copydesk explain {example}", f'{programs}python -c "{read}"']
