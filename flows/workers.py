"""Processes on this machine that carry out the steps of a run's tasks.

Tasks run in threads of the flow's process, which speaks with Prefect's server; their work is handed to these
processes, since most of it holds Python's lock. Such a process does without Prefect: it is there in half the time of
one of Prefect's own process runner.
"""

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from multiprocessing import connection, get_context, parent_process
from typing import Final, ParamSpec, TypeVar

from copydesk.errors import WorkersLostError

P = ParamSpec("P")
T = TypeVar("T")

_WORKERS: ContextVar[ProcessPoolExecutor | None] = ContextVar("workers", default=None)
_COLLECTED_AFTER: Final = 100_000
"""Rows pass through Python as millions of short-lived objects: to look for cycles among them after each 700, as usual,
takes a fifth of the time of the steps."""
_THREADS: Final = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def start_workers(n_workers: int) -> Iterator[None]:
    """Have `call_step` spread its calls over so many processes while the context lasts; 1 starts none."""
    if n_workers == 1:
        yield
        return
    n_threads = max((os.cpu_count() or 1) // n_workers, 1)
    # A forked process would inherit locks of the threads of polars and of Prefect.
    workers = ProcessPoolExecutor(n_workers, get_context("spawn"), _prepare_worker, (n_threads,))
    token = _WORKERS.set(workers)
    try:
        yield
    finally:
        _WORKERS.reset(token)
        workers.shutdown(cancel_futures=True)


def call_step(step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `step` in a process of `start_workers`, or here where there are none, as on a cluster's worker.

    Raises:
        WorkersLostError: a process ended without a word.
    """
    workers = _WORKERS.get()
    if workers is None:
        with collect_seldom():
            return step(*args, **kwargs)
    try:
        return workers.submit(step, *args, **kwargs).result()
    except BrokenProcessPool as error:
        raise WorkersLostError(
            "A worker process ended without a word; the system ends processes that way when memory runs out. Nothing "
            "was published, and what is finished is kept: run again to go on from there, with fewer --workers if "
            "memory was the reason."
        ) from error


@contextmanager
def collect_seldom() -> Iterator[None]:
    """Have Python look for cycles of objects less often while the context lasts."""
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _prepare_worker(n_threads: int) -> None:
    """Set up a worker process before it imports anything heavy."""
    os.environ.update(dict.fromkeys(_THREADS, str(n_threads)))
    gc.set_threshold(_COLLECTED_AFTER)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches all processes of a terminal; the flow's ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process at once when the flow's is killed: nothing may write for a run that is no more."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
