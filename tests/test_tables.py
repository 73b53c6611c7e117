from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from copydesk.errors import ContractError, WrongUseError
from copydesk.partitions import Former, write_partitions
from copydesk.schemas import DOCUMENTS, PUBLISHED, Contract, Tables
from copydesk.tables import (
    export_table,
    open_dataset,
    read_part,
    read_table,
    read_tables,
    scan_clean,
    write_table,
    write_tables,
)
from tests.tables_factory import NOW, build_document, build_numbered, build_tables, stage_tables

MIXED = build_tables(build_numbered(3, "fr"), build_numbered(2, "en", prefix="en-"))


def name_tables(tables: Tables) -> dict[str, pl.DataFrame]:
    return {contract.name: frame for contract, frame in zip(PUBLISHED, tables, strict=True)}


def write(tables: Tables, folder: Path, former: Former | None = None, tag: str = "one") -> Path:
    """Write the partitions of `tables` below `folder`, as a version would."""
    write_partitions(stage_tables(tables, folder / "staged"), folder / "clean", tag, former)
    return folder / "clean"


def list_files(clean: Path) -> list[str]:
    return sorted(str(path.relative_to(clean)) for path in clean.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(MIXED, tmp_path_factory.mktemp("tables"))


def test_write_table_refuses_a_frame_that_breaks_its_contract(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="n_chars_raw should be Int64, is missing"):
        write_table(MIXED.documents.drop("n_chars_raw"), DOCUMENTS, tmp_path / "documents.parquet")
    assert not list(tmp_path.iterdir())


def test_write_table_replaces_the_former_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "documents.parquet"
    write_table(MIXED.documents, DOCUMENTS, path)
    write_table(MIXED.documents.head(1), DOCUMENTS, path)
    assert read_table(path, DOCUMENTS).height == 1
    assert list(tmp_path.iterdir()) == [path]


def test_read_table_names_a_file_that_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "documents.parquet"
    path.write_bytes(b"not Parquet")
    with pytest.raises(ContractError, match=r"documents\.parquet is not a table 'documents'"):
        read_table(path, DOCUMENTS)


def test_staged_tables_read_back_equal(tmp_path: Path) -> None:
    write_tables(MIXED, tmp_path / "batch")
    for read, written in zip(read_tables(tmp_path / "batch"), MIXED, strict=True):
        assert read.equals(written)


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_polars_reads_partitions_by_glob(clean: Path, contract: Contract) -> None:
    read = pl.scan_parquet(clean / contract.name / "**" / "*.parquet").collect()
    written = name_tables(MIXED)[contract.name]
    assert read.schema == written.schema
    assert read.sort(contract.key).equals(written.sort(contract.key))


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_duckdb_reads_partitions_with_the_key_of_the_folder(clean: Path, contract: Contract) -> None:
    glob = clean / contract.name / "**" / "*.parquet"
    query = f"SELECT language, count(*) FROM read_parquet('{glob}', hive_partitioning=true) GROUP BY 1 ORDER BY 1"
    rows = duckdb.execute(query).fetchall()
    counts = name_tables(MIXED)[contract.name].group_by("language").len().sort("language")
    assert rows == counts.rows()


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_pyarrow_reads_partitions_with_the_key_of_the_folder(clean: Path, contract: Contract) -> None:
    dataset = ds.dataset(clean / contract.name, partitioning="hive")
    french = dataset.to_table(filter=ds.field("language") == "fr")
    assert french.num_rows == name_tables(MIXED)[contract.name].filter(pl.col("language") == "fr").height


def test_partition_key_is_also_a_column_of_the_files(clean: Path) -> None:
    for path in clean.rglob("*.parquet"):
        language = pq.ParquetFile(path).read(columns=["language"])["language"].unique().to_pylist()
        assert path.parent.name == f"language={language[0]}"


def test_files_are_compressed_with_zstd(clean: Path) -> None:
    codecs = {pq.ParquetFile(path).metadata.row_group(0).column(0).compression for path in clean.rglob("*.parquet")}
    assert codecs == {"ZSTD"}


def test_rows_are_sorted_by_document_and_index(clean: Path) -> None:
    read = pl.read_parquet(clean / "paragraphs" / "language=fr" / "*.parquet", hive_partitioning=False)
    keys = read.select("document_id", "paragraph_index").rows()
    assert keys == sorted(keys)


def test_nothing_but_parquet_lies_below_clean(clean: Path) -> None:
    assert {Path(name).suffix for name in list_files(clean)} == {".parquet"}


def count_rows(clean: Path, table: str) -> list[int]:
    return sorted(pq.ParquetFile(path).metadata.num_rows for path in (clean / table).rglob("*.parquet"))


def test_large_partition_is_split_into_full_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copydesk.partitions.MAX_FILE_ROWS", 8)
    clean = write(build_numbered(10), tmp_path)
    assert count_rows(clean, "removed") == [4, 8, 8]


def test_table_without_rows_still_has_its_columns(tmp_path: Path) -> None:
    clean = write(Tables(*(contract.make_empty() for contract in PUBLISHED)), tmp_path)
    for contract in PUBLISHED:
        read = pl.scan_parquet(clean / contract.name / "**" / "*.parquet").collect()
        assert (read.height, dict(read.schema)) == (0, contract.columns)


def test_null_language_is_refused(tmp_path: Path) -> None:
    unplaced = MIXED._replace(removed=MIXED.removed.with_columns(language=pl.lit(None, dtype=pl.String)))
    with pytest.raises(ContractError, match="language is null"):
        write(unplaced, tmp_path)


def test_files_with_nothing_that_leaves_are_linked(clean: Path, tmp_path: Path) -> None:
    new = write(build_numbered(1, "en", prefix="new-"), tmp_path, Former(clean), tag="two")
    links = {(path.parts[-3], path.parts[-2], path.stat().st_nlink) for path in new.rglob("*.parquet")}
    assert ("documents", "language=fr", 2) in links
    assert scan_clean(new, DOCUMENTS).collect().height == 6


def test_small_files_are_merged_so_that_few_remain(tmp_path: Path) -> None:
    clean = write(build_numbered(1, prefix="0-"), tmp_path / "0")
    for number in range(1, 33):
        tables = build_numbered(1, prefix=f"{number}-")
        clean = write(tables, tmp_path / str(number), Former(clean), tag=str(number))
    assert sum(count_rows(clean, "documents")) == 33
    assert len(count_rows(clean, "documents")) <= 6


def test_no_file_has_the_name_of_one_of_the_version_before(clean: Path, tmp_path: Path) -> None:
    new = write(build_numbered(1, "de", prefix="new-"), tmp_path, Former(clean), tag="two")
    assert set(list_files(new)).isdisjoint(list_files(clean))


def test_rows_of_sources_that_leave_are_gone_from_all_tables(clean: Path, tmp_path: Path) -> None:
    nothing = Tables(*(contract.make_empty() for contract in PUBLISHED))
    new = write(nothing, tmp_path, Former(clean, leaving=["00001.txt"]), tag="two")
    left = MIXED.documents.filter(pl.col("source_file") != "00001.txt")["document_id"]
    for contract in PUBLISHED:
        found = scan_clean(new, contract).collect()["document_id"].unique().sort()
        assert found.equals(left.sort())


def test_first_seen_time_is_carried_over_and_new_documents_get_their_own(clean: Path, tmp_path: Path) -> None:
    later = NOW + timedelta(days=1)
    edited = build_tables(build_document("00000.txt", now=later), build_document("new.txt", now=later))
    new = write(edited, tmp_path, Former(clean, leaving=["00000.txt"]), tag="two")
    seen = dict(scan_clean(new, DOCUMENTS).select("source_file", "ingested_at").collect().iter_rows())
    assert (seen["00000.txt"], seen["new.txt"]) == (NOW, later)


def test_record_that_moved_within_its_source_keeps_the_time_it_was_first_ingested(clean: Path, tmp_path: Path) -> None:
    edited = build_document("00000.txt", now=NOW + timedelta(days=1))
    moved = edited._replace(documents=edited.documents.with_columns(record_index=pl.lit(7, dtype=pl.Int64)))
    new = write(moved, tmp_path, Former(clean, leaving=["00000.txt"]), tag="two")
    seen = dict(scan_clean(new, DOCUMENTS).select("source_file", "ingested_at").collect().iter_rows())
    assert seen["00000.txt"] == NOW


def test_renamed_source_keeps_the_time_it_was_first_ingested(clean: Path, tmp_path: Path) -> None:
    moved = build_document("moved.txt", now=NOW + timedelta(days=1))
    former = Former(clean, leaving=["00000.txt"], renamed={"moved.txt": "00000.txt"})
    new = write(moved, tmp_path, former, tag="two")
    seen = dict(scan_clean(new, DOCUMENTS).select("source_file", "ingested_at").collect().iter_rows())
    assert seen["moved.txt"] == NOW


def test_file_of_an_older_copydesk_reads_with_null_for_a_column_it_lacks(tmp_path: Path) -> None:
    MIXED.documents.drop("white_space").write_parquet(tmp_path / "old.parquet")
    read = read_part(tmp_path / "old.parquet", DOCUMENTS)
    assert read["white_space"].null_count() == read.height
    assert dict(read.schema) == DOCUMENTS.columns


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_export_writes_a_row_a_line(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows.{ending}"
    export_table(MIXED.removed, path)
    scans = {"csv": pl.scan_csv(path), "jsonl": pl.scan_ndjson(path), "parquet": pl.scan_parquet(path)}
    read = scans[ending].collect()
    assert read.height == MIXED.removed.height


def test_export_refuses_an_ending_it_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match=r"should end in \.csv, \.jsonl, \.parquet"):
        export_table(MIXED.removed, tmp_path / "rows.xlsx")


def test_open_dataset_names_the_tables_there_are(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no table 'articles'; choose one of documents, paragraphs, removed"):
        open_dataset(tmp_path, "articles")


def test_open_dataset_says_when_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match=r"Nothing is published in .* Try: copydesk run"):
        open_dataset(tmp_path)
