"""Reading and writing tables: the one module that knows Parquet.

Staged tables of one batch lie in a folder as documents.parquet, paragraphs.parquet and removed.parquet. Published
ones lie below `clean/<table>/language=<code>/`.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl
import pyarrow.parquet as pq

from copydesk.errors import ContractError, WrongUseError
from copydesk.remote.places import is_remote
from copydesk.remote_versions import find_remote_files
from copydesk.schemas import DOCUMENTS, PARAGRAPHS, PARTITION_KEY, PUBLISHED, REMOVED, Contract, Tables

_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    DOCUMENTS.name: ("document_id",),
    PARAGRAPHS.name: ("document_id", "paragraph_index"),
    REMOVED.name: ("document_id", "block_index"),
}


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


def export_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a flat table for people: as CSV, JSON lines or Parquet, by the ending of `path`.

    Raises:
        WrongUseError: the ending is none of these, or the file cannot be written.
    """
    writers: dict[str, Callable[[Path], object]] = {
        ".csv": frame.write_csv,
        ".jsonl": frame.write_ndjson,
        ".parquet": frame.write_parquet,
    }
    if path.suffix not in writers:
        raise WrongUseError(f"{path} should end in {', '.join(writers)}.")
    try:
        writers[path.suffix](path)
    except OSError as error:
        raise WrongUseError(f"{path} cannot be written: {error.strerror or error}.") from error


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


def scan_clean(clean: Path, contract: Contract) -> pl.LazyFrame:
    """Return one published table of a version, unread, from its own `clean` folder."""
    return pl.scan_parquet(clean / contract.name / "**" / "*.parquet", hive_partitioning=False)


def list_parts(clean: Path, contract: Contract) -> dict[str, list[Path]]:
    """Return the files of a published table by language; those without rows are left out."""
    parts: dict[str, list[Path]] = {}
    for path in sorted(clean.glob(f"{contract.name}/{PARTITION_KEY}=*/*.parquet")):
        if count_rows(path):
            parts.setdefault(path.parent.name.removeprefix(f"{PARTITION_KEY}="), []).append(path)
    return parts


class Size(NamedTuple):
    """Rows, and bytes before compression."""

    rows: int = 0
    n_bytes: int = 0


def measure_table(path: Path) -> Size:
    """Return the size of a Parquet file's table, from its footer."""
    footer = pq.read_metadata(path)
    groups = (footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
    return Size(int(footer.num_rows), sum(groups))


def count_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file, from its footer."""
    return int(pq.read_metadata(path).num_rows)


def read_part(path: Path, contract: Contract) -> pl.DataFrame:
    """Read one file of a published table; columns that an older copydesk did not write are null."""
    frame = pl.read_parquet(path, hive_partitioning=False)
    columns = [
        pl.col(name) if frame.schema.get(name) == kind else pl.lit(None, dtype=kind).alias(name)
        for name, kind in contract.columns.items()
    ]
    return frame.select(columns)


def write_part(rows: pl.DataFrame, path: Path, contract: Contract) -> None:
    """Write one new file of a published table, its rows sorted by document and index.

    Raises:
        ContractError: `rows` breaks `contract`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_parquet(contract.check(rows).sort(_ORDER[contract.name]), path)


def link_part(part: Path, path: Path) -> None:
    """Give a file of the version before a place in the new one, without copying it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.link(part, path)


def open_dataset(
    data: Path | str, table: str = PARAGRAPHS.name, storage_options: Mapping[str, str] | None = None
) -> pl.LazyFrame:
    """Return a table of the published dataset, unread.

    The link `data/clean`, or the pointer at an address, is resolved first, so that a reader sees one version to the
    end, whatever is published meanwhile. Open the dataset anew to see a newer version: the three latest are kept.

    Args:
        data: the data folder, which holds `clean`, or the address the dataset is published to.
        table: documents, paragraphs or removed.
        storage_options: what polars is to know of an address beyond what it finds in the environment.

    Raises:
        WrongUseError: there is no such table, or nothing is published in `data`.
        RemoteError: the address does not answer, or refuses.
    """
    if table not in _ORDER:
        raise WrongUseError(f"There is no table '{table}'; choose one of {', '.join(_ORDER)}.")
    if is_remote(data):
        files = find_remote_files(str(data), table)
        return pl.scan_parquet(files, hive_partitioning=False, storage_options=dict(storage_options or {}))
    folder = Path(os.path.realpath(Path(data) / "clean")) / table
    if not folder.is_dir():
        raise WrongUseError(f"Nothing is published in {data}: {folder} does not exist. Try: copydesk run --data {data}")
    return pl.scan_parquet(folder / "**" / "*.parquet", hive_partitioning=False)


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    # Without a stored Arrow schema every reader takes Parquet's own types. With it pyarrow would see large strings,
    # which it cannot merge with the strings it reads from the folder names.
    pq.write_table(frame.to_arrow(), path, compression="zstd", store_schema=False)
    with path.open("rb") as file:
        os.fsync(file.fileno())
