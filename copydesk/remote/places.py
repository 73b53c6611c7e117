"""Places on other machines, such as s3://bucket/folder, reached through fsspec; what goes wrong there, in plain words.

fsspec and the libraries of each kind of place are imported only when an address is used. Credentials, endpoints and the
like are theirs to find, in the environment and in the files they know: docs/remote.md.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from copydesk.errors import CopydeskError, RemoteError, WrongUseError

WEB: Final = ("http://", "https://")
GONE: Final = frozenset((404, 410))
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:/")
_EXTRAS: Final = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "http": "https", "https": "https"}
_CONNECT_SECONDS: Final = 10
_SILENT_SECONDS: Final = 60


def is_remote(place: object) -> bool:
    """Tell whether `place` is an address such as s3://bucket/folder; also where a path type has taken a slash away."""
    return _ADDRESS.match(str(place)) is not None and not str(place).startswith("file:")


def open_filesystem(address: str) -> Any:
    """Return fsspec's file system for an address. It connects when it is first used.

    Raises:
        WrongUseError: fsspec knows no such kind of place, or the library for it is not installed.
    """
    import fsspec  # noqa: PLC0415 - most runs read local files

    scheme = address.partition("://")[0]
    try:
        return fsspec.filesystem(scheme, **_choose_options(scheme))
    except ImportError as error:
        extra = f"pip install 'copydesk[{_EXTRAS[scheme]}]'" if scheme in _EXTRAS else str(error)
        raise WrongUseError(f"{address}: {scheme}:// needs a library that is not installed: {extra}") from error
    except ValueError as error:
        raise WrongUseError(f"{address}: {scheme}:// is no kind of place that fsspec knows.") from error


@contextmanager
def explain_failures(address: str) -> Iterator[None]:
    """Turn what the libraries raise into one message; that something is not there is for the caller to judge.

    Raises:
        FileNotFoundError: something is not there.
        RemoteError: the place does not answer, or refuses.
    """
    try:
        yield
    except (CopydeskError, FileNotFoundError):
        raise
    except Exception as error:  # each library has exceptions of its own
        raise RemoteError(say_failure(address, error)) from error


@contextmanager
def explain_writing(address: str) -> Iterator[None]:
    """Do as `explain_failures`, where something is written: what is not there then is the bucket.

    Raises:
        WrongUseError: the bucket does not exist.
        RemoteError: the place does not answer, or refuses.
    """
    try:
        with explain_failures(address):
            yield
    except FileNotFoundError as error:
        raise WrongUseError(f"{address} cannot be written: {error}. Create the bucket first.") from error


def is_answer(error: BaseException | None) -> bool:
    """Tell whether a server answered at all, be it with a refusal."""
    if read_status(error):
        return True
    is_broken_line = isinstance(error, (TimeoutError, ConnectionError)) or type(error).__module__.startswith("aiohttp")
    return isinstance(error, OSError) and not is_broken_line


def read_status(error: BaseException | None) -> int:
    """Return the HTTP status a library's exception carries; 0 where it has none."""
    for name in ("status", "code"):
        status = getattr(error, name, None)
        if str(status).isdigit():
            return int(str(status))
    return 0


def say_failure(address: str, error: BaseException) -> str:
    """Say where something failed, why, and what to do next."""
    return (
        f"{address}: {describe_failure(error)}. Check the address, the network and your credentials (docs/remote.md)."
    )


def describe_failure(error: BaseException) -> str:
    """Return what an exception says, on one line."""
    text = (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
    return " ".join(text.split())


def _choose_options(scheme: str) -> dict[str, Any]:
    """Return what fsspec is told of a kind of place: listings are never kept, large files take little memory."""
    match _EXTRAS.get(scheme):
        case "s3":
            return {"use_listings_cache": False, "max_concurrency": 1}
        case "gs":
            return {"use_listings_cache": False}
        case "https":
            import aiohttp  # noqa: PLC0415

            limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS)
            return {"client_kwargs": {"timeout": limits}}
    return {}
