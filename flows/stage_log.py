"""One structured line a stage and batch, with counts and times: to Prefect, and to the console through it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prefect.logging import get_run_logger

STAGE: Final = "copydesk_stage"
COUNTS: Final = "copydesk_counts"
"""Attributes of the log record, for handlers that want more than the line."""


@contextmanager
def log_stage(stage: str, batch: str = "") -> Iterator[dict[str, int]]:
    """Log `stage=ingest batch=batch-003 documents=500 seconds=1.20` when the stage is done, within a run of Prefect.

    Yields:
        What is counted meanwhile, by name.
    """
    counts: dict[str, int] = {}
    start = time.perf_counter()
    yield counts
    fields = {"stage": stage} | ({"batch": batch} if batch else {}) | counts
    line = " ".join(f"{name}={value}" for name, value in fields.items())
    seconds = time.perf_counter() - start
    get_run_logger().info(f"{line} seconds={seconds:.2f}", extra={STAGE: stage, COUNTS: counts})
