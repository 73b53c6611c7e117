"""Folders of a run that lasts, and what the next can use of one that died."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.errors import ChecksFailedError, DeliveryRefusedError, StoppedError, WorkersLostError
from copydesk.reading import ChunkLimits, Source, list_sources
from copydesk.schemas import MANIFEST, QUARANTINE, TEXTS
from copydesk.settings import Settings
from copydesk.staging import (
    CHUNK_LIMITS,
    MAX_BATCHES,
    UNIT_SOURCES,
    cut_units,
    deal_chunks,
    deal_evenly,
    fill_folder,
    list_chunks,
    open_staging,
    read_quarantine,
    read_staged,
    refuse_stopped,
    stop_on_error,
    take_up,
)
from copydesk.steps import read_unit

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
LONG_AGO = 1_000_000_000
PAGES = ("Il pleut depuis lundi sur la ville.", "The harbour has been closed since Monday.", "Seit Montag ist zu.")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    for number, page in enumerate(PAGES):
        write_page(folder / f"{number}.txt", page)
    return folder


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def write_page(path: Path, text: str, seconds: int = LONG_AGO) -> None:
    path.write_text(text)
    os.utime(path, (seconds, seconds))


def read(sources: list[Source], staging: Path, now: datetime = NOW) -> Path:
    [unit] = cut_units(sources, staging)
    read_unit(unit, Settings(), "fingerprint", now)
    return unit.place


# --- dealing ---


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=200), st.integers(1, 60))
def test_dealing_keeps_all_things_in_order_and_no_hand_empty(weights: list[int], n_hands: int) -> None:
    things = list(range(len(weights)))
    hands = deal_evenly(things, weights, n_hands)
    assert [thing for hand in hands for thing in hand] == things
    assert len(hands) <= n_hands
    assert all(hands)


@given(st.integers(1, 500), st.integers(1, 60))
def test_things_of_one_weight_are_dealt_to_within_one(n_things: int, n_hands: int) -> None:
    sizes = {len(hand) for hand in deal_evenly(range(n_things), [1] * n_things, n_hands)}
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("n_files", [1, UNIT_SOURCES, UNIT_SOURCES + 1, 1_000_003])
def test_tasks_stay_below_two_hundred_whatever_the_number_of_files(n_files: int) -> None:
    sources = [Source(Path("a"), "a", 4_000, 0)] * n_files
    units = cut_units(sources, Path())
    assert sum(len(unit.sources) for unit in units) == n_files
    batches = deal_chunks([Path("chunk")] * (n_files // CHUNK_LIMITS.documents + 1), n_workers=2)
    assert max(len(units), len(batches)) <= MAX_BATCHES
    assert 5 * MAX_BATCHES + 2 <= 200


def test_one_large_file_is_cut_off_from_its_small_neighbours() -> None:
    sizes = [1_000] * 500 + [2_000_000_000] + [1_000] * 500
    units = cut_units([Source(Path("a"), str(number), size, 0) for number, size in enumerate(sizes)], Path())
    assert max(sum(source.size for source in unit.sources) for unit in units) < 2_010_000_000
    assert len(units) > 1


@pytest.mark.parametrize(("n_chunks", "n_workers", "n_batches"), [(1, 8, 1), (5, 2, 2), (8, 2, 2), (1000, 2, 39)])
def test_each_worker_gets_a_batch_where_there_are_chunks_enough(n_chunks: int, n_workers: int, n_batches: int) -> None:
    batches = deal_chunks([Path(str(number)) for number in range(n_chunks)], n_workers)
    assert len(batches) == n_batches
    assert len({batch.name for batch in batches}) == n_batches


# --- reading into chunks ---


def test_unit_holds_chunks_of_bounded_size(raw: Path, staging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copydesk.steps.CHUNK_LIMITS", ChunkLimits(documents=2, chars=1_000))
    chunks = list_chunks([read(list_sources(raw), staging)])
    assert [read_staged(TEXTS, chunk)["text"].to_list() for chunk in chunks] == [list(PAGES[:2]), list(PAGES[2:])]


def test_unit_describes_each_source_and_what_could_not_be_read(raw: Path, staging: Path) -> None:
    write_page(raw / "empty.txt", "")
    unit = read(list_sources(raw), staging)
    manifest = read_staged(MANIFEST, unit)
    assert manifest["source_file"].to_list() == ["0.txt", "1.txt", "2.txt", "empty.txt"]
    assert manifest["source_hash"].null_count() == 0
    assert read_quarantine([unit], []).select("source_file", "reason").rows() == [("empty.txt", "empty")]


def test_chunk_without_documents_is_not_cleaned_but_its_quarantine_counts(staging: Path, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    write_page(tmp_path / "raw" / "empty.txt", "")
    unit = read(list_sources(tmp_path / "raw"), staging)
    assert list_chunks([unit]) == []
    assert read_quarantine([unit], []).height == 1


def test_quarantine_of_nothing_has_its_columns() -> None:
    assert read_quarantine([], []).equals(QUARANTINE.make_empty())


# --- whole or not there ---


def test_folder_appears_only_when_it_is_filled(tmp_path: Path) -> None:
    with fill_folder(tmp_path / "place") as filling:
        (filling / "table").touch()
        assert not (tmp_path / "place").exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["place", "table"]


def test_folder_that_could_not_be_filled_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk"), fill_folder(tmp_path / "place"):
        raise OSError("disk full")
    assert list(tmp_path.iterdir()) == []


def test_folder_filled_twice_is_that_of_the_first(tmp_path: Path) -> None:
    with fill_folder(tmp_path / "place"), fill_folder(tmp_path / "place") as faster:
        (faster / "first").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["place", "first"]


# --- taking up ---


def test_what_an_earlier_run_has_read_is_taken_up(raw: Path, staging: Path) -> None:
    sources = list_sources(raw)
    unit = read(sources, staging)
    assert take_up(staging, sources) == ([unit], [])


def test_only_what_is_missing_is_left_to_read(raw: Path, staging: Path) -> None:
    sources = list_sources(raw)
    unit = read(sources[:2], staging)
    assert take_up(staging, sources) == ([unit], sources[2:])


def test_same_sources_are_taken_up_once(raw: Path, staging: Path) -> None:
    sources = list_sources(raw)
    for _ in range(2):
        read(sources, staging)
    units, missing = take_up(staging, sources)
    assert (len(units), missing) == (1, [])
    assert list(staging.iterdir()) == units


def edit(path: Path) -> None:
    write_page(path, "Another text.", LONG_AGO + 1)


def rename(path: Path) -> None:
    path.rename(path.with_name("z.txt"))


@pytest.mark.parametrize("change", [edit, Path.unlink, rename], ids=["edited", "deleted", "renamed"])
def test_unit_with_a_source_that_is_not_as_it_was_is_read_again(
    raw: Path, staging: Path, change: Callable[[Path], None]
) -> None:
    read(list_sources(raw), staging)
    change(raw / "1.txt")
    sources = list_sources(raw)
    assert take_up(staging, sources) == ([], sources)
    assert list(staging.iterdir()) == []


def test_source_that_may_change_without_showing_it_is_read_again(raw: Path, staging: Path) -> None:
    write_page(raw / "1.txt", PAGES[1], int(NOW.timestamp()))
    sources = list_sources(raw)
    read(sources, staging)
    assert take_up(staging, sources) == ([], sources)


def test_what_is_half_done_and_checks_in_other_groups_are_removed(raw: Path, staging: Path) -> None:
    sources = list_sources(raw)
    unit = read(sources[:2], staging)
    for name in (".read-abc-def", "checked-abc"):
        (staging / name).mkdir()
    (staging / "history.parquet").touch()
    take_up(staging, sources)
    assert list(staging.iterdir()) == [unit]


# --- the folder of a run ---


@pytest.mark.parametrize("error", [KeyboardInterrupt, DeliveryRefusedError("no"), WorkersLostError("gone"), ValueError])
def test_staging_stays_after_what_may_pass(tmp_path: Path, error: BaseException) -> None:
    with suppress(BaseException), open_staging(tmp_path, "key") as staging:
        (staging / "read-abc").mkdir()
        raise error
    with open_staging(tmp_path, "key") as staging:
        assert (staging / "read-abc").exists()


@pytest.mark.parametrize("error", [ChecksFailedError("no"), OSError("disk full")])
def test_staging_goes_after_what_will_not_pass(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)), open_staging(tmp_path, "key"):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_staging_of_another_pipeline_is_removed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_staging(tmp_path, "former"):
        raise KeyboardInterrupt
    with open_staging(tmp_path, "key") as staging:
        assert list(staging.parent.iterdir()) == [staging]


def test_steps_of_a_run_that_was_stopped_end(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_staging(tmp_path, "key") as staging, stop_on_error(staging):
        raise KeyboardInterrupt
    with pytest.raises(StoppedError):
        read(list_sources(raw), staging)
    with open_staging(tmp_path, "key") as staging:
        refuse_stopped(staging)


def test_steps_of_a_run_that_is_gone_end(tmp_path: Path) -> None:
    with pytest.raises(StoppedError):
        refuse_stopped(tmp_path / "gone")
