"""Publishing a version of the dataset so that no reader ever sees half of one.

A version is built beside the others under a name of its own, then one link is swapped; see `copydesk.versions`.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import polars as pl

from copydesk.errors import ContractError
from copydesk.invariants import check_keys
from copydesk.partitions import Former, Written, write_partitions
from copydesk.schemas import (
    DOCUMENTS,
    HISTORY,
    MANIFEST,
    PUBLISHED,
    QUARANTINE,
    History,
    Manifest,
    Quarantine,
)
from copydesk.tables import count_rows, list_parts, read_table, scan_clean, scan_staged, write_table
from copydesk.versions import (
    VERSIONS,
    VersionInfo,
    clear_leftovers,
    find_current,
    point_readers,
    read_info,
    remove_old_versions,
    sync_folder,
    write_info,
)

_BUILD_PREFIX: Final = ".build-"
_QUARANTINE: Final = Path("quarantine", "quarantine.parquet")


@dataclass(frozen=True, slots=True)
class State:
    """What a version remembers beside its tables.

    Attributes:
        manifest: what it was made from.
        quarantine: what could not be published.
        history: what the last deliveries held.
        pipeline: what its rows depend on besides the sources, see `copydesk.fingerprint`.
    """

    manifest: Manifest
    quarantine: Quarantine
    history: History
    pipeline: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version readers now see.

    Attributes:
        path: its folder, named after its id.
        info: what it says of itself.
        files_written: files that are new in this version.
        files_linked: files shared with the version before.
    """

    path: Path
    info: VersionInfo
    files_written: int
    files_linked: int


def read_state(version: Path) -> State | None:
    """Read what a version remembers, or None where an older copydesk wrote it or a file is damaged."""
    try:
        return State(
            read_table(version / "manifest.parquet", MANIFEST),
            read_table(version / _QUARANTINE, QUARANTINE),
            read_table(version / "history.parquet", HISTORY),
            read_info(version).pipeline,
        )
    except (ContractError, OSError):
        return None


def publish_version(
    staged: Sequence[Path],
    data: Path,
    state: State,
    now: datetime,
    former: Former | None = None,
) -> PublishedVersion:
    """Publish a new version of the dataset in `data`: the rows of the former one, less what leaves, and the staged.

    Documents keep the time they were first ingested. Readers see the version before until the last step, a swap of one
    link. The three latest versions are kept; what a killed run left behind is removed. Call it within `lock_dataset`.

    Args:
        staged: folders with validated tables.
        data: the data folder.
        state: what the version is to remember.
        now: the time of publication, with a time zone.
        former: the version it builds on, and what of that leaves; None to start from nothing.

    Raises:
        ChecksFailedError: a key stands twice.
        ContractError: a table breaks its contract.
        WrongUseError: `data/clean` is not a link.
    """
    clear_leftovers(data)
    current = find_current(data)
    check_keys(_scan_documents(staged, former))
    version_id = f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid4().hex[:8]}"
    version, build = (data / VERSIONS / f"{prefix}{version_id}" for prefix in ("", _BUILD_PREFIX))
    try:
        staged_files = {c.name: [folder / f"{c.name}.parquet" for folder in staged] for c in PUBLISHED}
        written = write_partitions(staged_files, build / "clean", version_id, former)
        info = _describe_version(version_id, now, build / "clean", written, state)
        _write_state(state, info, build)
        _sync_folders(build)
        build.rename(version)
        sync_folder(version.parent)
    finally:
        shutil.rmtree(build, ignore_errors=True)
    point_readers(data, version)
    remove_old_versions(data, current)
    return PublishedVersion(version, info, written.files_written, written.files_linked)


def refresh_manifest(version: Path, manifest: Manifest) -> None:
    """Write a version's manifest anew: files were touched, and the version was made from them all the same."""
    write_table(manifest, MANIFEST, version / "manifest.parquet")


def write_quarantine(quarantine: Quarantine, data: Path) -> None:
    """Write `data/quarantine/quarantine.parquet` where no version is there to hold it.

    Raises:
        ContractError: the table breaks its contract.
    """
    write_table(quarantine, QUARANTINE, data / _QUARANTINE)


def _scan_documents(staged: Sequence[Path], former: Former | None) -> pl.LazyFrame:
    """Return the ids of the new documents and of those that stay."""
    new = scan_staged(staged, DOCUMENTS).select(DOCUMENTS.key)
    if former is None:
        return new
    stays = ~pl.col("source_file").is_in(list(former.leaving))
    return pl.concat([new, scan_clean(former.clean, DOCUMENTS).filter(stays).select(DOCUMENTS.key)])


def _describe_version(version_id: str, now: datetime, clean: Path, written: Written, state: State) -> VersionInfo:
    documents = list_parts(clean, DOCUMENTS).items()
    languages = {language: sum(map(count_rows, parts)) for language, parts in documents}
    return VersionInfo(
        id=version_id,
        published_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        rows=written.rows,
        languages=dict(sorted(languages.items(), key=lambda item: -item[1])),
        quarantined=state.quarantine.height,
        pipeline=dict(state.pipeline),
    )


def _write_state(state: State, info: VersionInfo, folder: Path) -> None:
    write_table(state.manifest, MANIFEST, folder / "manifest.parquet")
    write_table(state.quarantine, QUARANTINE, folder / _QUARANTINE)
    write_table(state.history, HISTORY, folder / "history.parquet")
    write_info(info, folder)


def _sync_folders(top: Path) -> None:
    for folder, _, _ in os.walk(top):
        sync_folder(Path(folder))
