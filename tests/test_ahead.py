"""What a run loads while its Prefect server starts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.ahead import load_ahead
from flows.hands import WORKER_BYTES, Hands


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was loaded ahead; recorded only, since it stays loaded in the process of the tests."""
    calls: list[str] = []
    monkeypatch.setattr("copydesk.steps.load_steps", lambda: calls.append("steps"))
    return calls


@pytest.fixture
def raw(tmp_path: Path) -> Callable[[int], str]:
    """Make a folder of one page of so many bytes."""

    def write_page(n_bytes: int) -> str:
        folder = tmp_path / "raw"
        folder.mkdir()
        (folder / "page.txt").write_text("a" * n_bytes, encoding="utf-8")
        return str(folder)

    return write_page


def test_first_small_run_loads_its_steps_ahead(raw: Callable[[int], str], tmp_path: Path, loaded: list[str]) -> None:
    load_ahead(raw(10), tmp_path / "data", Hands())

    assert loaded == ["steps"]


def test_run_that_may_find_nothing_to_do_loads_no_steps(
    raw: Callable[[int], str], tmp_path: Path, loaded: list[str]
) -> None:
    (tmp_path / "data" / ".versions" / "1" / "clean").mkdir(parents=True)
    (tmp_path / "data" / "clean").symlink_to(Path(".versions", "1", "clean"))

    load_ahead(raw(10), tmp_path / "data", Hands())

    assert loaded == []


def test_run_whose_workers_do_the_steps_loads_none_itself(
    raw: Callable[[int], str], tmp_path: Path, loaded: list[str]
) -> None:
    load_ahead(raw(2 * WORKER_BYTES), tmp_path / "data", Hands(workers=2))

    assert loaded == []
