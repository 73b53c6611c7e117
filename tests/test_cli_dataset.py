"""The commands about a dataset that is there, as a person types them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from copydesk.cli import app
from copydesk.labels import Label
from copydesk.run_log import record_run
from copydesk.tables import open_dataset
from copydesk.versions import lock_dataset
from tests.tables_factory import BLOCKS, NOW, build_document, build_tables
from tests.test_publish import publish

OTHER_BLOCKS = (*BLOCKS[:3], (Label.NAVIGATION, BLOCKS[3][1]))
"""The same text, but its last paragraph is taken for a menu."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two versions: in the second a.txt lost a paragraph, b.txt is gone, and c.txt is new."""
    publish(build_tables(build_document("a.txt"), build_document("b.txt")), tmp_path)
    later = NOW + timedelta(hours=1)
    changed = build_document("a.txt", blocks=OTHER_BLOCKS, now=later)
    publish(build_tables(changed, build_document("c.txt", "de", now=later)), tmp_path, later)
    return tmp_path


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})


@pytest.mark.parametrize(
    "command",
    [["path"], ["versions"], ["rollback"], ["diff"], ["quarantine"], ["status"]],
    ids=lambda command: command[0],
)
def test_command_without_a_dataset_says_what_to_do(tmp_path: Path, command: list[str]) -> None:
    result = call(*command, "--data", tmp_path)
    assert result.exit_code == 2
    assert "Try: copydesk run --data" in result.output


def test_path_is_that_of_the_version_not_of_the_link(data: Path) -> None:
    path = Path(call("path", "paragraphs", "--data", data).output.strip())
    assert path.parts[-2:] == ("clean", "paragraphs")
    assert path.is_dir()
    assert path == (data / "clean" / "paragraphs").resolve()


def test_path_of_an_unknown_table_is_wrong_use(data: Path) -> None:
    assert call("path", "articles", "--data", data).exit_code == 2


def test_versions_mark_the_one_readers_see(data: Path) -> None:
    lines = [line for line in call("versions", "--data", data).output.splitlines() if "Z-" in line]
    assert [line.lstrip().startswith("*") for line in lines] == [False, True]


def test_rollback_shows_the_version_before(data: Path) -> None:
    assert call("rollback", "--data", data).exit_code == 0
    assert sorted(open_dataset(data, "documents").collect()["source_file"]) == ["a.txt", "b.txt"]


def test_rollback_before_the_first_version_is_wrong_use(data: Path) -> None:
    call("rollback", "--data", data)
    result = call("rollback", "--data", data)
    assert result.exit_code == 2
    assert "There is no version before" in result.output


def test_rollback_to_an_unknown_version_lists_those_there_are(data: Path) -> None:
    result = call("rollback", "1999", "--data", data)
    assert result.exit_code == 2
    assert "No version starts with '1999'" in result.output


def test_rollback_is_refused_while_a_run_is_writing(data: Path) -> None:
    with lock_dataset(data):
        assert call("rollback", "--data", data).exit_code == 3


def test_diff_counts_documents_and_says_why_paragraphs_came_and_went(data: Path) -> None:
    output = call("diff", "--data", data).output
    assert "1 added, 1 removed, 1 re-processed" in output
    assert "Paragraphs gained: 2\n  2 document added" in output
    assert "Paragraphs lost: 3\n  2 document removed" in output
    assert "  1 any.test_rule\n      Le fleuve a monté" in output


def test_diff_of_a_version_with_itself_is_empty(data: Path) -> None:
    version = call("path", "--data", data).output.strip().split("/")[-2]
    output = call("diff", version, version, "--data", data).output
    assert "0 added, 0 removed, 0 re-processed" in output


def test_quarantine_lists_what_and_why(data: Path) -> None:
    output = call("quarantine", "--data", data).output
    assert "b.txt" in output
    assert "no text" in output


def test_quarantine_is_exported_whole(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "quarantine.csv"
    assert call("quarantine", "--data", data, "--export", file).exit_code == 0
    assert pl.read_csv(file)["source_file"].to_list() == ["b.txt"]


def test_status_says_what_there_is_and_how_the_last_runs_ended(data: Path) -> None:
    with lock_dataset(data), record_run(data, datetime.now(UTC)) as notes:
        notes.outcome, notes.counts = "unchanged", {"unchanged": 2}
    output = call("status", "--data", data).output
    assert "Holds 2 documents" in output
    assert "ago." in output
    assert "fr 1" in output
    assert "unchanged" in output
    assert "No run is writing to it now." in output


def test_status_tells_a_run_that_is_writing_from_one_that_was_killed(data: Path) -> None:
    with lock_dataset(data), record_run(data, datetime.now(UTC)):
        assert "A run is writing to it now." in call("status", "--data", data).output
        left = (data / ".runs.jsonl").read_text()
    (data / ".runs.jsonl").write_text(left)
    assert "killed" in call("status", "--data", data).output
