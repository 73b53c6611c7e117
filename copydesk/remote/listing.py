"""Which files there are at an address."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from copydesk.errors import WrongUseError
from copydesk.remote.places import GONE, WEB, explain_failures, is_answer, open_filesystem, read_status

_DEEPEST: Final = 32
_REQUESTS_AT_ONCE: Final = 16


class Entry(NamedTuple):
    """A file at a place.

    Attributes:
        name: its path below the place that was listed.
        address: where it can be opened.
        size: in bytes; 0 where the server does not say.
        mark: another number when the file has changed: drawn from its ETag or generation, else its time of change in
            nanoseconds since 1970, else the time of listing.
    """

    name: str
    address: str
    size: int
    mark: int


def list_entries(address: str) -> list[Entry]:
    """Return the files at an address, without hidden ones: the file itself, or all below the folder, by name.

    A bucket is listed a thousand files a request. On the web, an address that ends in a slash is a page of links to the
    files and folders below it; each file then takes a request of its own, since such a page states no sizes.

    Raises:
        WrongUseError: there is no such place, or the library for it is not installed.
        RemoteError: it does not answer, or refuses.
    """
    files = open_filesystem(address)
    try:
        with explain_failures(address):
            found = _list_web(files, address) if address.startswith(WEB) else _list_store(files, address)
            return sorted({entry.name: entry for entry in found}.values())
    except FileNotFoundError as error:
        raise WrongUseError(f"{address} does not exist. Check the address.") from error


def list_sizes(address: str) -> dict[str, int]:
    """Return the size in bytes of each file below a folder, by its name; empty where there is no folder.

    Raises:
        RemoteError: the place does not answer, or refuses.
    """
    try:
        with explain_failures(address):
            return {entry.name: entry.size for entry in _list_store(open_filesystem(address), address)}
    except FileNotFoundError:
        return {}


def _list_store(files: Any, address: str) -> Iterator[Entry]:
    scheme = address.partition("://")[0]
    top = files._strip_protocol(address).rstrip("/")
    for path, facts in files.find(top, detail=True).items():
        name = path.rpartition("/")[2] if path == top else path.removeprefix(f"{top}/")
        if facts["type"] == "file" and name != path and not _is_hidden(name):
            yield Entry(name, f"{scheme}://{path}", facts["size"] or 0, _find_mark(facts))


def _list_web(files: Any, address: str) -> Iterator[Entry]:
    if not address.endswith("/"):
        name = unquote(address.rpartition("/")[2], errors="backslashreplace")
        yield _describe_page(name, address, _ask_about(files, address))
        return
    names = _follow_links(files, address)
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        yield from pool.map(partial(_find_page, files), names.values(), names)


def _follow_links(files: Any, top: str) -> dict[str, str]:
    """Return the names of the files that pages of links name, below the first page only, by their address."""
    names, folders, seen = {}, [top], {top}
    while folders:
        folder = folders.pop()
        if folder.count("/") - top.count("/") > _DEEPEST:
            raise WrongUseError(f"{folder} lies more than {_DEEPEST} folders deep: {top} is no list of files.")
        for link in _list_links(files, folder, top):
            name = _name_link(link, top)
            if name is None or link in seen:
                continue
            seen.add(link)
            if link.endswith("/"):
                folders.append(link)
            else:
                names[link] = name
    return names


def _list_links(files: Any, folder: str, top: str) -> list[str]:
    try:
        links: list[str] = files.ls(folder, detail=False)
    except FileNotFoundError:
        if folder == top:
            raise
        return []  # a dead link
    return links


def _name_link(link: str, top: str) -> str | None:
    """Return the path of a link below the first page; None for one that leads elsewhere, sorts a list or is hidden."""
    if not link.startswith(top) or "?" in link or "#" in link:
        return None
    parts = unquote(link.removeprefix(top).rstrip("/"), errors="backslashreplace").split("/")
    parts = [part for part in parts if part != "."]
    return "/".join(parts) if all(parts) and parts and not _is_hidden("/".join(parts)) else None


def _find_page(files: Any, name: str, address: str) -> Entry:
    """Describe a page that a link names; where the server refuses to, reading it will say what is wrong."""
    try:
        facts = _ask_about(files, address)
    except Exception as error:  # each library has exceptions of its own
        if not is_answer(error):
            raise
        facts = {}
    return _describe_page(name, address, facts)


def _describe_page(name: str, address: str, facts: Mapping[str, Any]) -> Entry:
    return Entry(name, address, facts.get("size") or 0, _find_mark(facts))


def _ask_about(files: Any, address: str) -> Mapping[str, Any]:
    try:
        facts: Mapping[str, Any] = files.info(address)
    except FileNotFoundError as error:
        # fsspec says so of every failure.
        if isinstance(error.__cause__, Exception) and read_status(error.__cause__) not in GONE:
            raise error.__cause__ from None
        raise
    return facts


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or "/." in name


def _find_mark(facts: Mapping[str, Any]) -> int:
    """Return a number that changes with a file, from what its place says of it."""
    for key in ("ETag", "generation", "etag", "Content-MD5"):
        if stated := facts.get(key):
            # One bit less than eight bytes: the manifest holds signed numbers, and -1 stands for a time not settled.
            return int.from_bytes(blake2b(str(stated).encode(), digest_size=8).digest()) >> 1
    changed = next((facts[key] for key in ("LastModified", "mtime", "Last-Modified") if facts.get(key)), None)
    if isinstance(changed, str):
        changed = _parse_http_date(changed)
    if isinstance(changed, datetime):
        changed = changed.timestamp()
    return int(changed * 1e9) if changed else time.time_ns()


def _parse_http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
