"""Runs that a schedule starts, and servers that go away: what happens while nobody looks."""

import shutil
import subprocess
from pathlib import Path

from tests.servers import (
    PATIENCE,
    PREFECT,
    ROOT,
    SERVE,
    count_documents,
    find_free_port,
    is_healthy,
    keep_running,
    list_scheduled,
    make_environment,
    wait_for,
)


def test_scheduled_run_picks_up_a_new_page_and_goes_on_after_a_crash(seeds: Path, tmp_path: Path) -> None:
    api, environment = f"http://127.0.0.1:{find_free_port()}/api", make_environment(tmp_path / "prefect")
    environment |= {"PREFECT_API_URL": api}
    raw, data = tmp_path / "raw", tmp_path / "data"
    raw.mkdir()
    pages = sorted(seeds.iterdir())

    command = [*SERVE, "--raw", str(raw), "--data", str(data), "--interval", "1"]
    shutil.copy(pages[0], raw)
    with keep_running(command, environment, tmp_path / "serve.log") as process:
        wait_for(lambda: count_documents(data) == 1, "the first scheduled run")
        shutil.copy(pages[1], raw)
        wait_for(lambda: count_documents(data) == 2, "a scheduled run to pick up a new page")
        wait_for(lambda: len(list_scheduled(api, "local")) >= 2, "both runs to be signed off")
        process.kill()
    wait_for(lambda: not is_healthy(api), "the server to end with the command that started it")
    shutil.copy(pages[2], raw)
    with keep_running(command, environment, tmp_path / "serve-again.log"):
        wait_for(lambda: count_documents(data) == 3, "a scheduled run after the crash")


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
    assert count_documents(data) == 5
