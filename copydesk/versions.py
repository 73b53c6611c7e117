"""The published versions of a dataset: where they lie, which one readers see, and how that is switched.

A data folder holds

    clean            a link to .versions/<id>/clean, the version readers see
    quarantine       a link to clean/../quarantine, what that version could not publish
    .runs.jsonl      the last runs and their outcome
    .versions/<id>/  the latest versions: clean/, quarantine/, manifest.parquet, history.parquet, version.json
    .lock            held by the one run that may write

Data and state of a version lie together, so that one swap of the link `clean` publishes both. An empty file `published`
marks a version that readers have seen.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from copydesk.errors import DatasetBusyError, WrongUseError

KEPT_VERSIONS: Final = 3
VERSIONS: Final = ".versions"
_MARK: Final = "published"
_INFO: Final = "version.json"
_HIDDEN: Final = "."


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """What `version.json` says of a version.

    Attributes:
        id: sorts by the time of publication.
        published_at: ISO 8601, UTC.
        rows: rows by table.
        languages: documents by language.
        quarantined: rows in quarantine.
        pipeline: what its rows depend on besides the sources, see `copydesk.fingerprint`.
    """

    id: str
    published_at: str
    rows: Mapping[str, int]
    languages: Mapping[str, int]
    quarantined: int
    pipeline: Mapping[str, str]


@contextmanager
def lock_dataset(data: Path) -> Iterator[None]:
    """Hold the data folder's lock, so that one run writes at a time; the system frees it when the run ends or dies.

    Raises:
        DatasetBusyError: another run holds it.
        WrongUseError: the folder cannot be written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = (data / ".lock").open("a")
    except OSError as error:
        raise WrongUseError(f"The data folder {data} cannot be written: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatasetBusyError(
                f"Another run is writing to {data}. Wait until it is done, or choose another folder with --data."
            ) from error
        yield


def is_locked(data: Path) -> bool:
    """Tell whether a run is writing to the dataset now."""
    lock = data / ".lock"
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def find_current(data: Path) -> Path | None:
    """Return the folder of the version readers see, or None before the first.

    Raises:
        WrongUseError: `data/clean` is not a link.
    """
    link = data / "clean"
    if link.is_symlink():
        clean = Path(os.path.realpath(link))
        return clean.parent if clean.is_dir() else None
    if link.exists():
        raise WrongUseError(
            f"{link} is a folder or file of its own, not the link to a published version. Move it away, or choose "
            "another folder with --data."
        )
    return None


def require_current(data: Path) -> Path:
    """Return the folder of the version readers see.

    Raises:
        WrongUseError: nothing is published in `data`.
    """
    current = find_current(data)
    if current is None:
        raise WrongUseError(f"Nothing is published in {data}. Try: copydesk run --data {data}")
    return current


def list_versions(data: Path) -> list[Path]:
    """Return the folders of the versions that were published and are still there, oldest first."""
    folder = data / VERSIONS
    if not folder.is_dir():
        return []
    current = find_current(data)
    return sorted(
        path.absolute()
        for path in folder.iterdir()
        if not path.name.startswith(_HIDDEN) and ((path / _MARK).exists() or _is_same(path, current))
    )


def find_version(data: Path, version_id: str) -> Path:
    """Return the folder of the version whose id starts with `version_id`.

    Raises:
        WrongUseError: there is none, or more than one.
    """
    found = [path for path in list_versions(data) if path.name.startswith(version_id)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(path.name for path in list_versions(data)) or "none"
    what = "Several versions start" if found else "No version starts"
    raise WrongUseError(f"{what} with '{version_id}' in {data}. There are: {there}.")


def read_info(version: Path) -> VersionInfo:
    """Read what a version says of itself.

    Raises:
        WrongUseError: its file is missing or damaged.
    """
    try:
        return VersionInfo(**json.loads((version / _INFO).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise WrongUseError(f"{version / _INFO} cannot be read: {error}. Build anew: copydesk run --rebuild") from error


def write_info(info: VersionInfo, version: Path) -> None:
    """Write what a version says of itself into its folder."""
    write_text(version / _INFO, json.dumps(asdict(info), indent=1) + "\n")


def roll_back(data: Path, version: Path) -> None:
    """Let readers see another published version. Call it within `lock_dataset`."""
    clear_leftovers(data)
    point_readers(data, version)


def point_readers(data: Path, version: Path) -> None:
    """Let readers see `version` from now on: one link is swapped."""
    _point_link(data / "clean", Path(os.path.relpath(version / "clean", data)))
    _settle(data, version)


def clear_leftovers(data: Path) -> None:
    """Remove what killed runs left: versions half built or never published, versions half removed."""
    current = find_current(data)
    if current is not None:
        _settle(data, current)
    known = {path.name for path in list_versions(data)}
    folder = data / VERSIONS
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in known:
            shutil.rmtree(path)


def remove_old_versions(data: Path, former: Path | None) -> None:
    """Keep the version readers see, the one before it, and the latest others up to `KEPT_VERSIONS`."""
    current = find_current(data)
    spared = [path for path in (current, former) if path is not None]
    others = [path for path in list_versions(data) if not any(_is_same(path, one) for one in spared)]
    for path in others[: max(len(others) + len(spared) - KEPT_VERSIONS, 0)]:
        # Renamed first: a version half removed must never look like a whole one.
        doomed = path.with_name(f"{_HIDDEN}old-{path.name}")
        path.rename(doomed)
        shutil.rmtree(doomed)


def write_text(path: Path, text: str) -> None:
    """Write a small file whole: a crash leaves the former one or none."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Have the system write a folder's entries to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _settle(data: Path, version: Path) -> None:
    """Finish what follows the swap of the link; a run that was killed right after it leaves this to the next."""
    (version / _MARK).touch()
    link, target = data / "quarantine", Path("clean", "..", "quarantine")
    if not link.is_symlink():
        if link.is_dir():
            shutil.rmtree(link)
        _point_link(link, target)


def _is_same(path: Path, other: Path | None) -> bool:
    return other is not None and path.name == other.name


def _point_link(link: Path, target: Path) -> None:
    """Let `link` point to `target`, a relative path so that the data folder can be moved."""
    temporary = link.with_name(f".{link.name}.next")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target, target_is_directory=True)
    temporary.replace(link)
    sync_folder(link.parent)
