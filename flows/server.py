"""A Prefect server: is one there, and if not, keep one while it is needed."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_HOME
from rich.console import Console

from copydesk.errors import WrongUseError

START_SECONDS: Final = 120
"""How long a server may take to answer; 10 s is usual, a busy machine needs more."""
_DEAF_TO_CTRL_C: Final = (signal.SIG_BLOCK, [signal.SIGINT])
_OWN_HOSTS: Final = ("127.0.0.1", "localhost")


def answers(api_url: str) -> bool:
    """Tell whether a healthy Prefect server answers at `api_url`."""
    try:
        return httpx.get(f"{api_url}/health", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def start_embedded_server() -> None:
    """Start the server that Prefect embeds when no PREFECT_API_URL is set; it stops when this process ends.

    Prefect would start it by itself, but open to Ctrl-C, which then ends the server before the flow can sign off: the
    flow keeps calling for a minute. A thread that blocks the signal hands that on to the server it starts.

    Raises:
        WrongUseError: it does not start.
    """
    try:
        with ThreadPoolExecutor(
            1, initializer=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        ) as thread:
            thread.submit(get_client, sync_client=True).result()
    except RuntimeError as error:
        raise WrongUseError(
            f"Prefect's embedded server did not start: {error} Try again, or start a server yourself "
            "(prefect server start) and set PREFECT_API_URL=http://127.0.0.1:4200/api."
        ) from error


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
    server = _start_server(address.hostname, address.port, log)
    try:
        _await_server(server, api_url, log)
        yield
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _start_server(host: str, port: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", str(port)]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches only us, and the runner needs the server to sign off.
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)


def _await_server(server: subprocess.Popen[bytes], api_url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if answers(api_url):
            return
        time.sleep(0.2)
    last_words = " ".join(log.read_text(errors="replace").split()[-60:])
    raise WrongUseError(f"The Prefect server did not come up at {api_url}. Its log, {log}, ends: {last_words}")
