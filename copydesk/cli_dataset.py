"""The commands about a dataset that is there: `path`, `versions`, `rollback`, `diff`, `quarantine` and `status`."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from copydesk.cli_run import DataOption, exit_on_error
from copydesk.errors import WrongUseError
from copydesk.remote.places import is_remote
from copydesk.remote_versions import find_remote_files
from copydesk.run_log import RUNNING, RunRecord, read_runs
from copydesk.terminal import escape_text
from copydesk.versions import (
    VersionInfo,
    find_current,
    find_version,
    is_locked,
    list_versions,
    lock_dataset,
    read_info,
    require_current,
    roll_back,
)

_SHOWN_RUNS: Final = 10
_SHOWN_CHARS: Final = 100
_TABLES: Final = ("documents", "paragraphs", "removed")
_STYLES: Final = {"published": "green", "unchanged": "dim", "failed": "red", "killed": "red", "running": "yellow"}
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))

VersionArgument = Annotated[str | None, typer.Argument(metavar="[VERSION]", help="The start of its id is enough.")]


def path_command(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="documents, paragraphs or removed.")] = None,
    data: Annotated[
        str, typer.Option("--data", help="Folder of the dataset, or the address it is published to (s3://...).")
    ] = "data",
) -> None:
    """Print the folder of the version that is published now; of one at an address, the files of TABLE, a line each.

    It stays as it is, and stays there until three more versions are published: a reader that opens this folder, not
    the link clean/, sees one version to the end.
    """
    with exit_on_error():
        if table and table not in _TABLES:
            raise WrongUseError(f"There is no table '{table}'; choose one of {', '.join(_TABLES)}.")
        if is_remote(data):
            for address in find_remote_files(data, table or ""):
                typer.echo(address)
        else:
            typer.echo(require_current(Path(data)) / "clean" / (table or ""))


def versions_command(data: DataOption = Path("data")) -> None:
    """List the published versions that are still there; the star marks the one readers see."""
    with exit_on_error():
        current = require_current(data)
        drawn = _draw_table("", "Version", "Published (UTC)", "Documents", "Paragraphs", "Removed", "Quarantined")
        for path in list_versions(data):
            info = read_info(path)
            rows = [f"{info.rows[name]:,}" for name in _TABLES]
            mark = "*" if path.name == current.name else ""
            drawn.add_row(mark, info.id, _format_time(info.published_at), *rows, f"{info.quarantined:,}")
    Console(soft_wrap=True).print(drawn)


def rollback_command(version: VersionArgument = None, data: DataOption = Path("data")) -> None:
    """Let readers see an earlier version again: the one before, or the one named.

    The next run builds on it: what the sources or the pipeline have changed since is processed once more.
    """
    with exit_on_error(), lock_dataset(data):
        target = find_version(data, version) if version else _find_before(data, require_current(data))
        roll_back(data, target)
    typer.echo(f"Readers of {data / 'clean'} now see {target.name}. The next run that finds a change builds on it.")


def diff_command(
    older: Annotated[
        str | None, typer.Argument(metavar="[OLDER]", help="A version; the one before if not given.")
    ] = None,
    newer: Annotated[
        str | None, typer.Argument(metavar="[NEWER]", help="Another; the published one if not given.")
    ] = None,
    data: DataOption = Path("data"),
) -> None:
    """Show what changed between two versions: documents, paragraphs gained and lost, and why, with samples."""
    from copydesk.diff import compare_versions  # noqa: PLC0415 - polars is slow to import

    with exit_on_error():
        second = find_version(data, newer) if newer else require_current(data)
        first = find_version(data, older) if older else _find_before(data, second)
        found = compare_versions(first, second)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{first.name} -> {second.name}[/]")
    console.print("Documents: " + ", ".join(f"{count:,} {what}" for what, count in found.documents.items()))
    for title, style, reasons in (("gained", "green", found.gained), ("lost", "red", found.lost)):
        console.print(f"\n[bold {style}]Paragraphs {title}: {sum(reason.count for reason in reasons):,}[/]")
        for reason in reasons:
            console.print(f"  {reason.count:,} {escape_text(reason.name)}")
            for sample in reason.samples:
                console.print(f"      [dim]{escape_text(_shorten(sample))}[/]")
    if found.removed:
        console.print("\n[bold]Blocks removed, by reason[/]")
        for name, count in found.removed.items():
            console.print(f"  {count:+,} {escape_text(name)}")


def quarantine_command(
    data: DataOption = Path("data"),
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write all rows to a .csv, .jsonl or .parquet file.")
    ] = None,
) -> None:
    """List what could not be read or published, and why; it leaves when its source or the pipeline is mended."""
    from copydesk.quarantine import count_reasons  # noqa: PLC0415 - polars is slow to import
    from copydesk.schemas import QUARANTINE  # noqa: PLC0415
    from copydesk.tables import export_table, read_table  # noqa: PLC0415

    with exit_on_error():
        path = data / "quarantine" / "quarantine.parquet"
        if not path.exists():
            raise WrongUseError(f"There is no quarantine in {data}. Try: copydesk run --data {data}")
        rows = read_table(path, QUARANTINE)
        if export:
            export_table(rows, export)
            typer.echo(f"{rows.height:,} rows written to {export}.")
            return
    console = Console(soft_wrap=True)
    if rows.is_empty():
        console.print("Nothing is in quarantine.")
        return
    summed = _draw_table("Rows", "Sources", "Table", "Since (UTC)", "Reason")
    for reason, table, sources, count, since in count_reasons(rows).iter_rows():
        summed.add_row(f"{count:,}", f"{sources:,}", table or "", f"{since:%Y-%m-%d %H:%M}", escape_text(reason))
    console.print(summed)
    listed = _draw_table("Source", "Times", "Last tried (UTC)", "Why")
    columns = ("source_file", "times_found", "found_at", "detail")
    for source, times, last, detail in rows.select(columns).head(_SHOWN_RUNS * 2).iter_rows():
        listed.add_row(
            escape_text(source or ""), str(times), f"{last:%Y-%m-%d %H:%M}", escape_text(_shorten(detail or ""))
        )
    console.print(listed)
    if rows.height > _SHOWN_RUNS * 2:
        console.print(f"... and {rows.height - _SHOWN_RUNS * 2:,} more: copydesk quarantine --export FILE")


def status_command(data: DataOption = Path("data")) -> None:
    """Show what the dataset holds, how old it is, and how the last runs ended."""
    console = Console(highlight=False, soft_wrap=True)
    with exit_on_error():
        current = find_current(data)
        runs = read_runs(data)
        if current is None and not runs:
            raise WrongUseError(f"Nothing is published in {data}. Try: copydesk run --data {data}")
        is_running = is_locked(data)
        for line in _describe_dataset(data, read_info(current) if current else None):
            console.print(line)
    console.print("A run is writing to it now." if is_running else "No run is writing to it now.")
    drawn = _draw_table("Started (UTC)", "Outcome", "Seconds", "Sources", "Message")
    for run in reversed(runs[-_SHOWN_RUNS:]):
        outcome = "killed" if run.outcome == RUNNING and not is_running else run.outcome
        drawn.add_row(_format_time(run.started_at), f"[{_STYLES.get(outcome, 'bold')}]{outcome}[/]",
                      f"{run.seconds:,.1f}", _list_counts(run), escape_text(_shorten(run.message)))  # fmt: skip
    console.print(drawn)


def _describe_dataset(data: Path, info: VersionInfo | None) -> list[str]:
    if info is None:
        return [f"{escape_text(str(data))}: nothing is published yet."]
    published = datetime.fromisoformat(info.published_at)
    held = ", ".join(f"{number:,} {table}" for table, number in info.rows.items())
    languages = ", ".join(f"{language} {number:,}" for language, number in info.languages.items())
    return [
        f"[bold]{escape_text(str(data / 'clean'))}[/]: version {info.id}",
        f"Published {_format_time(info.published_at)} UTC, {_format_age(datetime.now(UTC) - published)} ago.",
        f"Holds {held}; {info.quarantined:,} rows in quarantine.",
        f"Languages of documents: {languages or 'none'}",
    ]


def _find_before(data: Path, version: Path) -> Path:
    earlier = [path for path in list_versions(data) if path.name < version.name]
    if not earlier:
        raise WrongUseError(f"There is no version before {version.name} in {data}.")
    return earlier[-1]


def _draw_table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "Version")
    return table


def _list_counts(run: RunRecord) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in run.counts.items() if number) or "-"


def _format_time(stated: str) -> str:
    return f"{datetime.fromisoformat(stated).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _format_age(age: timedelta) -> str:
    seconds = max(int(age.total_seconds()), 0)
    for length, unit in _UNITS:
        if seconds >= length:
            number = seconds // length
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"


def _shorten(text: str) -> str:
    flat = re.sub(r"\s+", " ", text)
    return flat if len(flat) <= _SHOWN_CHARS else f"{flat[:_SHOWN_CHARS]}..."
