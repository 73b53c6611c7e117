"""Places on other machines for tests: a server that speaks S3 and one of web pages, on this machine."""

import functools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec

_SECONDS_TO_START = 60


def find_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serve_s3() -> Iterator[dict[str, str]]:
    """Run a server that speaks S3 over HTTP, in a process of its own; give the environment that leads to it."""
    port = find_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _await(server, port)
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
        finally:
            server.kill()


def _await(server: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The S3 server did not start.")


def open_s3() -> Any:
    """Return a client of the server that the environment names."""
    return fsspec.filesystem("s3", use_listings_cache=False, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


class PageHandler(SimpleHTTPRequestHandler):
    """Serves a folder without a word on the terminal, after `trouble` has had its say."""

    def __init__(self, *args: Any, trouble: Callable[[str], int], **options: Any) -> None:
        self.trouble = trouble
        super().__init__(*args, **options)

    def send_head(self) -> Any:
        if status := self.trouble(self.path):
            self.send_error(status)
            return None
        return super().send_head()

    def log_message(self, *_: Any) -> None:
        pass


class PageServer(ThreadingHTTPServer):
    """Keeps many requests waiting; Python's own keeps five, and a client whose request is dropped waits a second."""

    request_queue_size = 128


@contextmanager
def serve_pages(folder: Path, trouble: Callable[[str], int] = lambda _path: 0) -> Iterator[str]:
    """Serve a folder over HTTP; give its address.

    Args:
        folder: what is served, with pages that list it.
        trouble: gives the status to answer with instead of a path, or 0.
    """
    handler = functools.partial(PageHandler, directory=str(folder), trouble=trouble)
    with PageServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
