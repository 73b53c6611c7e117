"""Batches of source files, and the folders their tables are staged in while a run lasts.

A batch's folder holds texts, languages and verdicts, and the sources that could not be read as quarantine; the three
tables as they were split in `split/`; those that passed their checks, and the rows that did not, in `checked/`.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Final
from uuid import uuid4

import polars as pl

from copydesk.errors import ChecksFailedError
from copydesk.publish import write_quarantine
from copydesk.reading import Source
from copydesk.schemas import DOCUMENTS, QUARANTINE, Contract, Quarantine
from copydesk.tables import read_table, write_table

MAX_BATCHES: Final = 39
"""Five task runs a batch and one to publish: 196 task runs; many more slow the Prefect server down for the next run."""
BATCH_FILES: Final = 500
BATCH_BYTES: Final = 20_000_000
"""A batch is in memory as a whole, several times over."""

SPLIT: Final = "split"
CHECKED: Final = "checked"


def cut_batches(sources: Sequence[Source]) -> list[Sequence[Source]]:
    """Cut source files into at most `MAX_BATCHES` runs of neighbours, equal in number of files."""
    wanted = max(ceil(len(sources) / BATCH_FILES), ceil(sum(source.size for source in sources) / BATCH_BYTES), 1)
    size = max(ceil(len(sources) / min(wanted, MAX_BATCHES)), 1)
    return [sources[start : start + size] for start in range(0, len(sources), size)]


@contextmanager
def stage_batches(data: Path) -> Iterator[Path]:
    """Give an empty folder below `data` for staged tables, removed at the end.

    Call it while holding the dataset's lock: it also removes what runs that were killed have left.
    """
    shutil.rmtree(data / ".staging", ignore_errors=True)
    staging = data / ".staging" / uuid4().hex
    staging.mkdir(parents=True)
    try:
        yield staging
    finally:
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


def read_quarantine(folders: Sequence[Path]) -> Quarantine:
    """Read what all batches set aside: sources that could not be read, rows that broke an expectation."""
    places = [*folders, *(folder / CHECKED for folder in folders)]
    return pl.concat([read_staged(QUARANTINE, place) for place in places])


def require_documents(folders: Sequence[Path], data: Path) -> None:
    """Refuse to publish a dataset without documents, and write the quarantine, which says why there are none.

    Raises:
        ChecksFailedError: no source file became a document that passed its checks.
    """
    if any(read_staged(DOCUMENTS, folder / CHECKED).height for folder in folders):
        return
    quarantine = read_quarantine(folders)
    write_quarantine(quarantine, data)
    counts = quarantine["reason"].value_counts(sort=True).head(5)
    reasons = ", ".join(f"{number} {reason}" for reason, number in counts.iter_rows())
    raise ChecksFailedError(
        f"No source file became a document ({reasons}). Nothing was published; the former dataset is as it was. "
        f"{data / 'quarantine' / 'quarantine.parquet'} lists why, file by file."
    )
