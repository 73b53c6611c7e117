"""The commands that run the flow: once, or served on a schedule. Prefect is imported only when one is called."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from copydesk.cli_progress import show_progress
from copydesk.errors import (
    ChecksFailedError,
    CopydeskError,
    DatasetBusyError,
    RemoteError,
    ServerGoneError,
    SourcesGoneError,
    WrongUseError,
)
from copydesk.remote.places import is_remote
from copydesk.settings import read_settings
from copydesk.terminal import escape_text

if TYPE_CHECKING:
    from copydesk.summary import RunSummary


class Runner(StrEnum):
    """Who does the work of a run."""

    LOCAL = "local"
    DASK = "dask"


EXIT_CODES: Final = {ChecksFailedError: 1, WrongUseError: 2, DatasetBusyError: 3, SourcesGoneError: 4, RemoteError: 5}


def _refuse_address(data: Path) -> Path:
    if is_remote(data):
        raise typer.BadParameter("is a folder on this machine; --publish-to sends the dataset elsewhere.")
    return data


RawOption = Annotated[
    str, typer.Option("--raw", help="Raw pages: a folder, file, 'glob' or address (s3://...).", show_default=True)
]
DataOption = Annotated[
    Path,
    typer.Option(
        "--data", help="Folder for the dataset (clean/), its versions and quarantine/.", callback=_refuse_address
    ),
]
SettingsOption = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="TOML file with settings that differ.")
]


def run_command(  # noqa: PLR0913, PLR0917 - the options of the command
    raw: RawOption = "data/raw",
    data: DataOption = Path("data"),
    settings: SettingsOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Process every page again, changed or not.")] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="Go on although more than half of the pages are gone.")
    ] = False,
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help="Publish although the delivery is unlike the ones before.")
    ] = False,
    publish_to: Annotated[
        str | None,
        typer.Option("--publish-to", metavar="ADDRESS", help="Send the dataset to a bucket too (s3://...)."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes that share the work; one a core if not given.")
    ] = None,
    runner: Annotated[Runner, typer.Option(help="Who does the work: this machine, or a Dask cluster.")] = Runner.LOCAL,
    dask_address: Annotated[
        str | None, typer.Option(metavar="URL", help="The scheduler of the Dask cluster: tcp://host:8786.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show Prefect's log instead of progress bars.")] = False,
) -> None:
    """Bring the dataset up to date once: read what changed in RAW, clean, check, publish to DATA/clean.

    Prefect runs embedded in this command; set PREFECT_API_URL to report to a server of yours instead.

    Exit codes: 0 done, or nothing to do; 1 the data failed its checks, or no page could be read; 2 wrong use;
    3 another run is building this dataset; 4 most pages are gone; 5 another machine, which has the pages or is to have
    the dataset, does not answer or refuses. Only 0 changes the dataset, and 5 where it says so.
    """
    parameters = {
        "raw": raw,
        "data": str(data),
        "settings_file": str(settings) if settings else None,
        "rebuild": rebuild,
        "allow_shrink": allow_shrink,
        "accept_drift": accept_drift,
        "publish_to": publish_to,
        "workers": workers,
        "dask_address": dask_address,
    }
    with exit_on_error():
        _check_runner(runner, dask_address, workers)
        _check_input(raw, settings)
        _set_logging(verbose)
        summary = _run_flow(parameters, verbose)
    from copydesk.report import print_summary  # noqa: PLC0415

    print_summary(summary, Console(), locate_programs())


def serve_command(
    raw: RawOption = "data/raw",
    data: DataOption = Path("data"),
    settings: SettingsOption = None,
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

        if settings:
            read_settings(settings)
        serve_dataset(raw, data, settings, interval or 60, cron, locate_programs())


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Turn an error that copydesk raises on purpose into one message and its exit code."""
    try:
        yield
    except (CopydeskError, OSError) as error:
        Console(stderr=True).print(
            f"[bold red]copydesk:[/] {escape_text(_describe(error))}", highlight=False, soft_wrap=True
        )
        raise typer.Exit(next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)) from None


def _describe(error: CopydeskError | OSError) -> str:
    if isinstance(error, CopydeskError):
        return str(error)
    return f"The system refused: {error}. Nothing was published. Put that right (disk space, permissions), run again."


def locate_programs() -> str:
    """Tell what to type before the name of a program installed beside this one: nothing when it is on the PATH."""
    programs = Path(sys.executable).parent
    if str(programs) in os.environ.get("PATH", "").split(os.pathsep):
        return ""
    return f"{os.path.relpath(programs)}/" if programs.is_relative_to(Path.cwd()) else f"{programs}/"


def _check_runner(runner: Runner, dask_address: str | None, workers: int | None) -> None:
    if (runner is Runner.DASK) != (dask_address is not None):
        raise WrongUseError("A Dask cluster needs both: --runner dask --dask-address tcp://HOST:8786.")
    if dask_address is not None and workers is not None:
        raise WrongUseError("A Dask cluster has workers of its own: give --workers or --runner dask, not both.")


def _check_input(raw: str, settings: Path | None) -> None:
    """Refuse what cannot work before Prefect takes its seconds to start."""
    from copydesk.reading import require_place  # noqa: PLC0415

    if settings:
        read_settings(settings)
    require_place(raw)


def _set_logging(verbose: bool) -> None:
    """Keep Prefect's log off the terminal, but in its server; read when Prefect is first imported."""
    if not verbose:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def _run_flow(parameters: dict[str, Any], verbose: bool) -> "RunSummary":
    console = Console(stderr=True)
    with console.status("Loading Prefect ..."):
        from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

        from flows.server import answers  # noqa: PLC0415

    with console.status("Starting Prefect ..."):
        api_url = _find_server(parameters)
        from flows.build_dataset import build_dataset  # noqa: PLC0415
    with temporary_settings({PREFECT_API_URL: api_url}), show_progress(console, hidden=verbose):
        try:
            summary: RunSummary = build_dataset(**parameters)
        except KeyboardInterrupt:
            _say_how_to_go_on(parameters, console)
            raise
        except Exception as error:
            if isinstance(error, CopydeskError) or answers(api_url):
                raise
            raise ServerGoneError(
                f"The Prefect server at {api_url} went away during the run ({error}). The dataset is whole: as it was, "
                "or the new version; what is finished is kept. Start the server and run again."
            ) from error
    return summary


def _say_how_to_go_on(parameters: dict[str, Any], console: Console) -> None:
    if (Path(parameters["data"]) / ".staging").is_dir():
        console.print(
            "Stopped. The dataset is as it was; what is finished is kept: run again to go on from there.",
            soft_wrap=True,
        )
    else:
        console.print("Stopped. The dataset is whole: as it was, or the new version.")


def _find_server(parameters: dict[str, Any]) -> str:
    """Return the address of the server of PREFECT_API_URL, or of one started for this command."""
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415

    from flows.server import answers, start_embedded_server  # noqa: PLC0415

    url: str = PREFECT_API_URL.value()
    if url and not answers(url):
        raise WrongUseError(f"No Prefect server answers at {url}. Start it, or unset PREFECT_API_URL to run without.")
    return url or start_embedded_server(partial(_load_flow, parameters))


def _load_flow(parameters: dict[str, Any]) -> None:
    from flows.ahead import load_ahead  # noqa: PLC0415
    from flows.hands import Hands  # noqa: PLC0415

    hands = Hands(parameters["workers"], parameters["dask_address"])
    load_ahead(parameters["raw"], Path(parameters["data"]), hands)
