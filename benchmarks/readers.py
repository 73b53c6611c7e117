"""Read the dataset without a pause while versions are published, and count short, mixed and failed reads.

    python -m benchmarks.readers --publications 500
    python -m benchmarks.readers --publications 100 --remote

A process each reads with polars, DuckDB and pyarrow: half of them resolve the version first, as `copydesk.open_dataset`
and `copydesk path` do; the others open the link `data/clean` by a glob, as people do. Every version holds another
number of documents, of two languages, and every row says which version made it, so that any mixture shows. With
`--remote` versions are sent to a server on this machine that speaks S3, and read from there.
"""

import argparse
import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.dataset as ds

from copydesk.errors import CopydeskError
from copydesk.partitions import Former
from copydesk.publish import publish_version
from copydesk.remote_versions import find_remote_files, send_version
from copydesk.tables import open_dataset, write_tables
from copydesk.versions import find_current, lock_dataset
from tests.places import open_s3, serve_s3
from tests.tables_factory import build_numbered, build_tables, make_state

_START = datetime(2026, 1, 1, tzinfo=UTC)
_BASE = 20
_PAUSE = 0.02
"""Seconds between two reads, so that six readers leave the publisher a processor."""
_GLOB = "documents/**/*.parquet"

Answer = list[tuple[datetime, int]]
"""Rows of `documents` by the time they were processed."""


def count_frame(frame: pl.DataFrame) -> Answer:
    """Count rows by the time they were processed."""
    return list(frame.group_by("processed_at").len().iter_rows())


def read_polars_resolved(data: Path) -> Answer:
    """Read as `copydesk.open_dataset` does."""
    return count_frame(open_dataset(data, "documents").select("processed_at").collect())


def read_polars_link(data: Path) -> Answer:
    """Read through the link by a glob."""
    return count_frame(pl.read_parquet(data / "clean" / _GLOB, columns=["processed_at"]))


def read_duckdb(clean: str) -> Answer:
    """Read with DuckDB by a glob."""
    query = f"SELECT processed_at, count(*) FROM read_parquet('{clean}/{_GLOB}') GROUP BY 1"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET enable_progress_bar = false")
        return connection.execute(query).fetchall()


def read_duckdb_resolved(data: Path) -> Answer:
    """Read the folder that `copydesk path` prints."""
    return read_duckdb(os.path.realpath(data / "clean"))


def read_duckdb_link(data: Path) -> Answer:
    """Read through the link."""
    return read_duckdb(str(data / "clean"))


def read_arrow(clean: str) -> Answer:
    """Read with pyarrow."""
    table: Any = pl.from_arrow(ds.dataset(f"{clean}/documents", partitioning="hive").to_table(columns=["processed_at"]))
    return count_frame(table)


def read_arrow_resolved(data: Path) -> Answer:
    """Read the folder that `copydesk path` prints."""
    return read_arrow(os.path.realpath(data / "clean"))


def read_arrow_link(data: Path) -> Answer:
    """Read through the link."""
    return read_arrow(str(data / "clean"))


def read_polars_remote(place: str) -> Answer:
    """Read a dataset at an address."""
    return count_frame(open_dataset(place, "documents").select("processed_at").collect())


def read_duckdb_remote(place: str) -> Answer:
    """Read the files that `copydesk path` prints of a dataset at an address."""
    query = "SELECT processed_at, count(*) FROM read_parquet(?) GROUP BY 1"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.register_filesystem(open_s3())
        return connection.execute(query, [find_remote_files(place, "documents")]).fetchall()


REMOTE_READERS: dict[str, Callable[[str], Answer]] = {
    "polars, resolved": read_polars_remote,
    "DuckDB, resolved": read_duckdb_remote,
}
READERS: dict[str, Callable[[Path], Answer]] = {
    "polars, resolved": read_polars_resolved,
    "DuckDB, resolved": read_duckdb_resolved,
    "pyarrow, resolved": read_arrow_resolved,
    "polars, link": read_polars_link,
    "DuckDB, link": read_duckdb_link,
    "pyarrow, link": read_arrow_link,
}


def count_documents(number: int) -> int:
    """Return how many documents of each language the version of that number holds."""
    return _BASE + number % 7


def publish(data: Path, number: int, place: str = "") -> None:
    """Publish a version, and send it to `place`."""
    now = _START + timedelta(seconds=number)
    tables = build_tables(
        build_numbered(count_documents(number), "fr", now=now),
        build_numbered(count_documents(number), "en", now=now, prefix="en-"),
    )
    staged = data / ".staging"
    write_tables(tables, staged)
    with lock_dataset(data):
        current = find_current(data)
        former = None
        if current:
            leaving = open_dataset(data, "documents").select("source_file").collect()["source_file"].to_list()
            former = Former(current / "clean", leaving)
        version = publish_version([staged], data, make_state(), now, former)
        if place:
            send_version(version.path, place)


def loop(name: str, place: Path | str, done: Event, results: "multiprocessing.Queue[tuple[str, Counter[str]]]") -> None:
    """Read until told to stop, and count what came of it."""
    found: Counter[str] = Counter()
    while not done.is_set():
        time.sleep(_PAUSE)
        try:
            answer = REMOTE_READERS[name](place) if isinstance(place, str) else READERS[name](place)
        except (OSError, pl.exceptions.PolarsError, duckdb.Error, CopydeskError):
            found["errors"] += 1
            continue
        found["reads"] += 1
        found["mixed"] += len(answer) != 1
        for made_at, count in answer[:1]:
            number = round((made_at.astimezone(UTC) - _START).total_seconds())
            found["short"] += count != 2 * count_documents(number)
    results.put((name, found))


def main() -> int:
    """Run the benchmark; return 1 if a reader got a wrong answer, or an error though it resolved the version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publications", type=int, default=500)
    parser.add_argument("--remote", action="store_true", help="send the versions to an S3 server, read them there")
    options = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = "1"  # of the readers
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        place = ""
        if options.remote:
            os.environ |= stack.enter_context(serve_s3())
            place = "s3://copydesk-readers/dataset"
            open_s3().mkdir("copydesk-readers")
        found = run_readers(Path(folder), place, options.publications)
    failed = 0
    for name, counts in found.items():
        print(f"{name:18} " + ", ".join(f"{counts[kind]} {kind}" for kind in ("reads", "short", "mixed", "errors")))  # noqa: T201
        failed += counts["short"] + counts["mixed"] + counts["errors"] * name.endswith("resolved")
    return int(failed > 0)


def run_readers(data: Path, place: str, n_publications: int) -> dict[str, Counter[str]]:
    """Publish while all readers read; return what came of it, by reader."""
    context = multiprocessing.get_context("spawn")
    done, results = context.Event(), context.Queue()
    publish(data, 0, place)
    names = REMOTE_READERS if place else READERS
    readers = [context.Process(target=loop, args=(name, place or data, done, results)) for name in names]
    for reader in readers:
        reader.start()
    for number in range(1, n_publications + 1):
        publish(data, number, place)
    done.set()
    found = dict(results.get() for _ in readers)
    for reader in readers:
        reader.join()
    return {name: found[name] for name in names}


if __name__ == "__main__":
    sys.exit(main())
