"""Servers, workers and Prefect's own command line, run beside a test."""

import os
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


def list_scheduled(api: str, deployment: str) -> list[dict[str, Any]]:
    """Return the completed runs that a schedule started, not a person."""
    return [run for run in list_runs(api, deployment, "COMPLETED") if run["auto_scheduled"]]


def count_documents(data: Path) -> int:
    """Return how many documents are published, none before there is a dataset."""
    return open_dataset(data, "documents").collect().height if (data / "clean").exists() else 0
