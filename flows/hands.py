"""Who does the work of a run: this process, worker processes on this machine, or a Dask cluster."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from copydesk.errors import WrongUseError
from copydesk.remote.places import is_remote
from copydesk.staging import MAX_BATCHES

WORKER_BYTES: Final = 4_000_000
"""Less than twice that is done sooner than a second process is there."""

Runner = TaskRunner[Any]


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does the work.

    Attributes:
        workers: processes on this machine at most; None: as many as it has cores.
        dask_address: that of the scheduler of a Dask cluster, which then does the work.
    """

    workers: int | None = None
    dask_address: str | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise WrongUseError(f"--workers should be 1 or more, is {self.workers}.")
        if self.workers is not None and self.dask_address is not None:
            raise WrongUseError("A Dask cluster has workers of its own: give --workers or --dask-address, not both.")

    def place(self, raw: str) -> str:
        """Return the raw folder as those who do the work will find it: on other machines there is no current folder."""
        return raw if self.dask_address is None or is_remote(raw) else os.path.abspath(raw)  # noqa: PTH100 - may be a glob

    def count_processes(self, n_bytes: int) -> int:
        """Return how many processes of this machine are worth it for sources of so many bytes."""
        if self.dask_address is not None:
            return 1
        return max(min(self.workers or os.cpu_count() or 1, n_bytes // WORKER_BYTES), 1)

    def count_tasks(self, n_processes: int) -> int:
        """Return among how many tasks the work should be dealt at least."""
        return n_processes if self.dask_address is None else MAX_BATCHES

    def open_runner(self, raw: str, staging: Path, n_processes: int) -> Runner:
        """Return the task runner, not yet started.

        Raises:
            WrongUseError: the Dask cluster cannot do the work.
        """
        if self.dask_address is None:
            # A thread a process: it waits for the work of its process, or does it where there is none.
            return ThreadPoolTaskRunner(max_workers=n_processes)
        from flows.cluster import connect_cluster  # noqa: PLC0415 - needs an extra

        return connect_cluster(self.dask_address, raw, staging)
