"""The last runs on a dataset and how they ended: `.runs.jsonl` in the data folder, one JSON line a run."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from copydesk.versions import write_text

KEPT_RUNS: Final = 200
RUNNING: Final = "running"
PUBLISHED: Final = "published"
UNCHANGED: Final = "unchanged"
KILLED: Final = "killed"
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run.

    Attributes:
        started_at: ISO 8601, UTC.
        outcome: running, published, unchanged, failed, or killed (it ended without a word).
        seconds: how long it took.
        version: the version readers saw at its end.
        message: why it failed, or what was unusual.
        counts: what it found and did, by name.
    """

    started_at: str
    outcome: str = RUNNING
    seconds: float = 0.0
    version: str = ""
    message: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


class RunNotes:
    """What a run has to say of itself when it ends."""

    def __init__(self) -> None:
        self.outcome = FAILED
        self.version = ""
        self.message = ""
        self.counts: dict[str, int] = {}


@contextmanager
def record_run(data: Path, started_at: datetime) -> Iterator[RunNotes]:
    """Record a run, also one that fails or is killed. Call it within `lock_dataset`: only one run writes at a time.

    Args:
        data: the data folder.
        started_at: when the run started, with a time zone.
    """
    # Nobody else holds the lock, so whatever is said to be running was killed.
    earlier = [replace(run, outcome=KILLED) if run.outcome == RUNNING else run for run in read_runs(data)]
    run = RunRecord(started_at.astimezone(UTC).isoformat(timespec="seconds"))
    _write_runs(data, [*earlier, run])
    notes = RunNotes()
    try:
        yield notes
    except BaseException as error:
        notes.outcome, notes.message = FAILED, str(error) or type(error).__name__
        raise
    finally:
        seconds = round((datetime.now(UTC) - started_at).total_seconds(), 2)
        ended = replace(
            run,
            outcome=notes.outcome,
            seconds=seconds,
            version=notes.version,
            message=notes.message,
            counts=notes.counts,
        )
        _write_runs(data, [*earlier, ended])


def read_runs(data: Path) -> list[RunRecord]:
    """Return the last runs, oldest first; a line that is no run, as of a later copydesk, is left out."""
    try:
        lines = (data / ".runs.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    runs = []
    for line in lines:
        try:
            runs.append(RunRecord(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return runs


def _write_runs(data: Path, runs: list[RunRecord]) -> None:
    lines = (json.dumps(asdict(run), ensure_ascii=False) for run in runs[-KEPT_RUNS:])
    write_text(data / ".runs.jsonl", "\n".join(lines) + "\n")
