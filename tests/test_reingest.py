"""Whatever happened to the sources, and however often a run was cut short: the dataset is as if built from scratch."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from copydesk.errors import WrongUseError
from copydesk.settings import NoiseSettings, Settings
from tests.histories import read_manifest, read_quarantined, read_rows, run_once

NAMES = ("a.txt", "b.txt", "sub/c.txt", "sub/d.txt", "e.txt")
TEXTS = (
    b"",
    "Il pleut depuis lundi sur la ville, a annoncé la mairie dans un communiqué.\nPartager\n".encode(),
    b"The harbour has been closed since Monday, the city council said on Tuesday evening.\nShare\nRelated\n",
    b"Seit Montag ist der Hafen geschlossen, wie die Stadt am Dienstag mitteilte.\nTeilen\nKommentare\n",
    "Le port est fermé.\n\nLe port est fermé.\n\nIl rouvrira lundi, a indiqué la préfecture du département.".encode(),
)
MODES = ("balanced", "strict")
STEPS = (
    "copydesk.publish.write_partitions",
    "copydesk.publish._write_state",
    "copydesk.publish._sync_folders",
    "copydesk.publish.point_readers",
    "copydesk.publish.remove_old_versions",
    "tests.histories.update_manifest",
)


class Write(NamedTuple):
    name: str
    text: bytes


class Move(NamedTuple):
    name: str
    target: str


class Delete(NamedTuple):
    name: str


class Touch(NamedTuple):
    name: str
    seconds: int


class Run(NamedTuple):
    mode: str


class CutRun(NamedTuple):
    """A run that dies at a step: before it, or after it was done."""

    step: str
    after: bool


NAME = st.sampled_from(NAMES)
EVENT = st.one_of(
    st.builds(Write, NAME, st.sampled_from(TEXTS)),
    st.builds(Move, NAME, NAME),
    st.builds(Delete, NAME),
    st.builds(Touch, NAME, st.integers(1, 10_000)),
    st.builds(Run, st.sampled_from(MODES)),
    st.builds(CutRun, st.sampled_from(STEPS), st.booleans()),
)
Event = Write | Move | Delete | Touch | Run | CutRun


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def cut_at(step: str, after: bool) -> Iterator[None]:
    """Have the process die where `step` is called: nothing that comes later is done, clearing up neither."""
    module, _, name = step.rpartition(".")
    whole = getattr(__import__(module, fromlist=[name]), name)

    def die(*args: object) -> None:
        if after:
            whole(*args)
        raise Killed

    with patch(step, die), patch("copydesk.publish.shutil.rmtree"), suppress(Killed):
        yield


def apply_event(event: Event, raw: Path, data: Path) -> None:
    if isinstance(event, Run | CutRun):
        run_if_sources(event, raw, data)
        return
    path = raw / event.name
    if isinstance(event, Write):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(event.text)
    elif not path.exists():
        return
    elif isinstance(event, Move):
        (raw / event.target).parent.mkdir(parents=True, exist_ok=True)
        path.rename(raw / event.target)
    elif isinstance(event, Touch):
        os.utime(path, (event.seconds, event.seconds))
    else:
        path.unlink()


def run_if_sources(event: Run | CutRun, raw: Path, data: Path) -> None:
    # A folder without files is refused before the first version.
    with suppress(WrongUseError), cut_at(event.step, event.after) if isinstance(event, CutRun) else nullcontext():
        mode = event.mode if isinstance(event, Run) else MODES[0]
        run_once(raw, data, Settings(noise=NoiseSettings(mode=mode)))


@given(st.lists(EVENT, max_size=14))
@with_settings(max_examples=60, deadline=None)
def test_any_history_of_runs_leaves_what_one_run_from_scratch_gives(history: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        raw, data, scratch = (Path(folder, name) for name in ("raw", "data", "scratch"))
        raw.mkdir()
        (raw / "always.txt").write_bytes(TEXTS[1])
        for event in history:
            apply_event(event, raw, data)
        run_once(raw, data)
        run_once(raw, scratch)
        for grown, built in zip(read_rows(data), read_rows(scratch), strict=True):
            assert grown.equals(built)
        assert read_quarantined(data) == read_quarantined(scratch)
        assert read_manifest(data).equals(read_manifest(scratch))
        assert not run_once(raw, data), "a second run found something to do"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for name, text in zip(NAMES, TEXTS, strict=True):
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return tmp_path / "raw"


def test_killed_runs_leave_nothing_that_grows(raw: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_once(raw, data)
    for number in range(5):
        for step in STEPS:
            (raw / "b.txt").write_bytes(TEXTS[2] * (number + 1))
            with cut_at(step, after=True):
                run_once(raw, data)
    (raw / "b.txt").write_bytes(TEXTS[3])
    run_once(raw, data)
    assert len(list((data / ".versions").iterdir())) <= 3
    shutil.rmtree(data / ".staging")
    assert sorted(path.name for path in data.iterdir()) == [".lock", ".versions", "clean", "quarantine"]
