"""Serve the flow on a schedule: one command brings up the Prefect server, if need be, and the deployment."""

import signal
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from prefect.client.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.types.entrypoint import EntrypointType
from rich.console import Console
from rich.markup import escape

from copydesk.errors import WrongUseError
from copydesk.reading import require_place
from copydesk.remote.places import is_remote
from flows.build_dataset import build_dataset
from flows.server import keep_server

DEPLOYMENT: Final = "local"
DEFAULT_API_URL: Final = "http://127.0.0.1:4200/api"


def serve_dataset(  # noqa: PLR0913, PLR0917 - the options of the command
    raw: str, data: Path, settings: Path | None, interval_minutes: float, cron: str | None, programs: str
) -> None:
    """Serve `build-dataset/local` until Ctrl-C.

    Args:
        raw: the folder, file, glob or address of the source files each run reads.
        data: the folder that holds the dataset.
        settings: a TOML file with settings that each run reads.
        interval_minutes: time between the starts of two runs, unless `cron` is given.
        cron: a cron line, in local time.
        programs: what to print before the name of a program that is not on the PATH.

    Raises:
        WrongUseError: the cron line is wrong, or no server answers and none can be started here.
    """
    if cron:
        _check_cron(cron)
    api_url = PREFECT_API_URL.value() or DEFAULT_API_URL
    console = Console()
    _stop_on_hangup()
    with keep_server(api_url, console), temporary_settings({PREFECT_API_URL: api_url}):
        _print_instructions(console, api_url, raw, cron or f"every {interval_minutes:g} minutes", programs)
        build_dataset.serve(
            DEPLOYMENT,
            interval=None if cron else timedelta(minutes=interval_minutes),
            cron=cron,
            parameters={
                "raw": raw if is_remote(raw) else str(Path(raw).resolve()),
                "data": str(data.resolve()),
                "settings_file": str(settings.resolve()) if settings else None,
                "rebuild": False,
            },
            # A stop must not pause the schedule: the next `serve` would then never run anything.
            pause_on_shutdown=False,
            print_starting_message=False,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )


def _check_cron(cron: str) -> None:
    try:
        CronSchedule(cron=cron)
    except ValueError as error:
        raise WrongUseError(f"--cron '{cron}' is not a cron line; '30 6 * * *' would be every day at 6:30.") from error


def _stop_on_hangup() -> None:
    """Treat a closed terminal like Ctrl-C, so that the server does not outlive it."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGHUP, stop)
    signal.signal(signal.SIGTERM, stop)


def _print_instructions(console: Console, api_url: str, raw: str, schedule: str, programs: str) -> None:
    address = api_url.removesuffix("/api")
    run = f"{programs}prefect deployment run 'build-dataset/{DEPLOYMENT}'"
    console.print(f"[bold green]Serving build-dataset/{DEPLOYMENT}[/], schedule: {schedule}.", highlight=False)
    console.print(f"Runs, tasks and summaries: {address}", highlight=False)
    console.print("To run it now, type in another terminal, in this folder:\n", highlight=False)
    console.print(f"  PREFECT_API_URL={api_url} {run}\n", highlight=False, soft_wrap=True)
    try:
        require_place(raw)
    except WrongUseError as error:
        console.print(f"[yellow]Runs will fail until this is put right:[/] {escape(str(error))}", highlight=False)
    console.print("Ctrl-C stops.", highlight=False)
