"""One structured line a stage and batch, with counts and times: to Prefect, and to the console through it."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.logging import get_run_logger


@contextmanager
def log_stage(stage: str, batch: str = "") -> Iterator[Counter[str]]:
    """Log `stage=ingest batch=batch-003 documents=500 seconds=1.20` when the stage is done, within a run of Prefect.

    Yields:
        What is counted meanwhile, by name.
    """
    counts: Counter[str] = Counter()
    start = time.perf_counter()
    yield counts
    fields = {"stage": stage} | ({"batch": batch} if batch else {}) | counts
    line = " ".join(f"{name}={value}" for name, value in fields.items())
    seconds = time.perf_counter() - start
    get_run_logger().info(f"{line} seconds={seconds:.2f}")
