"""Progress bars of a run, drawn from the lines it logs for each stage and batch."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

STAGES: Final = ("find_changes", "ingest", "detect_language", "strip_noise", "split_paragraphs", "validate", "publish")
_LOGGERS: Final = ("prefect.flow_runs", "prefect.task_runs")


@contextmanager
def show_progress(console: Console, hidden: bool) -> Iterator[None]:
    """Show a bar a stage while a flow runs in this process."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=hidden) as progress:
        handler = _StageHandler(progress)
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(handler)
        try:
            yield
        finally:
            for name in _LOGGERS:
                logging.getLogger(name).removeHandler(handler)


class _StageHandler(logging.Handler):
    """Advances the bar of a stage with each line logged for it; the first stage tells how many batches there are."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._bars: dict[str, TaskID] = {STAGES[0]: progress.add_task(STAGES[0], total=1)}

    def emit(self, record: logging.LogRecord) -> None:
        stage = getattr(record, "copydesk_stage", None)
        if stage in self._bars:
            self._progress.advance(self._bars[stage])
        counts: dict[str, int] = getattr(record, "copydesk_counts", {})
        if stage == STAGES[0] and counts["batches"]:
            totals = {"validate": counts["checks"], "publish": 1}
            for name in STAGES[1:]:
                self._bars[name] = self._progress.add_task(name, total=totals.get(name, counts["batches"]))
