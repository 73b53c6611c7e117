"""Served and deployed for real: servers, a worker and Prefect's own command line, all on this machine."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import (
    PATIENCE,
    PREFECT,
    ROOT,
    SERVE,
    await_completion,
    call_prefect,
    count_documents,
    find_free_port,
    is_healthy,
    keep_running,
    list_runs,
    list_scheduled,
    make_environment,
    wait_for,
)


def test_serve_brings_up_server_schedule_and_deployment_and_takes_them_down(seeds: Path, tmp_path: Path) -> None:
    api, environment = f"http://127.0.0.1:{find_free_port()}/api", make_environment(tmp_path / "prefect")
    data, log = tmp_path / "data", tmp_path / "serve.log"
    command = [*SERVE, "--raw", str(seeds), "--data", str(data)]
    with keep_running(command, environment | {"PREFECT_API_URL": api}, log) as process:
        wait_for(lambda: "Serving build-dataset/local" in log.read_text() or process.poll(), "the deployment")
        assert process.poll() is None, log.read_text()
        wait_for(lambda: list_runs(api, "local", "SCHEDULED"), "the schedule to schedule runs")
        # As a newcomer types it, without the server's address: the two share the database of Prefect's home.
        call_prefect("deployment", "run", "build-dataset/local", environment=environment)
        await_completion(api, "local")
        assert count_documents(data) == 5
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, log.read_text()
    assert not is_healthy(api)
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment that names a server somebody else started."""
    folder, port = tmp_path_factory.mktemp("server"), find_free_port()
    environment = make_environment(folder / "prefect")
    api = f"http://127.0.0.1:{port}/api"
    with keep_running([*PREFECT, "server", "start", "--port", str(port)], environment, folder / "server.log"):
        wait_for(lambda: is_healthy(api), "the server")
        yield environment | {"PREFECT_API_URL": api}


def test_project_file_deploys_to_a_work_pool_whose_schedule_picks_up_a_new_page(
    environment: dict[str, str], seeds: Path, tmp_path: Path
) -> None:
    server, raw, data = environment["PREFECT_API_URL"], tmp_path / "raw", tmp_path / "data"
    first, second, *_ = sorted(seeds.iterdir())
    raw.mkdir()
    shutil.copy(first, raw)
    project = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    for ours, here in (("data/raw", raw), ("data: data", f"data: {data}"), ("interval: 3600", "interval: 60")):
        project = project.replace(ours, str(here))
    project_file = tmp_path / "prefect.yaml"
    project_file.write_text(project, encoding="utf-8")
    call_prefect("work-pool", "create", "copydesk", "--type", "process", environment=environment)
    call_prefect("deploy", "--all", "--prefect-file", str(project_file), environment=environment)
    worker = [*PREFECT, "worker", "start", "--pool", "copydesk"]
    with keep_running(worker, environment, tmp_path / "worker.log"):
        call_prefect("deployment", "run", "build-dataset/pool", environment=environment)
        wait_for(lambda: count_documents(data) == 1, "the run that was asked for")
        shutil.copy(second, raw)
        wait_for(lambda: count_documents(data) == 2, "a scheduled run to pick up a new page")
        wait_for(lambda: list_scheduled(server, "pool"), "the scheduled run to be signed off")


def test_serve_leaves_a_server_running_that_it_did_not_start(
    environment: dict[str, str], seeds: Path, tmp_path: Path
) -> None:
    server, log = environment["PREFECT_API_URL"], tmp_path / "serve.log"
    with keep_running([*SERVE, "--raw", str(seeds), "--data", str(tmp_path)], environment, log) as process:
        wait_for(lambda: list_runs(server, "local", "SCHEDULED"), "the schedule to schedule runs")
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert is_healthy(server)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cron", "every day"], "is not a cron line"),
        (["--cron", "0 6 * * *", "--interval", "5"], "not both"),
    ],
)
def test_serve_refuses_a_schedule_it_cannot_keep(environment: dict[str, str], options: list[str], message: str) -> None:
    result = subprocess.run(
        [*SERVE, *options], env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert result.returncode == 2
    assert message in result.stderr
