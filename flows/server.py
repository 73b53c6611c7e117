"""A Prefect server: is one there, and if not, keep one while it is needed."""

import atexit
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from prefect.settings import PREFECT_HOME
from rich.console import Console

from copydesk.errors import WrongUseError

START_SECONDS: Final = 120
"""How long a server may take to answer; 10 s is usual, a busy machine needs more."""
_EMBEDDED: Final = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
"""What Prefect sets for the server it embeds itself: no pages, and nothing that watches over schedules."""
_OWN_HOSTS: Final = ("127.0.0.1", "localhost")


def answers(api_url: str) -> bool:
    """Tell whether a healthy Prefect server answers at `api_url`."""
    try:
        return httpx.get(f"{api_url}/health", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def start_embedded_server(meanwhile: Callable[[], None] = lambda: None) -> str:
    """Start a server of our own on a free port, for as long as this process lives, and return its address.

    It starts in a process of its own, while this one does what `meanwhile` says.

    Prefect would start one by itself, but one that a killed run leaves behind for ever, and that Ctrl-C ends before the
    flow can sign off.

    Raises:
        WrongUseError: it does not start.
    """
    with socket.socket() as probe:
        probe.bind((_OWN_HOSTS[0], 0))
        port = probe.getsockname()[1]
    api_url = f"http://{_OWN_HOSTS[0]}:{port}/api"
    command = ["uvicorn", "--factory", "prefect.server.api.server:create_app", "--host", _OWN_HOSTS[0]]
    command += ["--port", str(port), "--log-level", "error", "--lifespan", "on"]
    server = ExitStack()
    log = PREFECT_HOME.value() / "copydesk-embedded.log"
    server.enter_context(_run_server(command, api_url, log, _EMBEDDED, meanwhile))
    # Not before: when threads end, Prefect sends the last of its log to the server.
    atexit.register(server.close)
    return api_url


@contextmanager
def keep_server(api_url: str, console: Console) -> Iterator[None]:
    """Keep a server at `api_url` while the context lasts; one that was there before stays afterwards."""
    if answers(api_url):
        yield
        return
    address = urlsplit(api_url)
    if address.hostname not in _OWN_HOSTS or not address.port:
        raise WrongUseError(
            f"No Prefect server answers at {api_url} (PREFECT_API_URL). "
            "Start it, or unset PREFECT_API_URL to have one started here."
        )
    log = PREFECT_HOME.value() / "copydesk-server.log"
    console.print(f"Starting a Prefect server at {api_url} (about 10 s; its log: {log}) ...", highlight=False)
    command = ["prefect", "server", "start", "--host", address.hostname, "--port", str(address.port)]
    with _run_server(command, api_url, log, {}):
        yield


@contextmanager
def _run_server(
    command: Sequence[str],
    api_url: str,
    log: Path,
    environment: Mapping[str, str],
    meanwhile: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Run a server until the context ends, or this process does, however; `meanwhile` is called while it starts."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.guarded", *command],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            # A session of its own: Ctrl-C reaches only us, and the flow or runner needs the server to sign off.
            start_new_session=True,
        )
    try:
        meanwhile()
        _await_server(server, api_url, log)
        yield
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        assert server.stdin is not None
        server.stdin.close()


def _await_server(server: subprocess.Popen[bytes], api_url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if answers(api_url):
            return
        time.sleep(0.2)
    last_words = " ".join(log.read_text(errors="replace").split()[-60:])
    raise WrongUseError(f"The Prefect server did not come up at {api_url}. Its log, {log}, ends: {last_words}")
