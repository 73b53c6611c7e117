"""Versions at an address: sent, completed after a break, read while others are sent, deleted when they are old."""

import json
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from copydesk import remote_versions
from copydesk.cli import app
from copydesk.errors import RemoteError, WrongUseError
from copydesk.partitions import Former
from copydesk.publish import publish_version
from copydesk.remote_versions import find_remote_files, send_version
from copydesk.schemas import PUBLISHED, Tables
from copydesk.settings import DatasetSettings
from copydesk.tables import open_dataset, write_tables
from copydesk.versions import find_current, lock_dataset, require_current, roll_back
from tests.places import open_s3, serve_pages
from tests.tables_factory import NOW, build_numbered, build_tables, make_state


def publish(data: Path, tables: Tables, hours: int = 0, grows: bool = False) -> Path:
    """Publish `tables` in place of all the version before holds, or beside it; return the version's folder."""
    write_tables(tables, data / ".staging")
    with lock_dataset(data):
        current = find_current(data)
        former = None
        if current:
            documents = open_dataset(data, "documents").select("source_file").collect()["source_file"]
            former = Former(current / "clean", [] if grows else documents.to_list())
        now = NOW + timedelta(hours=hours)
        return publish_version([data / ".staging"], data, make_state(), now, former).path


@pytest.fixture
def place(bucket: str) -> str:
    return f"{bucket}/news/dataset"


def list_stored(place: str, folder: str) -> list[str]:
    return sorted(path.rpartition("/")[2] for path in open_s3().find(f"{place}/{folder}"))


def count_documents(place: str | Path) -> int:
    return open_dataset(place, "documents").collect().height


def test_each_table_reads_as_it_does_here(place: str, tmp_path: Path) -> None:
    tables = build_tables(build_numbered(3), build_numbered(2, "en", prefix="en-"))
    send_version(publish(tmp_path, tables), place)
    for contract in PUBLISHED:
        here, there = (open_dataset(data, contract.name).collect().sort(contract.key) for data in (tmp_path, place))
        assert there.equals(here)


def test_duckdb_reads_the_files_of_a_version(place: str, tmp_path: Path) -> None:
    send_version(publish(tmp_path, build_numbered(3)), place)
    with duckdb.connect() as connection:
        connection.register_filesystem(open_s3())
        files = find_remote_files(place, "paragraphs")
        assert connection.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchall() == [(6,)]


def test_version_that_readers_see_is_not_sent_again(place: str, tmp_path: Path) -> None:
    version = publish(tmp_path, build_numbered(2))
    assert send_version(version, place)["sent"] == 3
    assert send_version(version, f"{place}/") == {"sent": 0, "deleted": 0}


def test_files_that_two_versions_share_are_sent_once(place: str, tmp_path: Path) -> None:
    send_version(publish(tmp_path, build_numbered(2)), place)
    version = publish(tmp_path, build_numbered(1, "en", prefix="en-"), hours=1, grows=True)
    assert send_version(version, place) == {"sent": 3, "deleted": 0}
    assert count_documents(place) == 3


def test_shared_files_are_known_without_the_version_before(place: str, tmp_path: Path) -> None:
    former = publish(tmp_path, build_numbered(2))
    send_version(former, place)
    version = publish(tmp_path, build_numbered(1, "en", prefix="en-"), hours=1, grows=True)
    former.rename(tmp_path / "gone")
    assert send_version(version, place)["sent"] == 3


def test_three_latest_versions_stay_with_their_files_and_nothing_else_is_touched(place: str, tmp_path: Path) -> None:
    mine = [f"{place}/files/my.parquet", f"{place}/versions/my.json", f"{place}/notes.txt"]
    for address in mine:
        open_s3().pipe_file(address, b"mine")
    names = []
    for hour in range(5):
        version = publish(tmp_path, build_numbered(hour + 1), hour)
        send_version(version, place)
        names.append(f"{version.name}.json")
    assert list_stored(place, "versions") == [*names[2:], "my.json"]
    assert len(list_stored(place, "files")) == 3 * 3 + 1
    assert all(open_s3().exists(address) for address in mine)


def test_reader_of_a_version_goes_on_while_two_more_are_sent(place: str, tmp_path: Path) -> None:
    send_version(publish(tmp_path, build_numbered(1)), place)
    opened = open_dataset(place, "documents")
    for hour in (1, 2):
        send_version(publish(tmp_path, build_numbered(hour + 1), hour), place)
    assert opened.collect().height == 1
    assert count_documents(place) == 3


def test_version_that_is_shown_again_is_sent_again(place: str, tmp_path: Path) -> None:
    versions = [publish(tmp_path, build_numbered(number), number) for number in (1, 2)]
    for version in versions:
        send_version(version, place)
    with lock_dataset(tmp_path):
        roll_back(tmp_path, versions[0])
    assert send_version(require_current(tmp_path), place) == {"sent": 0, "deleted": 0}
    assert count_documents(place) == 1


@pytest.mark.parametrize("step", ["upload_files", "write_file", "delete_files"])
def test_sending_that_breaks_off_at_any_step_is_completed_by_the_next(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    send_version(publish(tmp_path, build_numbered(1)), place)
    version = publish(tmp_path, build_numbered(2), 1)

    def break_off(*_: object) -> None:
        raise RemoteError("The line is cut.")

    with monkeypatch.context() as patch:
        patch.setattr(remote_versions, step, break_off)
        with pytest.raises(RemoteError, match=r"is published here, but could not be sent\. The line is cut\."):
            send_version(version, place)
        assert count_documents(place) == (2 if step == "delete_files" else 1)
    send_version(version, place)
    assert count_documents(place) == 2


def test_killed_sending_leaves_readers_their_version_and_is_completed(place: str, tmp_path: Path) -> None:
    send_version(publish(tmp_path, build_numbered(1)), place)
    languages = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
    parts = [build_numbered(1, language, prefix=language) for language in languages]
    version = publish(tmp_path, build_tables(*parts), 1)
    code = "import sys, pathlib; from copydesk.remote_versions import send_version\n"
    code += "print(flush=True); send_version(pathlib.Path(sys.argv[1]), sys.argv[2])"
    command = [sys.executable, "-c", code, str(version), place]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while len(list_stored(place, "files")) == 3 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert count_documents(place) == 1
    sent = send_version(version, place)["sent"]
    assert sent < 3 * len(languages)
    assert count_documents(place) == len(languages)


def test_no_reader_sees_a_mixture_while_versions_are_sent(place: str, tmp_path: Path) -> None:
    """Each version holds another number of documents of two languages, all processed at another time."""
    send_version(publish_numbered(tmp_path, 0), place)
    done, answers, failures = threading.Event(), [], []

    def read() -> None:
        while not done.is_set():
            try:
                answers.append(open_dataset(place, "documents").select("processed_at", "language").collect())
            except Exception as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 21):
        send_version(publish_numbered(tmp_path, number), place)
    done.set()
    reader.join()
    assert failures == []
    assert len({answer.height for answer in answers}) > 1
    for answer in answers:
        number = round((answer["processed_at"][0] - NOW).total_seconds() / 3600)
        assert answer["processed_at"].n_unique() == 1
        assert answer.height == 2 * (number % 5 + 1)


def publish_numbered(data: Path, number: int) -> Path:
    now = NOW + timedelta(hours=number)
    parts = [build_numbered(number % 5 + 1, language, now=now, prefix=language) for language in ("fr", "en")]
    return publish(data, build_tables(*parts), number)


def test_files_of_a_dataset_that_is_shown_on_the_web_are_found(place: str, tmp_path: Path) -> None:
    send_version(publish(tmp_path / "data", build_numbered(2)), place)
    open_s3().get(f"{place}/", f"{tmp_path}/www/", recursive=True)
    with serve_pages(tmp_path / "www") as address:
        assert [path.removeprefix(address)[:6] for path in find_remote_files(address, "documents")] == ["files/"]


def test_address_without_a_dataset_is_wrong_use(place: str) -> None:
    with pytest.raises(WrongUseError, match="Nothing is published at s3://"):
        open_dataset(place)


def test_pointer_of_another_kind_is_not_overwritten(place: str, tmp_path: Path) -> None:
    open_s3().pipe_file(f"{place}/current.json", b'{"mine": 1}')
    with pytest.raises(RemoteError, match=r"current\.json was not written by copydesk"):
        send_version(publish(tmp_path, build_numbered(1)), place)
    assert json.loads(open_s3().cat_file(f"{place}/current.json")) == {"mine": 1}


def test_bucket_that_does_not_exist_is_named(s3_server: None, tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="Create the bucket first"):
        send_version(publish(tmp_path, build_numbered(1)), "s3://no-such-bucket-here/news")


def test_path_command_lists_the_files_at_an_address(place: str, tmp_path: Path) -> None:
    send_version(publish(tmp_path, build_numbered(2)), place)
    result = CliRunner().invoke(app, ["path", "documents", "--data", place])
    assert result.output.split() == find_remote_files(place, "documents")
    assert pl.read_parquet(result.output.split(), hive_partitioning=False).height == 2


def test_data_folder_must_be_on_this_machine() -> None:
    result = CliRunner().invoke(app, ["run", "--data", "s3://bucket/folder"])
    assert result.exit_code == 2
    assert "--publish-to" in result.output


@pytest.mark.parametrize("address", ["bucket/folder", "file:///folder"])
def test_address_in_the_settings_must_be_one(address: str) -> None:
    with pytest.raises(WrongUseError, match=r"dataset\.publish_to should be like s3://"):
        DatasetSettings(publish_to=address)


@pytest.mark.filterwarnings("ignore:module 'sre_.*' is deprecated:DeprecationWarning")
def test_run_without_changes_completes_a_sending(prefect_api: str, bucket: str, tmp_path: Path) -> None:
    from flows.build_dataset import build_dataset  # noqa: PLC0415

    for name in "ab":
        open_s3().pipe_file(f"{bucket}/raw/{name}.txt", b"The council met on Monday and decided on the road.")
    raw, data, place = f"{bucket}/raw/*.txt", tmp_path / "data", f"{bucket}/dataset"
    assert build_dataset(raw, str(data), publish_to=place).outcome == "published"
    assert open_dataset(place, "documents").collect()["source_file"].sort().to_list() == ["a.txt", "b.txt"]
    open_s3().rm(f"{place}/current.json")
    assert build_dataset(raw, str(data), publish_to=place).outcome == "unchanged"
    assert count_documents(place) == 2
