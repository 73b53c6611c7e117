"""The folders a run's tables lie in while it lasts, and what the next run can use of one that died.

    .staging/<key>/             the key stands for all that rows depend on besides the sources
        read-<id>/              what came of reading some sources: manifest, quarantine, and
            chunk-000000/       texts, languages and verdicts of some documents, their tables in split/
        checked-<digest>/       rows of some chunks that passed the checks; as quarantine those that did not

A folder read-*, split or checked-* is there as a whole or not at all: it is filled under another name first. So
whatever is there was finished, and a run that finds it need not do it again.
"""

import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

import polars as pl

from copydesk.errors import CopydeskError, DeliveryRefusedError, RemoteError, StoppedError, WorkersLostError
from copydesk.reading import ChunkLimits, Source
from copydesk.schemas import DOCUMENTS, MANIFEST, PUBLISHED, QUARANTINE, TEXT, TEXTS, Contract, Quarantine, Tables
from copydesk.tables import count_rows, read_table, read_tables, write_table

STAGING: Final = ".staging"
SPLIT: Final = "split"
MAX_BATCHES: Final = 39
"""With one task run to read and four to clean for each, and two at the end, a run has 197 task runs at most; many more
slow the Prefect server down for the next run."""
CHUNK_LIMITS: Final = ChunkLimits(documents=500, chars=4_000_000)
"""A chunk is in memory as a whole, several times over; fewer documents cost more time each."""
UNIT_BYTES: Final = 8_000_000
UNIT_SOURCES: Final = 2_000
"""About what one task reads of a small run: less would not be worth a task."""
CHUNKS_A_BATCH: Final = 4
CHECKED_ROWS: Final = 400_000
"""So many rows are checked together: Great Expectations takes some 0.6 s a time, and some 0.5 kB a row."""

_SOURCE_COST: Final = 10_000
"""Opening a file costs as much as so many bytes of one."""
_UNIT: Final = "read-"
_CHUNK: Final = "chunk-"
_CHECKED: Final = "checked-"
_STOP: Final = "stop"
_ID_BYTES: Final = 8
_PASSING: Final = (DeliveryRefusedError, RemoteError, StoppedError, WorkersLostError)
"""Errors after which the same run may do well: what it staged is kept."""

T = TypeVar("T")

DELIVERED: Final = Contract("delivered", {"source_file": TEXT}, ("source_file",))
"""The sources of a run that are new or edited; the others are only processed again."""


class Unit:
    """The sources one task reads, and the folder for what comes of it; `name` is that of its task run.

    A plain class: Prefect would look for futures in a data class, source by source, and Dask would hand over a tuple or
    a Prefect `quote` as a plain tuple.
    """

    def __init__(self, name: str, place: Path, sources: Sequence[Source]) -> None:
        self.name: Final = name
        self.place: Final = place
        self.sources: Final = sources


@dataclass(frozen=True, slots=True)
class Batch:
    """The chunks one task handles; `name` is that of its task runs. No named tuple: Dask makes a plain one of that."""

    name: str
    chunks: tuple[Path, ...]


@contextmanager
def open_staging(data: Path, key: str) -> Iterator[Path]:
    """Give the folder below `data` for staged tables, removed when all is done or refused.

    After a kill, a stop or a failure of a machine or a server it stays, for the next run with the same key. Call it
    while holding the dataset's lock: what runs with other keys have left is removed.
    """
    staging = data.absolute() / STAGING / key
    for left in staging.parent.iterdir() if staging.parent.is_dir() else ():
        if left != staging:
            shutil.rmtree(left, ignore_errors=True)
    staging.mkdir(parents=True, exist_ok=True)
    (staging / _STOP).unlink(missing_ok=True)
    try:
        yield staging
    except BaseException as error:
        if isinstance(error, CopydeskError | OSError) and not isinstance(error, _PASSING):
            remove_staging(data)
        raise
    remove_staging(data)


def remove_staging(data: Path) -> None:
    """Remove what runs have left that were stopped; call it while holding the dataset's lock, when nothing is to do."""
    shutil.rmtree(data / STAGING, ignore_errors=True)


@contextmanager
def stop_on_error(staging: Path) -> Iterator[None]:
    """Have all steps that work in `staging` end soon when the context ends with an error, wherever they run."""
    try:
        yield
    except BaseException:
        (staging / _STOP).touch()
        raise


def refuse_stopped(staging: Path) -> None:
    """End work for a run that was stopped: it may go on elsewhere, in another process or on another machine.

    Raises:
        StoppedError: the run was stopped, or its folder is gone.
    """
    if (staging / _STOP).exists() or not staging.exists():
        raise StoppedError(f"The run that stages in {staging} was stopped.")


@contextmanager
def fill_folder(place: Path) -> Iterator[Path]:
    """Give an empty folder that becomes `place` when it is filled. Where another was faster, its folder stays."""
    filling = place.with_name(f".{place.name}-{uuid4().hex}")
    filling.mkdir()
    try:
        yield filling
        if not place.exists():
            filling.rename(place)
    finally:
        shutil.rmtree(filling, ignore_errors=True)


def make_chunk_folder(unit: Path, number: int) -> Path:
    """Create the folder of a chunk."""
    folder = unit / f"{_CHUNK}{number:06}"
    folder.mkdir()
    return folder


def take_up(staging: Path, sources: Iterable[Source]) -> tuple[list[Path], list[Source]]:
    """Find what an earlier run has read of these sources, and remove what is of no use.

    A unit is of use when each of its sources is among these, as it was: its size and time of change are the same, and
    that time was long enough past (`manifest.UNSETTLED`) when the unit was read.

    Returns:
        The folders to use, and the sources that are in none of them.
    """
    missing = {source.source_file: source for source in sources}
    units = []
    for unit in sorted(staging.glob(f"{_UNIT}*")):
        rows = read_staged(MANIFEST, unit).select("source_file", "size", "mtime_ns").rows()
        if all(_is_as_it_was(missing.get(name), size, mtime_ns) for name, size, mtime_ns in rows):
            units.append(unit)
            for name, _, _ in rows:
                del missing[name]
    # With other chunks beside them, chunks are dealt and checked in other groups.
    checked = () if missing else staging.glob(f"{_CHECKED}*")
    _remove_others(staging, {*units, *checked})
    return units, list(missing.values())


def _remove_others(staging: Path, wanted: Collection[Path]) -> None:
    for path in staging.iterdir():
        if path.is_file():
            path.unlink()
        elif path not in wanted:
            shutil.rmtree(path)


def _is_as_it_was(source: Source | None, size: int, mtime_ns: int) -> bool:
    return source is not None and (source.size, source.mtime_ns) == (size, mtime_ns)


def cut_units(sources: Sequence[Source], staging: Path) -> list[Unit]:
    """Cut sources into at most `MAX_BATCHES` runs of neighbours that take about as long to read."""
    n_wanted = max(len(sources) // UNIT_SOURCES, sum(source.size for source in sources) // UNIT_BYTES) + 1
    weights = [source.size + _SOURCE_COST for source in sources]
    return [
        # Named as no other, so that what still works for an earlier run keeps to its own.
        Unit(f"batch-{number:03}", staging / f"{_UNIT}{uuid4().hex[:12]}", some)
        for number, some in enumerate(deal_evenly(sources, weights, min(n_wanted, MAX_BATCHES)))
    ]


def list_chunks(units: Iterable[Path]) -> list[Path]:
    """Return the chunks of units that hold a document, in order."""
    return [chunk for unit in units for chunk in sorted(unit.glob(f"{_CHUNK}*")) if count_staged(TEXTS, chunk)]


def find_texts(staging: Path) -> Iterator[tuple[str, Path]]:
    """Yield the texts staged so far, also of units that are still being read, with a name that stays theirs."""
    for path in staging.glob(f"*{_UNIT}*/{_CHUNK}*/{TEXTS.name}.parquet"):
        unit = path.parts[-3].removeprefix(".").split("-")[1]
        yield f"{unit}/{path.parts[-2]}", path


def find_checked(staging: Path) -> Iterator[Path]:
    """Yield the documents that have been checked so far."""
    yield from staging.glob(f"{_CHECKED}*/{DOCUMENTS.name}.parquet")


def deal_chunks(chunks: Sequence[Path], n_workers: int) -> list[Batch]:
    """Deal chunks to at most `MAX_BATCHES` batches of neighbours; each worker gets as many, where there are enough."""
    n_wanted = max(len(chunks) // CHUNKS_A_BATCH, min(n_workers, len(chunks)))
    dealt = deal_evenly(chunks, [1] * len(chunks), min(n_wanted, MAX_BATCHES))
    return [Batch(f"batch-{number:03}", tuple(some)) for number, some in enumerate(dealt)]


def deal_evenly(things: Sequence[T], weights: Sequence[int], n_hands: int) -> list[list[T]]:
    """Deal things in order to at most `n_hands` hands of about the same weight; none is empty."""
    hands: dict[int, list[T]] = {}
    total = sum(weights)
    for thing, weight, end in zip(things, weights, accumulate(weights), strict=True):
        middle = end - weight / 2
        hands.setdefault(int(middle * n_hands / total), []).append(thing)
    return list(hands.values())


def group_checked(batch: Batch) -> dict[Path, list[Path]]:
    """Say which chunks of a batch are checked together, by the folder for what passes. They must be split."""
    groups: list[list[Path]] = []
    n_rows = CHECKED_ROWS
    for chunk in batch.chunks:
        n_more = sum(count_staged(contract, chunk / SPLIT) for contract in PUBLISHED)
        if n_rows + n_more > CHECKED_ROWS:
            groups.append([])
            n_rows = 0
        groups[-1].append(chunk)
        n_rows += n_more
    return {_name_checked(group): group for group in groups}


def _name_checked(chunks: Sequence[Path]) -> Path:
    staging = chunks[0].parent.parent
    names = "\n".join(str(chunk.relative_to(staging)) for chunk in chunks)
    return staging / f"{_CHECKED}{blake2b(names.encode(), digest_size=_ID_BYTES).hexdigest()}"


def is_staged(contract: Contract, folder: Path) -> bool:
    """Tell whether a table is there: it is, whole, or is not."""
    return (folder / f"{contract.name}.parquet").exists()


def write_staged(frame: pl.DataFrame, contract: Contract, folder: Path) -> None:
    """Stage a table in `folder` under its contract's name.

    Raises:
        ContractError: `frame` breaks `contract`.
    """
    # A worker that was given up for lost may write the same table now.
    filling = folder / f".{contract.name}-{uuid4().hex}.parquet"
    write_table(frame, contract, filling)
    filling.replace(folder / f"{contract.name}.parquet")


def read_staged(contract: Contract, folder: Path) -> pl.DataFrame:
    """Read a table that `write_staged` left in `folder`."""
    return read_table(folder / f"{contract.name}.parquet", contract)


def count_staged(contract: Contract, folder: Path) -> int:
    """Return the number of rows of a table that `write_staged` left in `folder`."""
    return count_rows(folder / f"{contract.name}.parquet")


def join_tables(chunks: Sequence[Path]) -> Tables:
    """Read the three tables that were split in some chunks, as one."""
    read = [read_tables(chunk / SPLIT) for chunk in chunks]
    return Tables(*(pl.concat(frames) for frames in zip(*read, strict=True)))


def read_quarantine(units: Sequence[Path], checked: Sequence[Path]) -> Quarantine:
    """Read what was set aside: sources and records that could not be read, rows that broke an expectation."""
    folders = [*(chunk for unit in units for chunk in sorted(unit.glob(f"{_CHUNK}*"))), *checked]
    found = [read_staged(QUARANTINE, folder) for folder in folders if is_staged(QUARANTINE, folder)]
    return pl.concat([QUARANTINE.make_empty(), *found])
