"""Served and deployed for real: servers, a worker and Prefect's own command line, all on this machine."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from copydesk.tables import open_dataset

ROOT = Path(__file__).parent.parent
SERVE = [sys.executable, "-c", "from copydesk.cli import app; app()", "serve"]
PREFECT = [sys.executable, "-m", "prefect"]
PATIENCE = 300.0
"""Seconds; nothing here takes a third of it unless the machine is busy."""


def wait_for(check: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.5)
    pytest.fail(f"Waited {PATIENCE:.0f} s for {what}.")


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_healthy(api: str) -> bool:
    try:
        return httpx.get(f"{api}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def list_runs(api: str, deployment: str, state: str) -> list[dict[str, Any]]:
    wanted = {"deployments": {"name": {"any_": [deployment]}}, "flow_runs": {"state": {"type": {"any_": [state]}}}}
    runs: list[dict[str, Any]] = httpx.post(f"{api}/flow_runs/filter", json=wanted, timeout=30).json()
    return runs


def await_completion(api: str, deployment: str) -> None:
    def find_end() -> bool:
        for state in ("FAILED", "CRASHED", "CANCELLED"):
            assert not (runs := list_runs(api, deployment, state)), runs[0]["state"]["message"]
        return bool(list_runs(api, deployment, "COMPLETED"))

    wait_for(find_end, f"a run of {deployment} to complete")


def call_prefect(*arguments: str, environment: Mapping[str, str]) -> str:
    command = [*PREFECT, "--no-prompt", *arguments]
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@contextmanager
def keep_running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` beside the test, and end it as Ctrl-C does, then harder."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                process.send_signal(end)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    continue


def make_environment(home: Path) -> dict[str, str]:
    """A home for Prefect as a fresh machine has it; no address of a server."""
    inherited = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"}
    return inherited | {"PREFECT_HOME": str(home)}


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
        assert open_dataset(data, "documents").collect().height == 5
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, log.read_text()
    assert not is_healthy(api)
    assert "Traceback" not in log.read_text()


def list_scheduled(api: str) -> list[dict[str, Any]]:
    """Return the completed runs that a schedule started, not a person."""
    return [run for run in list_runs(api, "local", "COMPLETED") if run["auto_scheduled"]]


def test_scheduled_run_picks_up_a_new_page_and_goes_on_after_a_crash(seeds: Path, tmp_path: Path) -> None:
    api, environment = f"http://127.0.0.1:{find_free_port()}/api", make_environment(tmp_path / "prefect")
    environment |= {"PREFECT_API_URL": api}
    raw, data = tmp_path / "raw", tmp_path / "data"
    raw.mkdir()
    pages = sorted(seeds.iterdir())

    def holds(count: int) -> bool:
        return (data / "clean").exists() and open_dataset(data, "documents").collect().height == count

    command = [*SERVE, "--raw", str(raw), "--data", str(data), "--interval", "1"]
    shutil.copy(pages[0], raw)
    with keep_running(command, environment, tmp_path / "serve.log") as process:
        wait_for(lambda: holds(1), "the first scheduled run")
        shutil.copy(pages[1], raw)
        wait_for(lambda: holds(2), "a scheduled run to pick up a new page")
        wait_for(lambda: len(list_scheduled(api)) >= 2, "both runs to be signed off")
        process.kill()
    wait_for(lambda: not is_healthy(api), "the server to end with the command that started it")
    shutil.copy(pages[2], raw)
    with keep_running(command, environment, tmp_path / "serve-again.log"):
        wait_for(lambda: holds(3), "a scheduled run after the crash")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment that names a server somebody else started."""
    folder, port = tmp_path_factory.mktemp("server"), find_free_port()
    environment = make_environment(folder / "prefect")
    api = f"http://127.0.0.1:{port}/api"
    with keep_running([*PREFECT, "server", "start", "--port", str(port)], environment, folder / "server.log"):
        wait_for(lambda: is_healthy(api), "the server")
        yield environment | {"PREFECT_API_URL": api}


def test_run_whose_server_goes_away_says_so_and_the_next_completes(seeds: Path, tmp_path: Path) -> None:
    port, data = find_free_port(), tmp_path / "data"
    api, environment = f"http://127.0.0.1:{port}/api", make_environment(tmp_path / "prefect")
    command = [*SERVE[:-1], "run", "--raw", str(seeds), "--data", str(data)]
    server = [*PREFECT, "server", "start", "--port", str(port)]
    with keep_running(server, environment, tmp_path / "server.log") as process:
        wait_for(lambda: is_healthy(api), "the server")
        # Prefect tries again for minutes otherwise.
        own = environment | {"PREFECT_API_URL": api, "PREFECT_CLIENT_MAX_RETRIES": "1"}
        with keep_running(command, own, tmp_path / "run.log") as run:
            wait_for((data / ".staging").exists, "the run to get going")
            process.kill()
            wait_for(lambda: run.poll() is not None, "the run to give up")
    assert run.returncode == 1
    assert "went away during the run" in (tmp_path / "run.log").read_text()
    assert (data / ".staging").exists()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    assert open_dataset(data, "documents").collect().height == 5


def test_project_file_deploys_to_a_work_pool(environment: dict[str, str], seeds: Path, tmp_path: Path) -> None:
    server, data = environment["PREFECT_API_URL"], tmp_path / "data"
    call_prefect("work-pool", "create", "copydesk", "--type", "process", environment=environment)
    call_prefect("deploy", "--all", environment=environment)
    worker = [*PREFECT, "worker", "start", "--pool", "copydesk"]
    with keep_running(worker, environment, tmp_path / "worker.log"):
        parameters = ("--param", f"raw={seeds}", "--param", f"data={data}")
        call_prefect("deployment", "run", "build-dataset/pool", *parameters, environment=environment)
        await_completion(server, "pool")
        assert list_runs(server, "pool", "SCHEDULED")
    assert open_dataset(data, "documents").collect().height == 5


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
