"""How far a run is, told from the files its steps have left: whichever processes or machines they run on.

Each look gives, for every stage, the pages and the bytes of text that are done. It goes to the logger `LOGGER`, for the
terminal, and as a progress artifact to Prefect.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact

from copydesk.schemas import LANGUAGES, TEXTS, VERDICTS
from copydesk.staging import SPLIT, Batch, find_checked, find_texts
from copydesk.tables import Size, count_rows, measure_table

LOGGER: Final = "copydesk.progress"
PROGRESS: Final = "copydesk_progress"
"""Attribute of the log record: what `Watch.look` found."""
ARTIFACT_KEY: Final = "build-dataset-progress"
LOOK_SECONDS: Final = 1.0
_LOOKS_AN_ARTIFACT: Final = 5

_MARKS: Final = {
    "detect_language": f"{LANGUAGES.name}.parquet",
    "strip_noise": f"{VERDICTS.name}.parquet",
    "split_paragraphs": SPLIT,
}
"""What a stage leaves in the folder of a chunk when it is done with it."""
SHARES: Final = {"ingest": 0.05, "detect_language": 0.1, "strip_noise": 0.5, "split_paragraphs": 0.15, "validate": 0.2}
"""About what share of a run's time each stage takes."""


class Progress(NamedTuple):
    """How far a stage is: pages and bytes of text done, and of how many; None while that is not known."""

    stage: str
    done: Size
    total: Size | None


class Watch:
    """Looks at the folder of a run."""

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        self._read: dict[str, Size] = {}
        self._checked: dict[Path, int] = {}
        self._open: dict[str, list[list[tuple[Path, Size]]]] = {}
        self._done: dict[str, Size] = {}
        self._total: Size | None = None

    def expect(self, batches: Sequence[Batch]) -> None:
        """Take note of what was read and will be cleaned."""
        sized = [[(chunk, measure_table(chunk / f"{TEXTS.name}.parquet")) for chunk in b.chunks] for b in batches]
        self._done = dict.fromkeys(_MARKS, Size())
        self._open = {stage: [chunks[::-1] for chunks in sized] for stage in _MARKS}
        self._total = _add(size for chunks in sized for _, size in chunks)

    def look(self) -> list[Progress]:
        """Return how far each stage is that has begun."""
        if self._total is None:
            return [Progress("ingest", self._look_at_texts(), None)]
        return [
            Progress("ingest", self._total, self._total),
            *(Progress(stage, self._look_at_chunks(stage), self._total) for stage in _MARKS),
            Progress("validate", self._look_at_checked(self._total), self._total),
        ]

    def _look_at_texts(self) -> Size:
        for name, path in find_texts(self._staging):
            if name not in self._read:
                with suppress(FileNotFoundError):  # its unit is complete and has another name by now
                    self._read[name] = measure_table(path)
        return _add(self._read.values())

    def _look_at_chunks(self, stage: str) -> Size:
        for chunks in self._open[stage]:
            while chunks and (chunks[-1][0] / _MARKS[stage]).exists():
                self._done[stage] = _add((self._done[stage], chunks.pop()[1]))
        return self._done[stage]

    def _look_at_checked(self, total: Size) -> Size:
        for path in find_checked(self._staging):
            if path not in self._checked:
                self._checked[path] = count_rows(path)
        n_pages = sum(self._checked.values())
        return Size(n_pages, total.n_bytes * n_pages // max(total.rows, 1))


def measure_percent(looked: Sequence[Progress]) -> float:
    """Return how much of a run's work is done, in percent."""
    shares = {it.stage: it.done.n_bytes / it.total.n_bytes for it in looked if it.total and it.total.n_bytes}
    return 100 * sum(SHARES[stage] * share for stage, share in shares.items())


def describe_progress(looked: Sequence[Progress]) -> str:
    """Say in Markdown how far each stage is."""
    lines = [
        f"| {stage} | {done.rows:,} | {f'{total.rows:,}' if total else '?'} | {done.n_bytes / 1e6:,.1f} |"
        for stage, done, total in looked
    ]
    return "\n".join(["| stage | pages | of | MB of text |", "|---|---|---|---|", *lines])


@contextmanager
def watch_run(staging: Path) -> Iterator[Watch]:
    """Look at a run every second while the context lasts, and once more at its end."""
    watch, done = Watch(staging), threading.Event()
    thread = threading.Thread(target=copy_context().run, args=(_keep_looking, watch, done), daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()


def _keep_looking(watch: Watch, done: threading.Event) -> None:
    artifact: UUID | None = None
    number = 0
    while True:
        is_last = done.wait(LOOK_SECONDS)
        looked = watch.look()
        logging.getLogger(LOGGER).info(describe_progress(looked), extra={PROGRESS: looked})
        if is_last or number % _LOOKS_AN_ARTIFACT == 0:
            artifact = _show_in_prefect(looked, artifact)
        if is_last:
            return
        number += 1


def _show_in_prefect(looked: Sequence[Progress], artifact: UUID | None) -> UUID | None:
    percent, description = measure_percent(looked), describe_progress(looked)
    with suppress(httpx.HTTPError):  # the server may be gone for a while; the tasks find out whether for good
        if artifact is None:
            created: UUID = create_progress_artifact(  # type: ignore[assignment]  # it is awaitable in async code only
                percent, key=ARTIFACT_KEY, description=description
            )
            return created
        update_progress_artifact(artifact, percent, description=description)
    return artifact


def _add(sizes: Iterable[Size]) -> Size:
    pairs = list(sizes)
    return Size(sum(size.rows for size in pairs), sum(size.n_bytes for size in pairs))
