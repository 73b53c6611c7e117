"""Progress bars of a run, drawn from what the flow logs of itself every second."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn

_LOGGER: Final = "copydesk.progress"
_ATTRIBUTE: Final = "copydesk_progress"


@contextmanager
def show_progress(console: Console, hidden: bool) -> Iterator[None]:
    """Show a bar a stage while a flow runs in this process: pages, megabytes of text, rates, time left."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<16}"),
        BarColumn(bar_width=10),
        TextColumn("{task.fields[amount]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    logger = logging.getLogger(_LOGGER)
    usual = logger.level, logger.propagate
    with Progress(*columns, console=console, disable=hidden) as progress:
        handler = _ProgressHandler(progress)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(usual[0])
            logger.propagate = usual[1]


class _ProgressHandler(logging.Handler):
    """Moves the bar of each stage to where the flow says it is."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def emit(self, record: logging.LogRecord) -> None:
        for stage, done, total in getattr(record, _ATTRIBUTE, ()):
            if stage not in self._bars:
                self._bars[stage] = self._progress.add_task(stage, start=False, total=None, amount="")
            self._move(self._bars[stage], done, total)

    def _move(self, bar: TaskID, done: Any, total: Any) -> None:
        task = self._progress.tasks[self._progress.task_ids.index(bar)]
        if done.rows and not task.started:
            self._progress.start_task(bar)
        amount = describe_amount(done, total, task.finished_time or task.elapsed or 0.0)
        self._progress.update(bar, completed=done.n_bytes, total=total.n_bytes if total else None, amount=amount)


def describe_amount(done: Any, total: Any, seconds: float) -> str:
    """Say how much of a stage is done, and how fast: sizes have `rows` (pages) and `n_bytes` (of text)."""
    of = f"/{total.rows:,}" if total else ""
    pages, size = f"{done.rows:,}{of} pages", f"{done.n_bytes / 1e6:,.1f} MB"
    if seconds < 1 or not done.rows:
        return f"{pages}, {size}"
    return f"{pages} ({done.rows / seconds:,.0f}/s), {size} ({done.n_bytes / 1e6 / seconds:,.1f}/s)"
