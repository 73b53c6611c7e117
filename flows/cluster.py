"""A Dask cluster that runs the tasks: `copydesk run --runner dask --dask-address tcp://...`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from copydesk.errors import WrongUseError
from copydesk.fingerprint import combine_parts, describe_pipeline
from copydesk.reading import is_within_reach
from copydesk.settings import Settings

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

_SECONDS_TO_ANSWER: Final = 30


def connect_cluster(address: str, raw: str, staging: Path) -> "DaskTaskRunner":
    """Return a task runner on the cluster whose scheduler is at `address`, once its workers can do the work.

    Raises:
        WrongUseError: Dask is not installed, no scheduler answers, there is no worker, or a worker does not see the
            folders or has another copydesk.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
        from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415
    except ImportError as error:
        raise WrongUseError("Dask is not installed. Install copydesk with it: pip install 'copydesk[dask]'") from error
    try:
        client = Client(address, timeout=_SECONDS_TO_ANSWER, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise WrongUseError(f"No Dask scheduler answers at {address} ({error}). Start one: dask scheduler") from error
    token = staging / f".token-{uuid4().hex}"
    token.touch()
    with client:
        require_able_workers(client.run(describe_worker, raw, token), address, raw, staging)
    token.unlink()
    return DaskTaskRunner(address=address)


def describe_worker(raw: str, token: Path) -> dict[str, str | bool]:
    """Say what a worker sees and which copydesk it has; runs on the worker."""
    return {"raw": is_within_reach(raw), "staging": token.exists(), "pipeline": describe_copydesk()}


def describe_copydesk() -> str:
    """Return a digest of the code, the rules and the model that are installed here."""
    return combine_parts(describe_pipeline(Settings()))


def require_able_workers(found: Mapping[str, Mapping[str, str | bool]], address: str, raw: str, staging: Path) -> None:
    """Refuse a cluster that cannot do the work.

    Args:
        found: what `describe_worker` says, by the address of the worker.
        address: that of the scheduler.
        raw: the folder, file, glob or address of the source files.
        staging: the folder of staged tables.

    Raises:
        WrongUseError: there is no worker, or one cannot do the work.
    """
    if not found:
        raise WrongUseError(f"The Dask cluster at {address} has no workers. Start some: dask worker {address}")
    for worker, seen in found.items():
        for what, folder in (("raw", raw), ("staging", staging)):
            if not seen[what]:
                raise WrongUseError(
                    f"The Dask worker {worker} does not see {folder}. The raw folder and the data folder must lie on "
                    "storage that all workers share, under the same path; for an address the workers need its library."
                )
        if seen["pipeline"] != describe_copydesk():
            raise WrongUseError(
                f"The Dask worker {worker} has another copydesk than this process. Install the same on all machines: "
                "uv sync --frozen --extra dask"
            )
