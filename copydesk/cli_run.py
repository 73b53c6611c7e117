"""The commands that run the flow: once, or served on a schedule. Prefect is imported only when one is called."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from copydesk.errors import ChecksFailedError, CopydeskError, DatasetBusyError, WrongUseError

if TYPE_CHECKING:
    from prefect import Task

    from copydesk.report import RunSummary

EXIT_CODES: Final = {ChecksFailedError: 1, WrongUseError: 2, DatasetBusyError: 3}

RawOption = Annotated[Path, typer.Option("--raw", help="Folder of the raw pages.", show_default=True)]
DataOption = Annotated[
    Path, typer.Option("--data", help="Folder for the dataset (clean/), its versions and quarantine/.")
]


def run_command(
    raw: RawOption = Path("data/raw"),
    data: DataOption = Path("data"),
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="TOML file with settings that differ.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show Prefect's log instead of progress bars.")] = False,
) -> None:
    """Build the dataset once: read RAW, clean, check, publish to DATA/clean.

    Prefect runs embedded in this command; set PREFECT_API_URL to report to a server of yours instead.

    Exit codes: 0 done; 1 the data failed its checks, or no page could be read; 2 wrong use; 3 another run is
    building this dataset. Only 0 changes the dataset.
    """
    with exit_on_error():
        n_batches = _check_input(raw, settings)
        _set_logging(verbose)
        summary = _run_flow(raw, data, settings, n_batches, verbose)
    from copydesk.report import print_summary  # noqa: PLC0415

    print_summary(summary, Console(), locate_programs())


def serve_command(
    raw: RawOption = Path("data/raw"),
    data: DataOption = Path("data"),
    interval: Annotated[
        float | None, typer.Option(metavar="MINUTES", min=1, help="Minutes between runs; 60 if not given.")
    ] = None,
    cron: Annotated[str | None, typer.Option(help="A cron line instead, for example '30 6 * * *'.")] = None,
) -> None:
    """Serve the deployment build-dataset/local on a schedule, until Ctrl-C.

    Starts a Prefect server when none answers at PREFECT_API_URL (or http://127.0.0.1:4200), and stops it at the end.
    """
    with exit_on_error():
        if interval and cron:
            raise WrongUseError("Give --interval or --cron, not both.")
        from flows.serve import serve_dataset  # noqa: PLC0415

        serve_dataset(raw, data, interval_minutes=interval or 60, cron=cron, programs=locate_programs())


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Turn an error that copydesk raises on purpose into one message and its exit code."""
    try:
        yield
    except CopydeskError as error:
        Console(stderr=True).print(f"[bold red]copydesk:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)) from None


def locate_programs() -> str:
    """Tell what to type before the name of a program installed beside this one: nothing when it is on the PATH."""
    programs = Path(sys.executable).parent
    if str(programs) in os.environ.get("PATH", "").split(os.pathsep):
        return ""
    return f"{os.path.relpath(programs)}/" if programs.is_relative_to(Path.cwd()) else f"{programs}/"


def _check_input(raw: Path, settings: Path | None) -> int:
    """Refuse what cannot work before Prefect takes its seconds to start; return the number of batches."""
    from copydesk.reading import list_sources  # noqa: PLC0415
    from copydesk.settings import read_settings  # noqa: PLC0415
    from flows.batches import cut_batches  # noqa: PLC0415

    if settings:
        read_settings(settings)
    return len(cut_batches(list_sources(raw)))


def _set_logging(verbose: bool) -> None:
    """Keep Prefect's log off the terminal, but in its server; read when Prefect is first imported."""
    if not verbose:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def _run_flow(raw: Path, data: Path, settings: Path | None, n_batches: int, verbose: bool) -> "RunSummary":
    console = Console(stderr=True)
    with console.status("Loading Prefect ..."):
        import flows.build_dataset as flow  # noqa: PLC0415

    with _draw_progress(console, hidden=verbose) as progress:
        start = progress.add_task("start Prefect", total=1)
        _prepare_server()
        progress.advance(start)
        for task in flow.TASKS:
            _follow_task(task, progress, 1 if task is flow.publish else n_batches)
        return flow.build_dataset(str(raw), str(data), str(settings) if settings else None)


def _prepare_server() -> None:
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415

    from flows.server import answers, start_embedded_server  # noqa: PLC0415

    url = PREFECT_API_URL.value()
    if not url:
        start_embedded_server()
    elif not answers(url):
        raise WrongUseError(f"No Prefect server answers at {url}. Start it, or unset PREFECT_API_URL to run without.")


def _draw_progress(console: Console, hidden: bool) -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, disable=hidden)


def _follow_task(task: "Task[..., Any]", progress: Progress, total: int) -> None:
    """Advance a bar with each finished run of a Prefect task."""
    bar = progress.add_task(task.name, total=total, start=False)
    task.on_running(lambda *_: progress.start_task(bar))
    task.on_completion(lambda *_: progress.advance(bar))
