"""Runs with several workers or on a cluster, and runs that take up what another left: the same result each time."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from distributed import Client, LocalCluster
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

import copydesk.steps
from copydesk.cli_progress import describe_amount
from copydesk.errors import WorkersLostError, WrongUseError
from copydesk.reading import ChunkLimits, list_sources
from copydesk.settings import Settings
from copydesk.staging import cut_units, deal_chunks, list_chunks
from copydesk.steps import detect_chunk, label_chunk, read_unit, split_chunk
from copydesk.tables import Size
from flows.build_dataset import build_dataset
from flows.cluster import connect_cluster, describe_worker, require_able_workers
from flows.hands import Hands
from flows.progress import ARTIFACT_KEY, Progress, Watch, measure_percent
from flows.workers import call_step, start_workers
from tests.histories import read_rows
from tests.test_staging import LONG_AGO, NOW

pytestmark = [
    pytest.mark.usefixtures("prefect_api"),
    # Great Expectations 1.24 imports modules that Python has deprecated.
    pytest.mark.filterwarnings("ignore:module 'sre_.*' is deprecated:DeprecationWarning"),
]

N_PAGES = 12


@pytest.fixture(scope="module")
def raw(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages made of the seeds, each a little different, last changed long ago."""
    folder = tmp_path_factory.mktemp("raw")
    texts = [path.read_text(encoding="utf-8") for path in sorted(seeds.iterdir())]
    for number in range(N_PAGES):
        path = folder / f"{number:02}.txt"
        path.write_text(f"{texts[number % len(texts)]}\nLa page {number} est la dernière.", encoding="utf-8")
        os.utime(path, (LONG_AGO, LONG_AGO))
    return folder


@pytest.fixture(scope="module")
def expected(prefect_api: str, raw: Path, tmp_path_factory: pytest.TempPathFactory) -> list[pl.DataFrame]:
    """All rows of a run in one process, in one chunk."""
    data = tmp_path_factory.mktemp("data")
    build_dataset(str(raw), str(data), workers=1)
    return read_rows(data)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in many small parts, and with worker processes for few bytes."""
    monkeypatch.setattr("copydesk.steps.CHUNK_LIMITS", ChunkLimits(documents=4, chars=1_000_000))
    monkeypatch.setattr("copydesk.staging.CHUNKS_A_BATCH", 1)
    monkeypatch.setattr("copydesk.staging.UNIT_SOURCES", 5)
    monkeypatch.setattr("flows.hands.WORKER_BYTES", 1)


def assert_same_rows(data: Path, expected: list[pl.DataFrame]) -> None:
    for found, wanted in zip(read_rows(data), expected, strict=True):
        assert found.equals(wanted)


# --- worker processes ---


@pytest.mark.usefixtures("small_chunks")
def test_two_workers_publish_the_rows_of_one(raw: Path, tmp_path: Path, expected: list[pl.DataFrame]) -> None:
    build_dataset(str(raw), str(tmp_path), workers=2)
    assert_same_rows(tmp_path, expected)


def test_small_run_takes_no_worker_process() -> None:
    assert Hands(workers=8).count_processes(n_bytes=100_000) == 1


def test_large_run_takes_all_workers() -> None:
    assert Hands(workers=8).count_processes(n_bytes=1_000_000_000) == 8


def test_workers_of_this_machine_and_of_a_cluster_exclude_each_other() -> None:
    with pytest.raises(WrongUseError, match="not both"):
        Hands(workers=2, dask_address="tcp://127.0.0.1:1")


def test_step_is_called_here_without_workers() -> None:
    with start_workers(1):
        assert call_step(os.getpid) == os.getpid()


def test_step_that_is_called_here_is_seldom_stopped_to_collect_garbage() -> None:
    usual = gc.get_threshold()

    assert call_step(gc.get_threshold)[0] > 10 * usual[0]
    assert gc.get_threshold() == usual


def test_step_is_called_in_a_worker_that_shares_the_cores() -> None:
    with start_workers(2):
        assert call_step(os.getpid) != os.getpid()
        assert call_step(pl.thread_pool_size) == max((os.cpu_count() or 1) // 2, 1)


def test_worker_that_dies_is_named_as_the_reason() -> None:
    with start_workers(2), pytest.raises(WorkersLostError, match="run again to go on"):
        call_step(os._exit, 1)


def test_workers_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\nfrom flows.workers import call_step, start_workers\n"
        "if __name__ == '__main__':\n"
        "    with start_workers(2):\n        print(call_step(os.getpid), flush=True)\n        time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = Path("/proc") / process.stdout.readline().strip()
        assert worker.exists()
        process.kill()
    deadline = time.monotonic() + 30
    while worker.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- taking up what another run left ---


def test_run_goes_on_with_what_a_stopped_one_has_finished(
    raw: Path, tmp_path: Path, expected: list[pl.DataFrame], monkeypatch: pytest.MonkeyPatch, small_chunks: None
) -> None:
    def stop(*_: object) -> None:
        raise RuntimeError("the machine went down")

    with monkeypatch.context() as patch:
        patch.setattr("flows.stages.split_chunk", stop)
        with pytest.raises(RuntimeError, match="went down"):
            build_dataset(str(raw), str(tmp_path), workers=1)

    def refuse(*_: object) -> None:
        pytest.fail("what was finished is done again")

    monkeypatch.setattr(copydesk.steps, "read_chunks", refuse)
    monkeypatch.setattr(copydesk.steps, "label_blocks", refuse)
    build_dataset(str(raw), str(tmp_path), workers=1)
    assert_same_rows(tmp_path, expected)
    assert not (tmp_path / ".staging").exists()


def test_run_after_a_stopped_one_reads_what_has_changed_since(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_chunks: None
) -> None:
    own = shutil.copytree(raw, tmp_path / "raw")
    with monkeypatch.context() as patch:
        patch.setattr("flows.stages.check_chunks", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            build_dataset(str(own), str(tmp_path / "data"), workers=1)
    shutil.copy(own / "00.txt", own / "new.txt")
    (own / "01.txt").write_text("La mairie a réagi mardi, dit le communiqué de la préfecture.")
    (own / "02.txt").unlink()
    for data in ("data", "scratch"):
        build_dataset(str(own), str(tmp_path / data), workers=1)
    assert_same_rows(tmp_path / "data", read_rows(tmp_path / "scratch"))


# --- Dask ---


@pytest.fixture(scope="module")
def cluster(prefect_api: str) -> Iterator[LocalCluster]:
    """A scheduler and three worker processes, a new one for each that dies."""
    with LocalCluster(n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:  # type: ignore[no-untyped-call]
        yield cluster


def kill_a_worker(cluster: LocalCluster, data: Path, killed: list[int]) -> None:
    """Kill a worker that has a task when the first verdicts are there."""
    with Client(cluster.scheduler_address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        pids = client.run(os.getpid)
        while not any(data.glob(".staging/*/read-*/chunk-*/verdicts.parquet")):
            time.sleep(0.01)
        while not (busy := [worker for worker, tasks in client.processing().items() if tasks]):
            time.sleep(0.01)
    os.kill(pids[busy[0]], signal.SIGKILL)
    killed.append(pids[busy[0]])


@pytest.mark.usefixtures("small_chunks")
def test_dask_publishes_the_same_rows_though_a_worker_is_killed(
    raw: Path, tmp_path: Path, expected: list[pl.DataFrame], cluster: LocalCluster
) -> None:
    killed: list[int] = []
    killer = threading.Thread(target=kill_a_worker, args=(cluster, tmp_path, killed))
    killer.start()
    build_dataset(str(raw), str(tmp_path), dask_address=cluster.scheduler_address)
    killer.join()
    assert killed
    assert_same_rows(tmp_path, expected)


def test_cluster_that_does_not_answer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.cluster._SECONDS_TO_ANSWER", 1)
    with pytest.raises(WrongUseError, match="No Dask scheduler answers"):
        connect_cluster("tcp://127.0.0.1:1", str(tmp_path), tmp_path)


def test_cluster_without_workers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="has no workers"):
        require_able_workers({}, "tcp://host:8786", str(tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("lacking", "message"),
    [("raw", "does not see /the/raw"), ("staging", "does not see /the/staging"), ("pipeline", "another copydesk")],
)
def test_cluster_whose_worker_cannot_do_the_work_is_refused(tmp_path: Path, lacking: str, message: str) -> None:
    token = tmp_path / "token"
    token.touch()
    able = describe_worker(str(tmp_path), token)
    workers = {"tcp://a": able, "tcp://b": able | {lacking: False}}
    with pytest.raises(WrongUseError, match=f"tcp://b.*{message}"):
        require_able_workers(workers, "tcp://host:8786", "/the/raw", Path("/the/staging"))


# --- progress ---


def sum_sizes(looked: list[Progress]) -> dict[str, int]:
    return {stage: done.rows for stage, done, _ in looked}


def test_watch_counts_pages_stage_by_stage(raw: Path, tmp_path: Path, small_chunks: None) -> None:
    watch, settings = Watch(tmp_path), Settings()
    assert sum_sizes(watch.look()) == {"ingest": 0}
    units = cut_units(list_sources(raw), tmp_path)
    for unit in units:
        read_unit(unit, settings, "fingerprint", NOW)
    assert sum_sizes(watch.look()) == {"ingest": N_PAGES}
    chunks = list_chunks(unit.place for unit in units)
    watch.expect(deal_chunks(chunks, n_workers=2))
    for chunk in chunks[:2]:
        detect_chunk(chunk, settings)
    label_chunk(chunks[0], settings)
    split_chunk(chunks[0], settings, NOW)
    counted = sum_sizes(watch.look())
    assert counted == {"ingest": N_PAGES, "detect_language": 8, "strip_noise": 4, "split_paragraphs": 4, "validate": 0}


def test_size_of_what_was_read_is_about_that_of_the_texts(raw: Path, tmp_path: Path) -> None:
    [unit] = cut_units(list_sources(raw), tmp_path)
    read_unit(unit, Settings(), "fingerprint", NOW)
    [(_, done, _)] = Watch(tmp_path).look()
    n_bytes = sum(path.stat().st_size for path in raw.iterdir())
    assert done.n_bytes == pytest.approx(n_bytes, rel=0.2)


def test_percent_is_a_hundred_when_all_stages_are_done() -> None:
    whole = Size(10, 1_000)
    stages = ("ingest", "detect_language", "strip_noise", "split_paragraphs", "validate")
    assert measure_percent([Progress(stage, whole, whole) for stage in stages]) == pytest.approx(100)


def test_percent_is_nothing_while_the_amount_is_not_known() -> None:
    assert measure_percent([Progress("ingest", Size(10, 1_000), None)]) == 0


def test_run_leaves_its_progress_in_prefect(expected: list[pl.DataFrame]) -> None:
    with get_client(sync_client=True) as client:
        found: list[Any] = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[ARTIFACT_KEY]))
        )
    assert {artifact.type for artifact in found} == {"progress"}
    assert max(artifact.data for artifact in found) == pytest.approx(100)


@pytest.mark.parametrize(
    ("total", "seconds", "said"),
    [
        (None, 0.2, "1,500 pages, 6.0 MB"),
        (Size(3_000, 12_000_000), 3.0, "1,500/3,000 pages (500/s), 6.0 MB (2.0/s)"),
    ],
)
def test_amount_names_pages_megabytes_and_rates(total: Size | None, seconds: float, said: str) -> None:
    assert describe_amount(Size(1_500, 6_000_000), total, seconds) == said
