from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from copydesk.errors import ContractError, WrongUseError
from copydesk.schemas import DOCUMENTS, PUBLISHED, REMOVED, Contract, Tables
from copydesk.tables import (
    carry_first_seen,
    open_dataset,
    read_table,
    read_tables,
    write_partitions,
    write_table,
    write_tables,
)
from tests.tables_factory import NOW, build_document, build_numbered, build_tables

MIXED = build_tables(build_numbered(3, "fr"), build_numbered(2, "en", prefix="en-"))


def name_tables(tables: Tables) -> dict[str, pl.LazyFrame]:
    return {contract.name: frame.lazy() for contract, frame in zip(PUBLISHED, tables, strict=True)}


def list_files(clean: Path) -> list[str]:
    return sorted(str(path.relative_to(clean)) for path in clean.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clean = tmp_path_factory.mktemp("tables") / "clean"
    write_partitions(name_tables(MIXED), clean)
    return clean


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
    written = name_tables(MIXED)[contract.name].collect()
    assert read.schema == written.schema
    assert read.sort(contract.key).equals(written.sort(contract.key))


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_duckdb_reads_partitions_with_the_key_of_the_folder(clean: Path, contract: Contract) -> None:
    glob = clean / contract.name / "**" / "*.parquet"
    query = f"SELECT language, count(*) FROM read_parquet('{glob}', hive_partitioning=true) GROUP BY 1 ORDER BY 1"
    rows = duckdb.execute(query).fetchall()
    counts = name_tables(MIXED)[contract.name].group_by("language").len().sort("language").collect()
    assert rows == counts.rows()


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_pyarrow_reads_partitions_with_the_key_of_the_folder(clean: Path, contract: Contract) -> None:
    dataset = ds.dataset(clean / contract.name, partitioning="hive")
    french = dataset.to_table(filter=ds.field("language") == "fr")
    assert french.num_rows == name_tables(MIXED)[contract.name].filter(pl.col("language") == "fr").collect().height


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


def test_equal_rows_give_equal_files_whatever_their_order(clean: Path, tmp_path: Path) -> None:
    shuffled = Tables(*(frame.sample(fraction=1, shuffle=True, seed=7) for frame in MIXED))
    write_partitions(name_tables(shuffled), tmp_path)
    assert list_files(tmp_path) == list_files(clean)
    assert all((tmp_path / name).read_bytes() == (clean / name).read_bytes() for name in list_files(clean))


def test_large_partition_is_split_into_even_files(tmp_path: Path) -> None:
    removed = build_document().removed.head(1).select(pl.all().repeat_by(260_000).explode())
    many = REMOVED.check(removed.with_columns(block_index=pl.int_range(pl.len())))
    write_partitions(name_tables(build_document()) | {"removed": many.lazy()}, tmp_path)
    sizes = [pq.ParquetFile(path).metadata.num_rows for path in (tmp_path / "removed").rglob("*.parquet")]
    assert sizes == [130_000, 130_000]


def test_table_without_rows_still_has_its_columns(tmp_path: Path) -> None:
    tables: Mapping[str, pl.LazyFrame] = {contract.name: contract.make_empty().lazy() for contract in PUBLISHED}
    written = write_partitions(tables, tmp_path)
    assert written.rows == {"documents": 0, "paragraphs": 0, "removed": 0}
    for contract in PUBLISHED:
        read = pl.scan_parquet(tmp_path / contract.name / "**" / "*.parquet").collect()
        assert dict(read.schema) == contract.columns


def test_null_language_is_refused(tmp_path: Path) -> None:
    tables = name_tables(MIXED)
    tables["removed"] = tables["removed"].with_columns(language=pl.lit(None, dtype=pl.String))
    with pytest.raises(ContractError, match="language is null"):
        write_partitions(tables, tmp_path)


def test_unchanged_files_are_linked_and_changed_ones_written(clean: Path, tmp_path: Path) -> None:
    more = build_tables(MIXED, build_numbered(1, "en", prefix="new-"))
    written = write_partitions(name_tables(more), tmp_path, former=clean)
    assert (written.files_linked, written.files_written) == (3, 3)
    links = {name.split("/")[1]: (tmp_path / name).stat().st_nlink for name in list_files(tmp_path)}
    assert links == {"language=en": 1, "language=fr": 2}


def test_first_seen_time_is_carried_over_and_new_documents_get_their_own(clean: Path) -> None:
    later = NOW + timedelta(days=1)
    documents = build_tables(build_numbered(3, now=later), build_numbered(1, now=later, prefix="new-")).documents
    carried = carry_first_seen(documents.lazy(), clean).collect()
    assert carried["ingested_at"].to_list() == [NOW, NOW, NOW, later]
    assert carried["processed_at"].unique().to_list() == [later]
    assert DOCUMENTS.check(carried).columns == documents.columns


def test_open_dataset_names_the_tables_there_are(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no table 'articles'; choose one of documents, paragraphs, removed"):
        open_dataset(tmp_path, "articles")


def test_open_dataset_says_when_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match=r"Nothing is published in .* Try: copydesk run"):
        open_dataset(tmp_path)
