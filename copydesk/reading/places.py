"""Where source files may lie: a folder, a file or a glob, on this machine or at an address such as s3://bucket/folder."""

import os
import re
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Final

from copydesk.errors import WrongUseError
from copydesk.reading.sources import Source, list_sources, name_source, require_folder
from copydesk.remote.listing import list_entries
from copydesk.remote.places import is_remote, open_filesystem

_MAGIC: Final = re.compile(r"[*?\[]")
_WEB_MAGIC: Final = re.compile(r"[*\[]")
"""On the web a question mark starts a query."""


def find_sources(raw: str) -> list[Source]:
    """Return the source files at `raw`, sorted by name. Hidden files, and links to elsewhere, are left out.

    Args:
        raw: a folder, a file, or a glob; `*` stands for any characters within a name, `**` for any folders. A folder
            that a glob matches is taken with all that is in it. A name is the path below the folder, below the last
            folder before the glob's first special character, or the file's own name.

    Raises:
        WrongUseError: there is no such place, or it cannot be read.
        RemoteError: an address does not answer, or refuses.
    """
    top, pattern = _split_glob(raw)
    found = _list_remote(top) if is_remote(raw) else _list_local(Path(top))
    if pattern:
        is_wanted = _compile_glob(pattern)
        found = [source for source in found if is_wanted(source.source_file)]
    return sorted(found, key=attrgetter("source_file"))


def require_place(raw: str) -> None:
    """Refuse a place that cannot be read from here; whether an address answers is only seen when it is listed.

    Raises:
        WrongUseError: it does not exist on this machine, or the library for an address is not installed.
    """
    top, _ = _split_glob(raw)
    if is_remote(raw):
        open_filesystem(raw)
    elif not Path(top).is_file():
        require_folder(Path(top))


def is_within_reach(raw: str) -> bool:
    """Tell whether `require_place` lets a place pass."""
    try:
        require_place(raw)
    except WrongUseError:
        return False
    return True


def _split_glob(raw: str) -> tuple[str, str]:
    """Return the folder to list and the pattern of the names below it, empty where `raw` is no glob."""
    magic = _WEB_MAGIC if raw.startswith("http") else _MAGIC
    if not magic.search(raw) or os.path.lexists(raw):
        return raw, ""
    head, slash, tail = raw.rpartition("/")
    while magic.search(head):
        head, slash, last = head.rpartition("/")
        tail = f"{last}/{tail}"
    return (f"{head}{slash}" or "."), tail


def _compile_glob(pattern: str) -> Callable[[str], bool]:
    from fsspec.utils import glob_translate  # noqa: PLC0415 - most runs need none

    expression = re.compile(glob_translate(pattern.rstrip("/")))

    def is_wanted(name: str) -> bool:
        ends = [match.start() for match in re.finditer("/", name)]
        return any(expression.match(name[:end]) for end in (*ends, len(name)))

    return is_wanted


def _list_local(top: Path) -> list[Source]:
    if not top.is_file():
        return list_sources(top)
    status = top.stat()
    return [Source(top, name_source(top.name), status.st_size, status.st_mtime_ns)]


def _list_remote(address: str) -> list[Source]:
    if address.endswith("://"):
        raise WrongUseError(f"{address} names no bucket or host before its first * or [.")
    return [Source(entry.address, entry.name, entry.size, entry.mark) for entry in list_entries(address)]
