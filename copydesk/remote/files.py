"""Fetching, sending and deleting files at an address."""

import errno
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from copydesk.errors import RemoteError
from copydesk.remote.places import (
    GONE,
    WEB,
    describe_failure,
    explain_failures,
    explain_writing,
    is_answer,
    open_filesystem,
    read_status,
    say_failure,
)

_UPLOADS_AT_ONCE: Final = 4
_SERVER_FAULT: Final = 500
_WEB_PAUSES: Final = (0.5, 2.0, 8.0)
"""Seconds before each further try; s3fs and gcsfs have tries of their own, fsspec's client for the web has none."""


def open_file(address: str) -> BinaryIO:
    """Fetch a file into a temporary one and open that, so that it can be read as often and wherever one likes.

    The temporary file has no name left when this returns: it takes its room on the disk until it is closed.

    Raises:
        FileNotFoundError: it is not there.
        OSError: the server answers, but does not give out this file.
        RemoteError: the server does not answer, or the credentials are no longer good.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="copydesk-"))
        except OSError as error:  # which must not be taken for one of the file that is to be fetched
            raise RemoteError(f"{address} cannot be fetched: no temporary folder can be made ({error}).") from error
        fetched = Path(folder, "fetched")
        fetch_file(address, fetched)
        return fetched.open("rb")


def fetch_file(address: str, path: Path) -> None:
    """Fetch a file to `path`; what goes wrong is raised as by `open_file`."""
    pauses = _WEB_PAUSES if address.startswith(WEB) else ()
    _fetch(partial(open_filesystem(address).get_file, address, str(path)), address, pauses)


def read_file(address: str) -> bytes | None:
    """Return the bytes of a small file, or None where there is none.

    Raises:
        RemoteError: the place does not answer, or refuses.
    """
    try:
        with explain_failures(address):
            content: bytes = open_filesystem(address).cat_file(address)
            return content
    except FileNotFoundError:
        return None


def write_file(address: str, content: bytes) -> None:
    """Write a small file in one request: readers see the former one or this one, whole.

    Raises:
        WrongUseError: the bucket does not exist.
        RemoteError: the place does not answer, or refuses.
    """
    with explain_writing(address):
        open_filesystem(address).pipe_file(address, content)


def upload_files(paths: Mapping[str, Path]) -> None:
    """Send files, a few at a time.

    Args:
        paths: the files, by the address each is to have.

    Raises:
        WrongUseError: the bucket does not exist.
        RemoteError: the place does not answer, or refuses.
    """
    if not paths:
        return
    address = next(iter(paths))
    with explain_writing(address):
        files = open_filesystem(address)
        files.put([str(path) for path in paths.values()], list(paths), batch_size=_UPLOADS_AT_ONCE)


def delete_files(addresses: Sequence[str]) -> None:
    """Delete files.

    Raises:
        RemoteError: the place does not answer, or refuses.
    """
    if addresses:
        with explain_writing(addresses[0]):
            open_filesystem(addresses[0]).rm(list(addresses))


def _fetch(fetch: Callable[[], None], address: str, pauses: Sequence[float]) -> None:
    left = iter(pauses)
    while True:
        try:
            return fetch()
        except FileNotFoundError:
            raise
        except Exception as error:  # each library has exceptions of its own
            pause = next(left, None)
            if pause is None or 0 < read_status(error) < _SERVER_FAULT:
                _refuse_file(error, address)
        time.sleep(pause)


def _refuse_file(error: Exception, address: str) -> NoReturn:
    """Tell one file that is not given out, whose place goes on to answer, from a place that does not answer."""
    if read_status(error) in GONE:
        raise FileNotFoundError(address) from error
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        raise RemoteError(f"{address} cannot be fetched: no space is left in {tempfile.gettempdir()}.") from error
    if is_answer(error) and "expired" not in str(error).lower():
        raise OSError(error.args[0] if error.args else None, describe_failure(error)) from error
    raise RemoteError(say_failure(address, error)) from error
