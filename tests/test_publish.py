import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from copydesk.errors import ChecksFailedError, ContractError, DatasetBusyError, WrongUseError
from copydesk.partitions import Former
from copydesk.publish import PublishedVersion, publish_version, read_state, refresh_manifest, write_quarantine
from copydesk.schemas import MANIFEST, QUARANTINE, Tables
from copydesk.tables import open_dataset, read_table, write_tables
from copydesk.versions import clear_leftovers, find_current, lock_dataset, remove_old_versions, roll_back
from copydesk.versions import list_versions as list_published
from tests.tables_factory import NOW, build_numbered, make_state

ONE_SOURCE = pl.DataFrame([{"source_file": "a.txt", "outcome": "published"}], schema=dict(MANIFEST.columns))
REFUSED = {"source_file": "b.txt", "reason": "empty", "detail": "no text", "found_at": NOW, "first_found_at": NOW}
ONE_REFUSED = pl.DataFrame([REFUSED | {"times_found": 1}], schema=dict(QUARANTINE.columns))


def publish(tables: Tables, data: Path, now: datetime = NOW) -> PublishedVersion:
    """Publish `tables` in place of all the version before holds."""
    staged = data / ".staging" / "0"
    write_tables(tables, staged)
    with lock_dataset(data):
        current = find_current(data)
        leaving = open_dataset(data, "documents").collect()["source_file"].to_list() if current else []
        former = Former(current / "clean", leaving) if current else None
        return publish_version([staged], data, make_state(ONE_SOURCE, ONE_REFUSED), now, former)


def list_versions(data: Path) -> list[str]:
    return sorted(path.name for path in (data / ".versions").iterdir())


def read_clean(data: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted((data / "clean" / "").rglob("*")) if path.is_file()}


def test_clean_is_a_relative_link_into_the_version(tmp_path: Path) -> None:
    version = publish(build_numbered(2), tmp_path)
    assert (tmp_path / "clean").readlink() == Path(".versions", version.info.id, "clean")


def test_dataset_stays_readable_when_the_data_folder_is_moved(tmp_path: Path) -> None:
    publish(build_numbered(2), tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    assert pl.scan_parquet(tmp_path / "there/clean/paragraphs/**/*.parquet").collect().height == 4


def test_duckdb_reads_the_published_dataset_through_the_link(tmp_path: Path) -> None:
    publish(build_numbered(2), tmp_path)
    glob = tmp_path / "clean" / "paragraphs" / "**" / "*.parquet"
    rows = duckdb.execute(f"SELECT count(*) FROM read_parquet('{glob}', hive_partitioning=true) WHERE language = 'fr'")
    assert rows.fetchall() == [(4,)]


def test_version_reports_its_rows_and_files(tmp_path: Path) -> None:
    version = publish(build_numbered(2), tmp_path)
    assert version.info.rows == {"documents": 2, "paragraphs": 4, "removed": 4}
    assert (version.files_written, version.files_linked) == (3, 0)


def test_manifest_lies_beside_the_clean_folder_of_its_version(tmp_path: Path) -> None:
    version = publish(build_numbered(1), tmp_path)
    assert read_table(version.path / "manifest.parquet", MANIFEST)["source_file"].to_list() == ["a.txt"]
    found = sorted(path.name for path in version.path.iterdir())
    assert found == ["clean", "history.parquet", "manifest.parquet", "published", "quarantine", "version.json"]


def test_version_without_changes_of_a_language_shares_its_files(tmp_path: Path) -> None:
    current = publish(build_numbered(2), tmp_path)
    write_tables(build_numbered(1, "en", prefix="en-"), tmp_path / "staged")
    later = NOW + timedelta(hours=1)
    with lock_dataset(tmp_path):
        version = publish_version([tmp_path / "staged"], tmp_path, make_state(), later, Former(current.path / "clean"))
    assert (version.files_written, version.files_linked) == (3, 3)
    assert version.info.languages == {"fr": 2, "en": 1}


def test_document_that_stays_and_comes_again_is_refused(tmp_path: Path) -> None:
    current = publish(build_numbered(2), tmp_path)
    write_tables(build_numbered(1), tmp_path / "staged")
    with lock_dataset(tmp_path), pytest.raises(ChecksFailedError, match="'documents' failed the check keys_are_unique"):
        publish_version([tmp_path / "staged"], tmp_path, make_state(), NOW, Former(current.path / "clean"))


def test_document_keeps_the_time_it_was_first_ingested(tmp_path: Path) -> None:
    later = NOW + timedelta(days=1)
    publish(build_numbered(2), tmp_path)
    publish(build_numbered(3, now=later), tmp_path, later)
    documents = open_dataset(tmp_path, "documents").sort("source_file").collect()
    assert documents["ingested_at"].to_list() == [NOW, NOW, later]


def test_three_latest_versions_are_kept(tmp_path: Path) -> None:
    ids = [publish(build_numbered(1), tmp_path, NOW + timedelta(hours=hour)).info.id for hour in range(5)]
    assert list_versions(tmp_path) == ids[2:]


def test_version_ids_sort_by_time_and_differ_at_the_same_time(tmp_path: Path) -> None:
    ids = [publish(build_numbered(1), tmp_path, NOW + timedelta(hours=hour)).info.id for hour in (0, 1, 1)]
    assert ids[0] < min(ids[1:])
    assert len(set(ids)) == 3


def test_published_version_survives_when_the_clock_goes_back(tmp_path: Path) -> None:
    for hour in (5, 4, 3, 2, 1):
        version = publish(build_numbered(1), tmp_path, NOW + timedelta(hours=hour))
        assert (tmp_path / "clean").resolve() == version.path / "clean"
    assert open_dataset(tmp_path).collect().height == 2


def test_run_without_documents_publishes_tables_without_rows(tmp_path: Path) -> None:
    with lock_dataset(tmp_path):
        publish_version([], tmp_path, make_state(), NOW)
    assert open_dataset(tmp_path).collect().height == 0


def test_key_in_two_batches_leaves_the_former_dataset_as_it_was(tmp_path: Path) -> None:
    publish(build_numbered(1), tmp_path)
    before, versions = read_clean(tmp_path), list_versions(tmp_path)
    staged = tmp_path / ".staging" / "0"
    with lock_dataset(tmp_path), pytest.raises(ChecksFailedError, match="'documents' failed the check keys_are_unique"):
        publish_version([staged, staged], tmp_path, make_state(), NOW)
    assert (read_clean(tmp_path), list_versions(tmp_path)) == (before, versions)


def test_failure_while_writing_leaves_the_former_dataset_as_it_was(tmp_path: Path) -> None:
    publish(build_numbered(1), tmp_path)
    before, versions = read_clean(tmp_path), list_versions(tmp_path)
    unplaced = build_numbered(2)
    unplaced = unplaced._replace(removed=unplaced.removed.with_columns(language=pl.lit(None, dtype=pl.String)))
    with pytest.raises(ContractError, match="language is null"):
        publish(unplaced, tmp_path, NOW + timedelta(hours=1))
    assert (read_clean(tmp_path), list_versions(tmp_path)) == (before, versions)


def test_clean_that_is_a_real_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "clean" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(WrongUseError, match=r"not the link to a published version\. Move it away"):
        publish(build_numbered(1), tmp_path)
    assert mine.read_text() == "mine"


def test_quarantine_is_that_of_the_version_readers_see(tmp_path: Path) -> None:
    write_quarantine(QUARANTINE.make_empty(), tmp_path)  # as a run leaves it that could publish nothing
    publish(build_numbered(1), tmp_path)
    assert read_table(tmp_path / "quarantine" / "quarantine.parquet", QUARANTINE).equals(ONE_REFUSED)
    assert (tmp_path / "quarantine").is_symlink()


def test_state_is_read_back_as_published(tmp_path: Path) -> None:
    version = publish(build_numbered(1), tmp_path)
    state = read_state(version.path)
    assert state is not None
    assert state.manifest.equals(ONE_SOURCE)
    assert state.quarantine.equals(ONE_REFUSED)


def test_state_of_a_damaged_version_is_none(tmp_path: Path) -> None:
    version = publish(build_numbered(1), tmp_path)
    (version.path / "manifest.parquet").write_bytes(b"PAR1")
    assert read_state(version.path) is None


def test_manifest_can_be_refreshed_in_place(tmp_path: Path) -> None:
    version = publish(build_numbered(1), tmp_path)
    refresh_manifest(version.path, ONE_SOURCE.with_columns(size=pl.lit(7, dtype=pl.Int64)))
    state = read_state(version.path)
    assert state is not None
    assert state.manifest["size"].to_list() == [7]


def test_rollback_shows_readers_the_earlier_version(tmp_path: Path) -> None:
    first = publish(build_numbered(1), tmp_path)
    publish(build_numbered(3), tmp_path, NOW + timedelta(hours=1))
    with lock_dataset(tmp_path):
        roll_back(tmp_path, first.path)
    assert open_dataset(tmp_path, "documents").collect().height == 1


def test_version_readers_saw_before_a_publication_is_kept_after_a_rollback(tmp_path: Path) -> None:
    versions = [publish(build_numbered(n + 1), tmp_path, NOW + timedelta(hours=n)) for n in range(3)]
    with lock_dataset(tmp_path):
        roll_back(tmp_path, versions[0].path)
    latest = publish(build_numbered(5), tmp_path, NOW + timedelta(hours=9))
    kept = [path.name for path in list_published(tmp_path)]
    assert kept == [versions[0].path.name, versions[2].path.name, latest.path.name]


def test_version_built_but_never_shown_is_removed(tmp_path: Path) -> None:
    version = publish(build_numbered(1), tmp_path)
    whole = shutil.copytree(version.path, version.path.with_name("29990101T000000.000000Z-00000000"))
    (whole / "published").unlink()
    assert len(list_published(tmp_path)) == 1
    clear_leftovers(tmp_path)
    assert list_versions(tmp_path) == [version.path.name]


def test_version_shown_just_before_a_kill_counts_as_published(tmp_path: Path) -> None:
    version = publish(build_numbered(1), tmp_path)
    (version.path / "published").unlink()
    (tmp_path / "quarantine").unlink()
    clear_leftovers(tmp_path)
    assert list_published(tmp_path) == [version.path]
    assert (tmp_path / "quarantine" / "quarantine.parquet").exists()


def test_only_the_kept_versions_remain(tmp_path: Path) -> None:
    versions = [publish(build_numbered(1), tmp_path, NOW + timedelta(hours=n)) for n in range(3)]
    remove_old_versions(tmp_path, versions[1].path)
    assert len(list_published(tmp_path)) == 3


def test_reader_never_sees_a_short_or_mixed_version(tmp_path: Path) -> None:
    hours = {NOW + timedelta(hours=hour): 20 + hour for hour in range(21)}
    publish(build_numbered(20), tmp_path)
    seen: list[tuple[list[datetime], int]] = []
    done = threading.Event()

    def read_on() -> None:
        while not done.is_set():
            documents = open_dataset(tmp_path, "documents").collect()
            seen.append((documents["processed_at"].unique().to_list(), documents.height))

    reader = threading.Thread(target=read_on)
    reader.start()
    for now, count in list(hours.items())[1:]:
        publish(build_numbered(count, now=now), tmp_path, now)
    done.set()
    reader.join()
    assert len({times[0] for times, _ in seen}) > 5
    assert [(times, height) for times, height in seen if len(times) != 1 or height != hours[times[0]]] == []


KILLED_PUBLISHER = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from copydesk import publish
from tests.tables_factory import NOW, build_numbered
from tests.test_publish import publish as publish_tables
setattr(publish, sys.argv[2], lambda *args: os.kill(os.getpid(), signal.SIGKILL))
later = NOW + timedelta(hours=1)
publish_tables(build_numbered(5, now=later), Path(sys.argv[1]), later)
"""


@pytest.mark.parametrize("step", ["write_table", "_sync_folders", "point_readers"])
def test_kill_while_publishing_leaves_the_former_dataset_and_the_next_run_cleans_up(tmp_path: Path, step: str) -> None:
    publish(build_numbered(2), tmp_path)
    before = read_clean(tmp_path)
    killed = subprocess.run([sys.executable, "-c", KILLED_PUBLISHER, str(tmp_path), step], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list_versions(tmp_path)) == 2
    assert read_clean(tmp_path) == before
    version = publish(build_numbered(3), tmp_path, NOW + timedelta(hours=2))
    assert open_dataset(tmp_path, "documents").collect().height == 3
    assert not [name for name in list_versions(tmp_path) if name.startswith(".")]
    assert (tmp_path / "clean").resolve() == version.path / "clean"


@contextmanager
def hold_lock_elsewhere(data: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it is killed."""
    code = (
        "import sys, time; from pathlib import Path; from copydesk.versions import lock_dataset\n"
        "with lock_dataset(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(data)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def test_second_writer_is_told_that_the_dataset_is_busy(tmp_path: Path) -> None:
    with (
        hold_lock_elsewhere(tmp_path),
        pytest.raises(DatasetBusyError, match=r"Another run is writing to .*\. Wait until it is done"),
        lock_dataset(tmp_path),
    ):
        pass


def test_lock_is_free_after_its_holder_was_killed(tmp_path: Path) -> None:
    with hold_lock_elsewhere(tmp_path) as holder:
        holder.kill()
        holder.wait()
        with lock_dataset(tmp_path):
            assert (tmp_path / ".lock").exists()


def test_data_folder_that_is_a_file_is_wrong_use(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("")
    with pytest.raises(WrongUseError, match="cannot be written"), lock_dataset(file):
        pass


def test_removing_a_former_version_leaves_linked_files_readable(tmp_path: Path) -> None:
    first = publish(build_numbered(2), tmp_path)
    publish(build_numbered(2), tmp_path, NOW + timedelta(hours=1))
    shutil.rmtree(first.path)
    assert open_dataset(tmp_path).collect().height == 4
