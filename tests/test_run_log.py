"""What is remembered of the last runs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from copydesk.run_log import KEPT_RUNS, read_runs, record_run

NOW = datetime.now(UTC)


def run(data: Path, outcome: str = "published") -> None:
    with record_run(data, NOW) as notes:
        notes.outcome, notes.version, notes.counts = outcome, "v1", {"new": 2}


def test_run_is_recorded_with_what_it_noted(tmp_path: Path) -> None:
    run(tmp_path)
    [record] = read_runs(tmp_path)
    assert (record.outcome, record.version, record.counts) == ("published", "v1", {"new": 2})
    assert record.seconds >= 0


def test_run_that_fails_is_recorded_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"), record_run(tmp_path, NOW):
        raise OSError("No space left on device")
    [record] = read_runs(tmp_path)
    assert (record.outcome, record.message) == ("failed", "No space left on device")


def test_run_is_said_to_be_running_meanwhile(tmp_path: Path) -> None:
    with record_run(tmp_path, NOW):
        assert [record.outcome for record in read_runs(tmp_path)] == ["running"]


def test_run_that_never_ended_was_killed(tmp_path: Path) -> None:
    with record_run(tmp_path, NOW):
        left = (tmp_path / ".runs.jsonl").read_text()
    (tmp_path / ".runs.jsonl").write_text(left)
    run(tmp_path)
    assert [record.outcome for record in read_runs(tmp_path)] == ["killed", "published"]


def test_only_the_last_runs_are_remembered(tmp_path: Path) -> None:
    run(tmp_path)
    [line] = (tmp_path / ".runs.jsonl").read_text().splitlines()
    (tmp_path / ".runs.jsonl").write_text(f"{line}\n" * (KEPT_RUNS + 50))
    run(tmp_path, "unchanged")
    records = read_runs(tmp_path)
    assert len(records) == KEPT_RUNS
    assert records[-1].outcome == "unchanged"


def test_damaged_line_does_not_hide_the_others(tmp_path: Path) -> None:
    run(tmp_path)
    with (tmp_path / ".runs.jsonl").open("a") as file:
        file.write('{"half a li\n')
    assert len(read_runs(tmp_path)) == 1
