"""The flow and `copydesk run`, with a real Prefect server, real checks and real Parquet."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest
from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import TaskRun

import copydesk.steps
from copydesk import validate
from copydesk.errors import ChecksFailedError, CopydeskError, DatasetBusyError, SourcesGoneError, WrongUseError
from copydesk.reading import ChunkLimits, Reading, Source, read_chunks
from copydesk.run_log import read_runs
from copydesk.settings import ReadingSettings
from copydesk.summary import RunSummary
from copydesk.tables import open_dataset
from copydesk.versions import lock_dataset
from flows.build_dataset import build_dataset

pytestmark = [
    pytest.mark.usefixtures("prefect_api"),
    # Great Expectations 1.24 imports modules that Python has deprecated.
    pytest.mark.filterwarnings("ignore:module 'sre_.*' is deprecated:DeprecationWarning"),
]

STAGES = ("ingest", "detect_language", "strip_noise", "split_paragraphs", "validate")
LATER = {"check_delivery", "publish-version"}


def run_flow(raw: Path, data: Path) -> State[RunSummary]:
    return build_dataset(str(raw), str(data), return_state=True)


RUN = [sys.executable, "-c", "from copydesk.cli import app; app()", "run"]


def run_command(*arguments: str | Path, api: str | None = None) -> subprocess.CompletedProcess[str]:
    """Call `copydesk run` as a person does; without `api` it brings its own server."""
    environment = os.environ | ({"PREFECT_API_URL": api} if api else {})
    command = [*RUN, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


def list_task_runs(client: SyncPrefectClient, flow_run_id: UUID) -> list[TaskRun]:
    only_this = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    return client.read_task_runs(flow_run_filter=only_this)


def find_flow_run_id(state: State[RunSummary]) -> UUID:
    assert state.state_details.flow_run_id is not None
    return state.state_details.flow_run_id


@pytest.fixture(scope="module")
def built(prefect_api: str, seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[State[RunSummary], Path]:
    """The final state of a run on the seeds, and the data folder it filled."""
    data = tmp_path_factory.mktemp("data")
    return run_flow(seeds, data), data


def test_flow_completes_on_the_seeds(built: tuple[State[RunSummary], Path]) -> None:
    assert built[0].is_completed(), built[0].message


def test_flow_publishes_every_document_of_the_seeds(built: tuple[State[RunSummary], Path], seeds: Path) -> None:
    documents = open_dataset(built[1], "documents").select("source_file").collect()
    assert sorted(documents["source_file"]) == sorted(path.name for path in seeds.iterdir())


def test_flow_returns_the_counts_of_what_it_published(built: tuple[State[RunSummary], Path]) -> None:
    summary = built[0].result()
    published = [open_dataset(built[1], name).select(pl.len()).collect().item() for name in ("paragraphs", "removed")]
    assert [summary.n_paragraphs, summary.n_removed] == published


def test_flow_names_each_task_run_after_task_and_batch(built: tuple[State[RunSummary], Path]) -> None:
    with get_client(sync_client=True) as client:
        names = {run.name for run in list_task_runs(client, find_flow_run_id(built[0]))}
    assert names == {f"{stage}-batch-000" for stage in STAGES} | LATER


def test_flow_run_is_named_after_its_folder_and_time(built: tuple[State[RunSummary], Path], seeds: Path) -> None:
    with get_client(sync_client=True) as client:
        name = client.read_flow_run(find_flow_run_id(built[0])).name
    folder, day, _time = name.rsplit(" ", 2)
    assert folder == str(seeds)
    assert datetime.fromisoformat(day).year >= 2026


@pytest.mark.parametrize(("key", "kind"), [("build-dataset-summary", "markdown"), ("build-dataset-counts", "table")])
def test_flow_leaves_its_summary_as_artifacts(built: tuple[State[RunSummary], Path], key: str, kind: str) -> None:
    of_this_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[find_flow_run_id(built[0])]))
    with get_client(sync_client=True) as client:
        artifacts = {artifact.key: artifact for artifact in client.read_artifacts(artifact_filter=of_this_run)}
    assert artifacts[key].type == kind
    assert "000_e5f3fc22f0b38397.txt" in json.dumps(artifacts[key].data).replace("\\", "")


def test_flow_leaves_nothing_staged(built: tuple[State[RunSummary], Path]) -> None:
    assert not (built[1] / ".staging").exists()


def test_flow_removes_what_a_killed_run_staged(seeds: Path, tmp_path: Path) -> None:
    left_over = tmp_path / ".staging" / "killed" / "batch-000"
    left_over.mkdir(parents=True)
    assert run_flow(seeds, tmp_path).is_completed()
    assert not left_over.exists()


def test_flow_without_changes_removes_what_a_killed_run_staged(
    built: tuple[State[RunSummary], Path], seeds: Path
) -> None:
    (built[1] / ".staging" / "killed").mkdir(parents=True)
    assert run_flow(seeds, built[1]).result().outcome == "unchanged"
    assert not (built[1] / ".staging").exists()


def test_flow_runs_several_batches_side_by_side(
    seeds: Path, tmp_path: Path, built: tuple[State[RunSummary], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copydesk.staging.UNIT_SOURCES", 2)
    monkeypatch.setattr("copydesk.staging.CHUNKS_A_BATCH", 1)
    state = run_flow(seeds, tmp_path)
    with get_client(sync_client=True) as client:
        assert len(list_task_runs(client, find_flow_run_id(state))) == 3 * len(STAGES) + len(LATER)
    texts = [
        open_dataset(data).select("paragraph_id", "text").sort("paragraph_id").collect()
        for data in (built[1], tmp_path)
    ]
    assert texts[0].equals(texts[1])


def test_flow_completes_when_one_batch_holds_nothing_readable(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "empty.txt").touch()
    shutil.copy(seeds / "000_e5f3fc22f0b38397.txt", raw / "good.txt")
    monkeypatch.setattr("copydesk.staging.UNIT_SOURCES", 1)
    summary = run_flow(raw, tmp_path / "data").result()
    assert (summary.n_documents, summary.n_quarantined) == (1, 1)


def test_manifest_tells_published_from_quarantined_sources(
    bad_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    manifest = pl.read_parquet((bad_run[1] / "clean").resolve().parent / "manifest.parquet")
    outcomes = dict(manifest.select("source_file", "outcome").rows())
    assert (outcomes["good.txt"], outcomes["empty.txt"]) == ("published", "quarantined")


def test_ingest_tries_again_after_an_error_of_the_disk(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def read_at_second_try(
        sources: list[Source], settings: ReadingSettings, found_at: datetime, limits: ChunkLimits
    ) -> Iterator[Reading]:
        calls.append(len(sources))
        if len(calls) == 1:
            raise OSError("Input/output error")
        return read_chunks(sources, settings, found_at, limits)

    monkeypatch.setattr(copydesk.steps, "read_chunks", read_at_second_try)
    assert run_flow(seeds, tmp_path).is_completed()
    assert calls == [5, 5]


def test_ingest_does_not_try_again_what_cannot_pass(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def refuse(*_: object) -> None:
        calls.append(1)
        raise WrongUseError("no")

    monkeypatch.setattr(copydesk.steps, "read_chunks", refuse)
    with pytest.raises(WrongUseError):
        run_flow(seeds, tmp_path).result()
    assert calls == [1]


def demand_the_impossible(folder: Path) -> Path:
    """Copy the suites into `folder`, with a table-level expectation no table keeps."""
    suites = shutil.copytree(validate.find_expectations(), folder / "expectations")
    suite = json.loads((suites / "paragraphs.json").read_text())
    suite["expectations"].append(
        {
            "type": "expect_table_row_count_to_be_between",
            "kwargs": {"min_value": 1_000_000},
            "meta": {"level": "table", "name": "a_million_rows", "notes": "A million rows."},
        }
    )
    (suites / "paragraphs.json").write_text(json.dumps(suite))
    return suites


@pytest.fixture
def refused(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[State[RunSummary], dict[Path, bytes], Path]:
    """The state of a run refused by its checks, the dataset before it, and the data folder."""
    data = tmp_path / "data"
    assert run_flow(seeds, data).is_completed()
    before = read_clean(data)
    suites = demand_the_impossible(tmp_path)
    monkeypatch.setattr(validate, "find_expectations", lambda: suites)
    return run_flow(seeds, data), before, data


def read_clean(data: Path) -> dict[Path, bytes]:
    clean = (data / "clean").resolve()
    return {path: path.read_bytes() for path in clean.rglob("*.parquet")}


def test_failed_check_fails_the_run_and_names_the_expectation(
    refused: tuple[State[RunSummary], dict[Path, bytes], Path],
) -> None:
    state = refused[0]
    assert state.is_failed()
    assert "a_million_rows" in (state.message or "")
    assert isinstance(state.result(raise_on_failure=False), ChecksFailedError)


def test_failed_check_leaves_the_former_dataset(refused: tuple[State[RunSummary], dict[Path, bytes], Path]) -> None:
    _, before, data = refused
    assert before
    assert read_clean(data) == before


def test_failed_check_leaves_nothing_staged(refused: tuple[State[RunSummary], dict[Path, bytes], Path]) -> None:
    assert not (refused[2] / ".staging").exists()


@pytest.mark.parametrize(
    ("make_raw", "error"),
    [(lambda raw: None, WrongUseError), (lambda raw: raw.mkdir(), WrongUseError)],
    ids=["missing", "empty"],
)
def test_flow_fails_clearly_without_sources(
    tmp_path: Path, make_raw: Callable[[Path], None], error: type[CopydeskError]
) -> None:
    make_raw(tmp_path / "raw")
    with pytest.raises(error, match=str(tmp_path / "raw")):
        run_flow(tmp_path / "raw", tmp_path / "data").result()


def test_flow_is_refused_while_another_run_holds_the_dataset(seeds: Path, tmp_path: Path) -> None:
    with lock_dataset(tmp_path), pytest.raises(DatasetBusyError):
        run_flow(seeds, tmp_path).result()


@pytest.fixture
def raw(seeds: Path, tmp_path: Path) -> Path:
    return shutil.copytree(seeds, tmp_path / "raw")


def test_flow_processes_only_what_changed(raw: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = run_flow(raw, data).result()
    shutil.copy(raw / "000_e5f3fc22f0b38397.txt", raw / "new.txt")
    second = run_flow(raw, data).result()
    assert (second.n_documents, second.total["documents"]) == (1, 6)
    assert second.sources == dict.fromkeys(first.sources, 0) | {"new": 1, "unchanged": 5}


def test_flow_without_changes_publishes_nothing_and_starts_no_task(
    built: tuple[State[RunSummary], Path], seeds: Path
) -> None:
    before = (built[1] / "clean").resolve()
    state = run_flow(seeds, built[1])
    assert state.result().outcome == "unchanged"
    assert (built[1] / "clean").resolve() == before
    with get_client(sync_client=True) as client:
        assert list_task_runs(client, find_flow_run_id(state)) == []


def test_flow_processes_again_what_other_settings_make_of_it_and_says_why(raw: Path, tmp_path: Path) -> None:
    run_flow(raw, tmp_path / "data")
    (tmp_path / "settings.toml").write_text('[noise]\nmode = "strict"\n')
    summary = build_dataset(str(raw), str(tmp_path / "data"), str(tmp_path / "settings.toml"))
    assert summary.sources["outdated"] == 5
    assert summary.pipeline == ("noise.mode",)


def test_flow_stops_when_most_sources_are_gone_unless_it_is_told_to_go_on(raw: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_flow(raw, data)
    for path in sorted(raw.iterdir())[:4]:
        path.unlink()
    with pytest.raises(SourcesGoneError, match="4 of the 5 source files"):
        run_flow(raw, data).result()
    assert open_dataset(data, "documents").collect().height == 5
    build_dataset(str(raw), str(data), allow_shrink=True)
    assert open_dataset(data, "documents").collect().height == 1


def test_quarantine_empties_itself_when_the_source_is_mended(raw: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (raw / "bad.txt").touch()
    run_flow(raw, data)
    assert pl.read_parquet(data / "quarantine" / "*.parquet")["source_file"].to_list() == ["bad.txt"]
    shutil.copy(raw / "000_e5f3fc22f0b38397.txt", raw / "bad.txt")
    assert run_flow(raw, data).result().sources["edited"] == 1
    assert pl.read_parquet(data / "quarantine" / "*.parquet").is_empty()


def test_delivery_unlike_those_before_is_blocked_until_it_is_accepted(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copydesk.drift.MIN_DOCUMENTS", 2)
    data, settings = tmp_path / "data", tmp_path / "settings.toml"
    settings.write_text('[dataset]\ndrift = "block"\n')
    run_flow(raw, data)
    for name in ("x.txt", "y.txt"):
        (raw / name).write_text("Partager\nTweeter\nAbonnez-vous à notre newsletter\n")
    with pytest.raises(ChecksFailedError, match="all pages: 100% of the documents have no paragraph"):
        build_dataset(str(raw), str(data), str(settings))
    assert open_dataset(data, "documents").collect().height == 5
    summary = build_dataset(str(raw), str(data), str(settings), accept_drift=True)
    assert summary.total["documents"] == 7
    assert any("have no paragraph" in sentence for sentence in summary.drift)


def test_run_that_fails_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    run_flow(tmp_path / "raw", tmp_path / "data")
    [record] = read_runs(tmp_path / "data")
    assert record.outcome == "failed"
    assert "holds no files" in record.message


def test_flow_logs_a_line_for_each_stage_with_counts_and_time(
    raw: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_flow(raw, tmp_path / "data")
    lines = [record.getMessage() for record in caplog.records]
    wanted = re.compile(r"stage=(\w+)( \w+=[\w-]+)* \w+=\d+ seconds=\d+\.\d\d")
    found = [match[1] for match in map(wanted.fullmatch, lines) if match]
    assert found == ["find_changes", *STAGES, "check_delivery", "publish"]


# --- copydesk run, as a person types it ---


@pytest.fixture(scope="module")
def bad_raw(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good page among every kind of bad input."""
    raw = tmp_path_factory.mktemp("raw")
    shutil.copy(seeds / "000_e5f3fc22f0b38397.txt", raw / "good.txt")
    (raw / "empty.txt").write_bytes(b"")
    (raw / "blank.txt").write_text(" \n\t\n\u00a0\n")
    (raw / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (raw / "one-line.txt").write_bytes(b"Une seule ligne sans fin. " * 2_000_000)
    (raw / "nowhere.txt").symlink_to(raw / "gone.txt")
    latin = "L'été dernier, le général a déclaré que la forêt était entièrement brûlée près de la frontière."
    (raw / "latin-1.txt").write_bytes((latin * 5).encode("latin-1"))
    shutil.copy(seeds / "002_ce15d945ad15922d.txt", raw / os.fsdecode(b"caf\xe9.txt"))
    return raw


@pytest.fixture(scope="module")
def bad_run(
    prefect_api: str, bad_raw: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], Path]:
    data = tmp_path_factory.mktemp("bad")
    return run_command("--raw", bad_raw, "--data", data, api=prefect_api), data


def test_command_publishes_what_it_can_read_among_bad_files(
    bad_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    result, data = bad_run
    assert result.returncode == 0, result.stderr
    documents = open_dataset(data, "documents").collect()
    assert sorted(documents["source_file"]) == [r"caf\xe9.txt", "good.txt", "latin-1.txt"]


@pytest.mark.parametrize(
    ("source_file", "reason"),
    [
        ("empty.txt", "empty"),
        ("blank.txt", "blank"),
        ("binary.txt", "binary"),
        ("one-line.txt", "too_large"),
        ("nowhere.txt", "vanished"),
    ],
)
def test_command_states_why_a_file_was_set_aside(
    bad_run: tuple[subprocess.CompletedProcess[str], Path], source_file: str, reason: str
) -> None:
    assert f"{source_file}: {reason} (" in bad_run[0].stdout
    quarantine = pl.read_parquet(bad_run[1] / "quarantine" / "**" / "*.parquet")
    assert (source_file, reason) in quarantine.select("source_file", "reason").rows()


def test_command_shows_no_log_lines_of_prefect(bad_run: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    assert "INFO" not in bad_run[0].stderr
    assert "validate" in bad_run[0].stderr


def test_command_brings_its_own_server(seeds: Path, tmp_path: Path) -> None:
    result = run_command("--raw", seeds, "--data", tmp_path / "data")
    assert result.returncode == 0, result.stderr
    assert "5 documents" in result.stdout
    assert open_dataset(tmp_path / "data").collect().height > 0


def test_command_stops_cleanly_on_ctrl_c(seeds: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [*RUN, "--raw", str(seeds), "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as process:
        while not (data / ".staging").exists():
            assert process.poll() is None
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
        output = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 130
    assert "Traceback" not in output
    assert "run again to go on from there" in output
    assert sorted(path.name for path in data.iterdir()) == [".lock", ".runs.jsonl", ".staging"]


def test_command_says_when_there_is_nothing_to_do(prefect_api: str, seeds: Path, tmp_path: Path) -> None:
    assert run_command("--raw", seeds, "--data", tmp_path, api=prefect_api).returncode == 0
    result = run_command("--raw", seeds, "--data", tmp_path, api=prefect_api)
    assert result.returncode == 0
    assert "Nothing to do" in result.stdout


def test_run_without_changes_imports_neither_great_expectations_nor_the_pipeline(
    prefect_api: str, built: tuple[State[RunSummary], Path], seeds: Path
) -> None:
    code = (
        "import sys; from flows.build_dataset import build_dataset\n"
        "assert build_dataset(sys.argv[1], sys.argv[2]).outcome == 'unchanged'\n"
        "heavy = {'great_expectations', 'pandas', 'langdetect', 'dateparser', 'copydesk.noise.model'}\n"
        "print(heavy & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(seeds), str(built[1])]
    environment = os.environ | {"PREFECT_API_URL": prefect_api}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "set()"


def test_command_fails_with_4_when_most_pages_are_gone(prefect_api: str, raw: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run_command("--raw", raw, "--data", data, api=prefect_api).returncode == 0
    for path in raw.iterdir():
        path.unlink()
    result = run_command("--raw", raw, "--data", data, api=prefect_api)
    assert result.returncode == 4
    assert "is the folder mounted" in result.stderr
    assert "Traceback" not in result.stderr


def test_command_that_cannot_write_says_so_and_leaves_the_former_dataset(
    prefect_api: str, raw: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert run_command("--raw", raw, "--data", data, api=prefect_api).returncode == 0
    before = read_clean(data)
    (raw / "new.txt").write_bytes((raw / "000_e5f3fc22f0b38397.txt").read_bytes())
    # The system refuses to let a file grow beyond this, as it does on a full disk.
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)); {RUN[2]}"
    command = [sys.executable, "-c", limit, "run", "--raw", str(raw), "--data", str(data)]
    environment = os.environ | {"PREFECT_API_URL": prefect_api}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 1
    assert "The system refused" in result.stderr
    assert "Traceback" not in result.stderr
    assert read_clean(data) == before
    assert not (data / ".staging").exists()


@pytest.mark.parametrize("stage", ["ingest", "validate", "publish"])
def test_killed_command_leaves_the_former_dataset_and_the_next_completes(
    prefect_api: str, raw: Path, tmp_path: Path, stage: str
) -> None:
    data = tmp_path / "data"
    run_flow(raw, data)
    before = read_clean(data)
    shutil.copy(raw / "000_e5f3fc22f0b38397.txt", raw / "new.txt")
    patterns = {
        "ingest": ".staging/*/.read-*",
        "validate": ".staging/*/read-*/chunk-*/split",
        "publish": ".versions/.build-*",
    }
    command = [*RUN, "--raw", str(raw), "--data", str(data)]
    environment = os.environ | {"PREFECT_API_URL": prefect_api}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not any(data.glob(patterns[stage])):
            assert process.poll() is None
            time.sleep(0.001)
        process.kill()
    assert read_clean(data) == before
    assert run_flow(raw, data).result().total["documents"] == 6
    assert sorted(path.name for path in data.iterdir()) == [".lock", ".runs.jsonl", ".versions", "clean", "quarantine"]
    assert [record.outcome for record in read_runs(data)] == ["published", "killed", "published"]


def test_command_fails_with_1_when_no_file_can_be_read(prefect_api: str, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "empty.txt").touch()
    result = run_command("--raw", raw, "--data", tmp_path / "data", api=prefect_api)
    assert result.returncode == 1
    assert "No source file became a document (1 empty)" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "data" / "clean").exists()


def test_command_fails_with_2_for_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    result = run_command("--raw", tmp_path / "no", "--data", tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"{tmp_path / 'no'} does not exist" in result.stderr


def test_command_fails_with_2_for_an_empty_folder(tmp_path: Path) -> None:
    result = run_command("--raw", tmp_path, "--data", tmp_path)
    assert result.returncode == 2
    assert "holds no files" in result.stderr


def test_command_fails_with_2_for_an_unknown_setting(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[reading]\nmax_bytes = 1\n")
    result = run_command("--raw", seeds, "--data", tmp_path, "--settings", tmp_path / "settings.toml")
    assert result.returncode == 2
    assert "unknown setting 'max_bytes'" in result.stderr


def test_command_fails_with_2_when_the_server_it_is_told_of_does_not_answer(seeds: Path, tmp_path: Path) -> None:
    result = run_command("--raw", seeds, "--data", tmp_path, api="http://127.0.0.1:9/api")
    assert result.returncode == 2
    assert "No Prefect server answers at http://127.0.0.1:9/api" in result.stderr


def test_command_fails_with_3_while_another_run_holds_the_dataset(
    prefect_api: str, seeds: Path, tmp_path: Path
) -> None:
    with lock_dataset(tmp_path):
        result = run_command("--raw", seeds, "--data", tmp_path, api=prefect_api)
    assert result.returncode == 3
    assert str(tmp_path) in result.stderr
    assert "Traceback" not in result.stderr


def test_command_obeys_a_settings_file(prefect_api: str, seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[reading]\nmax_record_bytes = 3500\n")
    data = tmp_path / "data"
    arguments = ("--raw", seeds, "--data", data, "--settings", tmp_path / "settings.toml")
    assert run_command(*arguments, api=prefect_api).returncode == 0
    assert open_dataset(data, "documents").collect().height == 2


def test_importing_the_command_line_imports_neither_prefect_nor_great_expectations() -> None:
    code = "import sys, copydesk.cli; print({'prefect', 'great_expectations', 'pandas'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_time_of_a_run_is_one_time(built: tuple[State[RunSummary], Path]) -> None:
    times = open_dataset(built[1], "documents").select("processed_at").unique().collect()["processed_at"].to_list()
    assert len(times) == 1
    assert times[0] <= datetime.now(UTC)
