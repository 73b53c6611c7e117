"""Published versions at an address: sent from the data folder, found again by readers.

An address holds

    current.json        the pointer: names the version readers see
    versions/<id>.json  what a version says of itself, and its files: where each lies, how large it is
    files/<hash>        the files of all versions, each named after its content

A file that two versions share lies there once. Files go up first, then the version's list, then the pointer is written
anew, in one request: so a reader that follows the pointer sees one version whole, and a sending that broke off is
completed by the next. The last versions stay; a file is deleted when no list that stays names it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, NamedTuple

from copydesk.errors import RemoteError, WrongUseError
from copydesk.remote.files import delete_files, read_file, upload_files, write_file
from copydesk.remote.listing import list_sizes
from copydesk.versions import KEPT_VERSIONS, read_info

_POINTER: Final = "current.json"
_LISTS: Final = "versions"
_FILES: Final = "files"
_HASH_CHARS: Final = 40
# Nothing else is ever deleted: somebody may have pointed `dataset.publish_to` at a folder that holds other things.
_LIST_NAME: Final = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}\.json")
_FILE_NAME: Final = re.compile(rf"[0-9a-f]{{{_HASH_CHARS}}}\.parquet")


class SentFile(NamedTuple):
    """A file of a version.

    Attributes:
        path: where it lies below the version's `clean` folder.
        stored: its name below `files/`.
        size: in bytes.
    """

    path: str
    stored: str
    size: int


def send_version(version: Path, address: str) -> dict[str, int]:
    """Make readers of an address see a version. Where they do already, that is one small request.

    What an earlier sending that broke off has sent is not sent again. Call it within `lock_dataset`, and send one
    dataset to an address.

    Args:
        version: the folder of a published version.
        address: a folder in an object store, such as s3://bucket/folder.

    Returns:
        How many files were sent and how many deleted.

    Raises:
        RemoteError: the version could not be sent; readers go on seeing the one before.
    """
    try:
        return _send(version, address.rstrip("/"))
    except (RemoteError, WrongUseError) as error:
        raise RemoteError(
            f"Version {version.name} is published here, but could not be sent. {error} The next run sends it."
        ) from error


def _send(version: Path, address: str) -> dict[str, int]:
    shown = _read_pointer(address)
    if shown == version.name:
        return {"sent": 0, "deleted": 0}
    files = _describe_files(version, version.with_name(shown) if shown else None, address)
    there = list_sizes(f"{address}/{_FILES}")
    missing = [file for file in files if there.get(file.stored) != file.size]
    upload_files({f"{address}/{_FILES}/{file.stored}": version / "clean" / file.path for file in missing})
    listed = {"version": asdict(read_info(version)), "files": [file._asdict() for file in files]}
    write_file(_name_list(address, version.name), _encode(listed))
    write_file(f"{address}/{_POINTER}", _encode({"version": version.name}))
    return {"sent": len(missing), "deleted": _delete_old(address, version.name, shown)}


def find_remote_files(address: str, table: str) -> list[str]:
    """Return the addresses of a table's files in the version readers see now; they stay for three more versions.

    Args:
        address: what the dataset was published to.
        table: documents, paragraphs or removed; empty for all.

    Raises:
        WrongUseError: nothing is published at `address`.
        RemoteError: the place does not answer, or refuses.
    """
    address = address.rstrip("/")
    shown = _read_pointer(address)
    if shown is None:
        raise WrongUseError(f"Nothing is published at {address}: there is no {_POINTER}. See docs/remote.md.")
    files = _read_list(address, shown)
    if files is None:
        raise RemoteError(f"{address} was published to several times in this moment. Try again.")
    return [f"{address}/{_FILES}/{file.stored}" for file in files if file.path.partition("/")[0] == table or not table]


def _describe_files(version: Path, former: Path | None, address: str) -> list[SentFile]:
    """List the files of a version; those that `former` has too need not be read, as `address` lists their names."""
    known = _find_names(former, address) if former and former.is_dir() else {}
    files = []
    for path in sorted((version / "clean").rglob("*.parquet")):
        status = path.stat()
        stored = known.get(status.st_ino) or f"{_hash_file(path)}.parquet"
        files.append(SentFile(path.relative_to(version / "clean").as_posix(), stored, status.st_size))
    return files


def _find_names(version: Path, address: str) -> dict[int, str]:
    """Return the names that the files of a version have at `address`, by the number they have on this disk.

    Two versions share a file by a hard link, and a published file is never written to: the same number, the same bytes.
    """
    files = _read_list(address, version.name) or []
    places = {version / "clean" / file.path: file.stored for file in files}
    return {path.stat().st_ino: stored for path, stored in places.items() if path.is_file()}


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:_HASH_CHARS]


def _delete_old(address: str, current: str, former: str | None) -> int:
    """Delete the lists of old versions, then the files that no list names; return how many files that were."""
    there = sorted(name for name in list_sizes(f"{address}/{_LISTS}") if _LIST_NAME.fullmatch(name))
    spared = {f"{name}.json" for name in (current, former) if name}
    others = [name for name in there if name not in spared]
    old = others[: max(len(others) + len(spared) - KEPT_VERSIONS, 0)]
    delete_files([f"{address}/{_LISTS}/{name}" for name in old])
    kept = [_read_list(address, name.removesuffix(".json")) or [] for name in there if name not in old]
    named = {file.stored for files in kept for file in files}
    doomed = [name for name in list_sizes(f"{address}/{_FILES}") if _FILE_NAME.fullmatch(name) and name not in named]
    delete_files([f"{address}/{_FILES}/{name}" for name in doomed])
    return len(doomed)


def _name_list(address: str, version: str) -> str:
    return f"{address}/{_LISTS}/{version}.json"


def _read_pointer(address: str) -> str | None:
    content = _read_json(f"{address}/{_POINTER}")
    return None if content is None else str(content["version"])


def _read_list(address: str, version: str) -> Sequence[SentFile] | None:
    content = _read_json(_name_list(address, version))
    return None if content is None else [SentFile(**file) for file in content["files"]]


def _read_json(address: str) -> Mapping[str, Any] | None:
    content = read_file(address)
    if content is None:
        return None
    try:
        parsed = json.loads(content)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or not {"version"} <= parsed.keys():
        raise WrongUseError(f"{address} was not written by copydesk. Is dataset.publish_to the right folder?")
    return parsed


def _encode(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()
