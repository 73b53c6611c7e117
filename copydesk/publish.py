"""Publishing a version of the dataset so that no reader ever sees half of one.

A data folder holds

    clean            a link to .versions/<id>/clean, the published version
    quarantine/      what the last run could not publish
    .versions/<id>/  the three latest versions: clean/ and manifest.parquet
    .lock            held by the one run that may write

A version is built beside the others under a name of its own, then one link is swapped.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import polars as pl

from copydesk.errors import DatasetBusyError, WrongUseError
from copydesk.invariants import check_keys
from copydesk.schemas import COUNT, DOCUMENTS, PUBLISHED, QUARANTINE, TEXT, Contract, Quarantine
from copydesk.tables import carry_first_seen, scan_staged, write_partitions, write_table

KEPT_VERSIONS: Final = 3
_BUILD_PREFIX: Final = ".build-"

MANIFEST: Final = Contract(
    "manifest",
    {
        "source_file": TEXT,
        "size": COUNT,
        "mtime_ns": COUNT,
        "source_hash": TEXT,
        "outcome": TEXT,
        "n_documents": COUNT,
    },
    ("source_file",),
)
"""What a version was made from: one row a source file. `size` in bytes, `mtime_ns` in nanoseconds since 1970; `outcome`
is published or quarantined; `source_hash` is null where the file could not be read."""


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version readers now see.

    Attributes:
        id: sorts by the time of publication.
        path: its folder, which holds `clean` and `manifest.parquet`.
        clean: its own clean folder; `data/clean` links to it.
        rows: rows by table.
        files_written: files that are new in this version.
        files_linked: files shared with the version before.
    """

    id: str
    path: Path
    clean: Path
    rows: Mapping[str, int]
    files_written: int
    files_linked: int


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


def publish_version(
    staged: Sequence[Path], data: Path, manifest: pl.DataFrame, quarantine: Quarantine, now: datetime
) -> PublishedVersion:
    """Publish the staged tables as the new version of the dataset in `data`. Call it within `lock_dataset`.

    Documents keep the time they were first ingested. Readers see the version before until the last step, a swap of
    one link. The three latest versions are kept; what a killed run left behind is removed.

    Args:
        staged: the folder of each batch, with validated tables.
        data: the data folder.
        manifest: a `MANIFEST` table of all source files.
        quarantine: everything this run could not publish.
        now: the time of publication, with a time zone.

    Raises:
        ChecksFailedError: a key stands in two batches.
        ContractError: a table breaks its contract.
        WrongUseError: `data/clean` is not a link.
    """
    former = _find_former(data)
    versions = data / ".versions"
    _remove_leftovers(versions)
    tables = {contract.name: scan_staged(staged, contract) for contract in PUBLISHED}
    check_keys(tables)
    tables[DOCUMENTS.name] = carry_first_seen(tables[DOCUMENTS.name], former)
    version = versions / f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid4().hex[:8]}"
    build = versions / f"{_BUILD_PREFIX}{version.name}"
    try:
        written = write_partitions(tables, build / "clean", former)
        write_table(manifest, MANIFEST, build / "manifest.parquet")
        _sync_folders(build)
        write_quarantine(quarantine, data)
        build.rename(version)
        _sync_folder(versions)
    finally:
        shutil.rmtree(build, ignore_errors=True)
    _point_link(data / "clean", version / "clean")
    _remove_old_versions(versions, version)
    return PublishedVersion(
        version.name, version, version / "clean", written.rows, written.files_written, written.files_linked
    )


def write_quarantine(quarantine: Quarantine, data: Path) -> None:
    """Write `data/quarantine/quarantine.parquet` as of this run, in place of the last run's.

    Raises:
        ContractError: the table breaks its contract.
    """
    write_table(quarantine, QUARANTINE, data / "quarantine" / "quarantine.parquet")


def _find_former(data: Path) -> Path | None:
    """Return the clean folder of the published version, or None before the first."""
    link = data / "clean"
    if link.is_symlink():
        former = Path(os.path.realpath(link))
        return former if former.is_dir() else None
    if link.exists():
        raise WrongUseError(
            f"{link} is a folder or file of its own, not the link to a published version. Move it away, or choose "
            "another folder with --data."
        )
    return None


def _remove_leftovers(versions: Path) -> None:
    """Remove what killed runs left half-built."""
    for path in versions.glob(f"{_BUILD_PREFIX}*"):
        shutil.rmtree(path)


def _remove_old_versions(versions: Path, current: Path) -> None:
    others = sorted(path for path in versions.iterdir() if path != current)
    for path in others[: 1 - KEPT_VERSIONS]:
        shutil.rmtree(path)


def _point_link(link: Path, target: Path) -> None:
    """Let `link` point to `target`, by a relative path so that the data folder can be moved."""
    temporary = link.with_name(f".{link.name}.next")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target.relative_to(link.parent), target_is_directory=True)
    temporary.replace(link)
    _sync_folder(link.parent)


def _sync_folders(top: Path) -> None:
    for folder, _, _ in os.walk(top):
        _sync_folder(Path(folder))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
