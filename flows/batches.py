"""Batches of source files, and the folders their tables are staged in while a run lasts.

A batch's folder, `batch-000`, holds texts, languages and verdicts, its part of the manifest, and the sources that could
not be read as quarantine; the three tables as they were split are in `split/`. Batches are checked a few at a time: a
folder `checked-000` holds their rows that passed, and as quarantine those that did not.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Final
from uuid import uuid4

import polars as pl

from copydesk.reading import Source
from copydesk.schemas import QUARANTINE, Contract, Quarantine, Tables
from copydesk.tables import read_table, read_tables, write_table

MAX_BATCHES: Final = 46
CHECKED_TOGETHER: Final = 4
"""With four task runs a batch, one for each four of them and two at the end, a run has 198 task runs at most; many more
slow the Prefect server down for the next run."""
BATCH_FILES: Final = 500
BATCH_BYTES: Final = 20_000_000
"""A batch is in memory as a whole, several times over."""

SPLIT: Final = "split"


def cut_batches(sources: Sequence[Source]) -> list[Sequence[Source]]:
    """Cut source files into at most `MAX_BATCHES` runs of neighbours, equal in number of files."""
    if not sources:
        return []
    wanted = max(ceil(len(sources) / BATCH_FILES), ceil(sum(source.size for source in sources) / BATCH_BYTES), 1)
    size = ceil(len(sources) / min(wanted, MAX_BATCHES))
    return [sources[start : start + size] for start in range(0, len(sources), size)]


@contextmanager
def stage_batches(data: Path) -> Iterator[Path]:
    """Give an empty folder below `data` for staged tables, removed at the end.

    Call it while holding the dataset's lock: it also removes what runs that were killed have left. Great Expectations'
    temporary folders go there too, so that a kill leaves none of them behind.
    """
    shutil.rmtree(data / ".staging", ignore_errors=True)
    staging = data / ".staging" / uuid4().hex
    staging.mkdir(parents=True)
    usual, tempfile.tempdir = tempfile.tempdir, str(staging)
    try:
        yield staging
    finally:
        tempfile.tempdir = usual
        shutil.rmtree(data / ".staging", ignore_errors=True)


def make_batch_folders(staging: Path, n_batches: int) -> list[Path]:
    """Create a folder a batch: `batch-000`, `batch-001`, ..."""
    folders = [staging / f"batch-{number:03}" for number in range(n_batches)]
    for folder in folders:
        folder.mkdir()
    return folders


def write_staged(frame: pl.DataFrame, contract: Contract, folder: Path) -> None:
    """Stage a table in `folder` under its contract's name.

    Raises:
        ContractError: `frame` breaks `contract`.
    """
    write_table(frame, contract, folder / f"{contract.name}.parquet")


def read_staged(contract: Contract, folder: Path) -> pl.DataFrame:
    """Read a table that `write_staged` left in `folder`."""
    return read_table(folder / f"{contract.name}.parquet", contract)


def count_groups(n_batches: int) -> int:
    """Return how many times batches are checked, a few together."""
    return ceil(n_batches / CHECKED_TOGETHER)


def group_batches(folders: Sequence[Path]) -> dict[tuple[int, int], Path]:
    """Say which batches are checked together, as ranges of `folders`, and where what passes is staged.

    Great Expectations takes some 2 s a time, however few the rows.
    """
    return {
        (start, start + CHECKED_TOGETHER): folders[start].parent / f"checked-{number:03}"
        for number, start in enumerate(range(0, len(folders), CHECKED_TOGETHER))
    }


def join_tables(folders: Sequence[Path]) -> Tables:
    """Read the three tables that were split in the folders of some batches, as one."""
    read = [read_tables(folder / SPLIT) for folder in folders]
    return Tables(*(pl.concat(frames) for frames in zip(*read, strict=True)))


def read_quarantine(places: Sequence[Path]) -> Quarantine:
    """Read what was set aside: sources that could not be read, rows that broke an expectation."""
    return pl.concat([QUARANTINE.make_empty(), *(read_staged(QUARANTINE, place) for place in places)])
