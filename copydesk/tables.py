"""Reading and writing tables: the one module that knows Parquet.

Staged tables of one batch lie in a folder as documents.parquet, paragraphs.parquet and removed.parquet. Published
ones lie below `clean/<table>/language=<code>/`, in files named after their content.
"""

import hashlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from copydesk.errors import ContractError, WrongUseError
from copydesk.schemas import DOCUMENTS, PARAGRAPHS, PARTITION_KEY, PUBLISHED, REMOVED, Contract, Tables

MAX_FILE_ROWS: Final = 250_000
UNKNOWN_LANGUAGE: Final = "und"
_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    DOCUMENTS.name: ("document_id",),
    PARAGRAPHS.name: ("document_id", "paragraph_index"),
    REMOVED.name: ("document_id", "block_index"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_partitions` left below `clean/`.

    Attributes:
        rows: rows by table.
        files_written: files that are new.
        files_linked: files the former version already had.
    """

    rows: Mapping[str, int]
    files_written: int
    files_linked: int


def write_table(frame: pl.DataFrame, contract: Contract, path: Path) -> None:
    """Write `frame` as one Parquet file; a crash leaves the former file or none, never half of one.

    Raises:
        ContractError: `frame` breaks `contract`.
    """
    checked = contract.check(frame)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    _write_parquet(checked, temporary)
    temporary.replace(path)


def read_table(path: Path, contract: Contract) -> pl.DataFrame:
    """Read one Parquet file.

    Raises:
        ContractError: the file breaks `contract`, or is no Parquet file.
    """
    try:
        return contract.check(pl.read_parquet(path, hive_partitioning=False))
    except pl.exceptions.PolarsError as error:
        raise ContractError(f"{path} is not a table '{contract.name}': {error}") from error


def write_tables(tables: Tables, folder: Path) -> None:
    """Stage the three tables of one batch in `folder`.

    Raises:
        ContractError: a table breaks its contract.
    """
    for frame, contract in zip(tables, PUBLISHED, strict=True):
        write_table(frame, contract, folder / f"{contract.name}.parquet")


def read_tables(folder: Path) -> Tables:
    """Read the three tables of one batch that `write_tables` staged in `folder`.

    Raises:
        ContractError: a table breaks its contract.
    """
    return Tables(*(read_table(folder / f"{contract.name}.parquet", contract) for contract in PUBLISHED))


def scan_staged(staged: Sequence[Path], contract: Contract) -> pl.LazyFrame:
    """Return one published table of all batches in the folders `staged`, unread; without folders it has no rows."""
    if not staged:
        return contract.make_empty().lazy()
    paths = [folder / f"{contract.name}.parquet" for folder in staged]
    return pl.scan_parquet(paths, hive_partitioning=False)


def write_partitions(tables: Mapping[str, pl.LazyFrame], clean: Path, former: Path | None = None) -> Written:
    """Write the published tables to `clean/<table>/language=<code>/<hash of the content>.parquet`.

    Rows are sorted by document and index and the language stays a column of the files. Equal rows give equal files; a
    file that `former`, the clean folder of the version before, already holds is hard-linked instead. A table without
    rows gets one file without rows, so that a reader's glob finds its columns. One partition is in memory at a time.

    Args:
        tables: the frame of each table by its name.
        clean: a folder that no reader sees yet.
        former: the clean folder of the version before, if there is one.

    Raises:
        ContractError: a table breaks its contract, or a language is null.
    """
    rows: dict[str, int] = {}
    linked: list[bool] = []
    for contract in PUBLISHED:
        rows[contract.name] = 0
        for folder, part in _split_partitions(tables[contract.name], contract):
            rows[contract.name] += part.height
            linked.append(_write_named_by_content(part, clean / folder, former and former / folder))
    return Written(rows, files_written=linked.count(False), files_linked=linked.count(True))


def open_dataset(data: Path | str, table: str = PARAGRAPHS.name) -> pl.LazyFrame:
    """Return a table of the published dataset, unread.

    The link `data/clean` is resolved first, so that a reader sees one version to the end, whatever is published
    meanwhile. Open the dataset anew to see a newer version: the three latest are kept.

    Args:
        data: the data folder, which holds `clean`.
        table: documents, paragraphs or removed.

    Raises:
        WrongUseError: there is no such table, or nothing is published in `data`.
    """
    if table not in _ORDER:
        raise WrongUseError(f"There is no table '{table}'; choose one of {', '.join(_ORDER)}.")
    folder = Path(os.path.realpath(Path(data) / "clean")) / table
    if not folder.is_dir():
        raise WrongUseError(f"Nothing is published in {data}: {folder} does not exist. Try: copydesk run --data {data}")
    return pl.scan_parquet(folder / "**" / "*.parquet", hive_partitioning=False)


def carry_first_seen(documents: pl.LazyFrame, former: Path | None) -> pl.LazyFrame:
    """Give each document that the version before already had the time it was first ingested.

    Args:
        documents: the table of the new version.
        former: the clean folder of the version before, if there is one.
    """
    if former is None:
        return documents
    known = pl.scan_parquet(former / DOCUMENTS.name / "**" / "*.parquet", hive_partitioning=False)
    first_seen = known.select("document_id", pl.col("ingested_at").alias("first_seen"))
    return (
        documents.join(first_seen, on="document_id", how="left")
        .with_columns(ingested_at=pl.min_horizontal("ingested_at", "first_seen"))
        .drop("first_seen")
    )


def _split_partitions(table: pl.LazyFrame, contract: Contract) -> Iterator[tuple[Path, pl.DataFrame]]:
    languages = table.select(pl.col(PARTITION_KEY).unique().sort()).collect().to_series().to_list()
    if None in languages:
        raise ContractError(f"Table '{contract.name}': {PARTITION_KEY} is null; write '{UNKNOWN_LANGUAGE}' instead.")
    for language in languages or [UNKNOWN_LANGUAGE]:
        rows = table.filter(pl.col(PARTITION_KEY) == language).sort(_ORDER[contract.name]).collect()
        folder = Path(contract.name, f"{PARTITION_KEY}={language}")
        for part in _split_rows(contract.check(rows)):
            yield folder, part


def _split_rows(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut into as few parts as `MAX_FILE_ROWS` allows, of about the same size; no rows are one part."""
    if rows.is_empty():
        return iter([rows])
    n_files = math.ceil(rows.height / MAX_FILE_ROWS)
    return rows.iter_slices(math.ceil(rows.height / n_files))


def _write_named_by_content(part: pl.DataFrame, folder: Path, former: Path | None) -> bool:
    """Write one file; return whether the version before already had it."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".tmp"
    _write_parquet(part, temporary)
    path = folder / f"{_hash_file(temporary)}.parquet"
    before = former and former / path.name
    if before is None or not before.exists():
        temporary.replace(path)
        return False
    temporary.unlink()
    os.link(before, path)
    return True


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    # Without a stored Arrow schema every reader takes Parquet's own types. With it pyarrow would see large strings,
    # which it cannot merge with the strings it reads from the folder names.
    pq.write_table(frame.to_arrow(), path, compression="zstd", store_schema=False)
    with path.open("rb") as file:
        os.fsync(file.fileno())
