"""The files of a new version: which of the former ones stay as they are, which are merged, which are new.

A table's rows of one language lie in files of up to `MAX_FILE_ROWS`. New rows make a new file, which takes in the
former ones that are no larger than what it holds already: so a language has a handful of files, each about twice the
next, however many versions there were, and a row is written anew some log2(rows) times in its life. A file that holds
rows that leave is written again without them; every other file is linked.

No file has the name of one of another version: a reader that lists files of one version and opens them in the next gets
an error, never a mixture.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from copydesk.errors import ContractError
from copydesk.schemas import DOCUMENTS, PARTITION_KEY, PUBLISHED, Contract
from copydesk.tables import count_rows, link_part, list_parts, read_part, scan_clean, write_part

MAX_FILE_ROWS: Final = 250_000
POOLED_BYTES: Final = 200_000_000
"""What may wait in memory for more rows of its language; beyond it, the largest pool makes a smaller file."""
UNKNOWN_LANGUAGE: Final = "und"


@dataclass(frozen=True, slots=True)
class Former:
    """The version before.

    Attributes:
        clean: its clean folder.
        leaving: names of the source files whose documents leave it.
        renamed: the former name of a new source file, by its new one.
    """

    clean: Path
    leaving: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def scan_leaving(self) -> pl.LazyFrame:
        """Return the documents that leave, unread."""
        return scan_clean(self.clean, DOCUMENTS).filter(pl.col("source_file").is_in(list(self.leaving)))


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_partitions` left below `clean/`.

    Attributes:
        rows: rows by table.
        files_written: files that are new.
        files_linked: files the version before already had.
    """

    rows: Mapping[str, int]
    files_written: int
    files_linked: int


def write_partitions(
    tables: Mapping[str, Sequence[Path]], clean: Path, tag: str, former: Former | None = None
) -> Written:
    """Write the published tables to `clean/<table>/language=<code>/<tag>-<number>.parquet`.

    A table without rows gets one file without rows, so that a reader's glob finds its columns. One staged file,
    at most `MAX_FILE_ROWS` rows a language and `POOLED_BYTES` in all are in memory at a time.

    Args:
        tables: the staged files of each table by its name, with the rows that are new in this version.
        clean: a folder that no reader sees yet.
        tag: what no other version's files are named.
        former: the version before, if there is one.

    Raises:
        ContractError: a table breaks its contract, or a language is null.
    """
    first_seen = _find_first_seen(former) if former else None
    writers = [_Writer(contract, clean, tag) for contract in PUBLISHED]
    for writer in writers:
        for path in tables[writer.contract.name]:
            rows = read_part(path, writer.contract)
            writer.add(_keep_first_seen(rows, first_seen) if writer.contract is DOCUMENTS else rows)
        if former:
            _carry_over(writer, former)
        writer.finish()
    return Written(
        {writer.contract.name: writer.n_rows for writer in writers},
        files_written=sum(writer.n_written for writer in writers),
        files_linked=sum(writer.n_linked for writer in writers),
    )


class _Writer:
    """Collects the rows of one table by language and writes a file whenever there are enough for one."""

    def __init__(self, contract: Contract, clean: Path, tag: str) -> None:
        self.contract: Final = contract
        self.n_rows = self.n_written = self.n_linked = 0
        self._clean = clean
        self._tag = tag
        self._pools: dict[str, pl.DataFrame] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Take in rows of any language."""
        if rows[PARTITION_KEY].null_count():
            raise ContractError(
                f"Table '{self.contract.name}': {PARTITION_KEY} is null; write '{UNKNOWN_LANGUAGE}' instead."
            )
        for part in rows.partition_by(PARTITION_KEY):
            language = part[PARTITION_KEY][0]
            own = _copy_rows(part)
            pool = pl.concat([self._pools.pop(language), own]) if language in self._pools else own
            while pool.height >= MAX_FILE_ROWS:
                self._write(pool.head(MAX_FILE_ROWS), language)
                pool = _copy_rows(pool.slice(MAX_FILE_ROWS))
            if pool.height:
                self._pools[language] = pool
        self._bound_pools()

    def _bound_pools(self) -> None:
        sizes = {language: pool.estimated_size() for language, pool in self._pools.items()}
        while sum(sizes.values()) > POOLED_BYTES:
            largest = max(sizes, key=sizes.__getitem__)
            self._write(self._pools.pop(largest), largest)
            del sizes[largest]

    def absorb(self, parts: Mapping[str, Sequence[Path]]) -> None:
        """Link the files of the version before, but take in those that are no larger than what they would join."""
        for language, paths in parts.items():
            for n_rows, path in sorted((count_rows(path), path) for path in paths):
                pooled = self._pools[language].height if language in self._pools else 0
                if n_rows <= pooled and n_rows + pooled <= MAX_FILE_ROWS:
                    self.add(read_part(path, self.contract))
                else:
                    link_part(path, self._name_file(language))
                    self.n_rows += n_rows
                    self.n_linked += 1

    def finish(self) -> None:
        """Write what is left."""
        for language, pool in sorted(self._pools.items()):
            self._write(pool, language)
        if not self.n_rows:
            self._write(self.contract.make_empty(), UNKNOWN_LANGUAGE)

    def _write(self, rows: pl.DataFrame, language: str) -> None:
        write_part(rows, self._name_file(language), self.contract)
        self.n_rows += rows.height
        self.n_written += 1

    def _name_file(self, language: str) -> Path:
        name = f"{self._tag}-{self.n_written + self.n_linked:05}.parquet"
        return self._clean / self.contract.name / f"{PARTITION_KEY}={language}" / name


def _copy_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Give rows memory of their own: a part of a table keeps the texts of the whole table in memory while it waits."""
    return pl.DataFrame(rows.to_arrow(), schema=rows.schema)


def _carry_over(writer: _Writer, former: Former) -> None:
    """Take over the rows of the version before, but for those of documents that leave."""
    parts = list_parts(former.clean, writer.contract)
    leaving = former.scan_leaving().select("document_id").collect().to_series()
    hit = set(_find_hit(parts, leaving))
    for path in sorted(hit):
        writer.add(read_part(path, writer.contract).filter(~pl.col("document_id").is_in(leaving.implode())))
    writer.absorb({language: [path for path in paths if path not in hit] for language, paths in parts.items()})


def _find_hit(parts: Mapping[str, Sequence[Path]], leaving: pl.Series) -> Iterator[Path]:
    """Yield the files that hold a row of a document that leaves."""
    if leaving.is_empty():
        return
    for path in (path for paths in parts.values() for path in paths):
        ids = pl.scan_parquet(path, hive_partitioning=False).select("document_id")
        if ids.select(pl.col("document_id").is_in(leaving.implode()).any()).collect().item():
            yield path


class _FirstSeen(NamedTuple):
    """When documents that leave, to come back or to be renamed, were first ingested: `first_seen`.

    A record of an edited source is known by its id, wherever it stands now; one of a renamed source, whose id is
    another now, by its place.
    """

    by_id: pl.DataFrame
    by_place: pl.DataFrame


def _find_first_seen(former: Former) -> _FirstSeen:
    new_names = {old: new for new, old in former.renamed.items()}
    seen = (
        former.scan_leaving()
        .select("document_id", "source_file", "record_index", pl.col("ingested_at").alias("first_seen"))
        .collect()
    )
    is_renamed = pl.col("source_file").is_in(list(new_names))
    moved = seen.filter(is_renamed).with_columns(pl.col("source_file").replace(new_names))
    return _FirstSeen(
        seen.filter(~is_renamed).select("document_id", "first_seen"),
        moved.select("source_file", "record_index", "first_seen"),
    )


def _keep_first_seen(documents: pl.DataFrame, first_seen: _FirstSeen | None) -> pl.DataFrame:
    """Give each document that the version before already had the time it was first ingested."""
    for seen in first_seen or ():
        keys = [name for name in seen.columns if name != "first_seen"]
        joined = documents.join(seen, on=keys, how="left", maintain_order="left")
        documents = joined.with_columns(ingested_at=pl.min_horizontal("ingested_at", "first_seen")).drop("first_seen")
    return documents
