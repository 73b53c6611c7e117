import gc
import json
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from langdetect import detector_factory

import copydesk.validate
from copydesk.errors import ChecksFailedError, WrongUseError
from copydesk.invariants import check_tables
from copydesk.labels import CONTENT_LABELS, METADATA_LABELS, NOISE_LABELS, ROLE_OF, Label
from copydesk.schemas import PARAGRAPHS, PUBLISHED, QUARANTINE, Contract, Tables
from copydesk.validate import MEASURES, Validation, check_table, find_expectations, validate_tables
from tests.tables_factory import NOW, build_document, build_numbered, build_tables, make_id

# Great Expectations imports two modules that Python has deprecated.

MUCH_LATER = datetime(2500, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(1066, 10, 14, tzinfo=UTC)
GOOD = "good.txt"


class Fault(NamedTuple):
    """A value that breaks one expectation, in the first row of a table of a document of its own."""

    table: str
    column: str
    value: Any
    expectation: str

    def __str__(self) -> str:
        return f"{self.table}-{self.expectation}-{self.value!r:.20}"

    def plant(self) -> Tables:
        tables = build_document(str(self))
        first = pl.int_range(pl.len()) == 0
        frame: pl.DataFrame = getattr(tables, self.table)
        value = pl.lit(self.value, dtype=frame.schema[self.column])
        planted = frame.with_columns(pl.when(first).then(value).otherwise(self.column).alias(self.column))
        return tables._replace(**{self.table: planted})


FAULTS = [
    Fault("documents", "source_file", None, "source_file_is_stated"),
    Fault("documents", "record_index", -1, "record_index_counts_from_0"),
    Fault("documents", "source_hash", "abc", "source_hash_is_sha256"),
    Fault("documents", "format", "pdf", "format_is_known"),
    Fault("documents", "repairs", None, "repairs_is_stated"),
    Fault("documents", "encoding", "", "encoding_is_a_name"),
    Fault("documents", "title", "", "title_has_a_sane_length"),
    Fault("documents", "title", "Un\x07titre", "title_has_no_control_characters"),
    Fault("documents", "source_url", "ftp://example.org/a", "source_url_is_a_web_address"),
    Fault("documents", "site", "example.org/news", "site_is_a_domain_or_a_name"),
    Fault("documents", "published_at", LONG_AGO, "published_at_is_plausible"),
    Fault("documents", "published_at", NOW, "unknown_time_is_null"),
    Fault("documents", "published_precision", "day", "known_time_is_stated"),
    Fault("documents", "published_precision", "century", "published_precision_is_known"),
    Fault("documents", "published_offset_minutes", 2000, "published_offset_is_a_time_zone"),
    Fault("documents", "published_text", "", "published_text_has_a_sane_length"),
    Fault("documents", "language", "xx", "language_is_known"),
    Fault("documents", "language", None, "language_is_stated"),
    Fault("documents", "language_confidence", 1.5, "language_confidence_is_a_share"),
    Fault("documents", "n_chars_raw", 0, "document_has_text"),
    Fault("documents", "n_chars_kept", 9999, "kept_is_part_of_raw"),
    Fault("documents", "n_paragraphs", 9999, "kept_fills_the_paragraphs"),
    Fault("documents", "white_space", " x ", "white_space_is_white"),
    Fault("documents", "white_space", None, "white_space_is_stated"),
    Fault("documents", "ingested_at", MUCH_LATER, "ingested_before_processed"),
    Fault("paragraphs", "paragraph_id", "1", "paragraph_id_is_a_digest"),
    Fault("paragraphs", "paragraph_id", None, "paragraph_id_is_stated"),
    Fault("paragraphs", "paragraph_index", -1, "paragraph_index_counts_from_0"),
    Fault("paragraphs", "label", "share", "label_is_of_content"),
    Fault("paragraphs", "text", "", "text_has_a_sane_length"),
    Fault("paragraphs", "text", "a" * 100_001, "text_has_a_sane_length"),
    Fault("paragraphs", "text", "*** — …", "text_has_a_letter_or_digit"),
    Fault("paragraphs", "text", "Il pleut\x1b.", "text_has_no_control_characters"),
    Fault("paragraphs", "text", "Il pleut\x85ici.", "text_has_no_control_characters"),
    Fault("paragraphs", "text", "Il pleut\u2029ici.", "text_has_no_control_characters"),
    Fault("paragraphs", "text", " Il pleut.", "text_is_single_spaced"),
    Fault("paragraphs", "text", "Il  pleut.", "text_is_single_spaced"),
    Fault("paragraphs", "text", "Il pleut\u00a0!", "text_is_single_spaced"),
    Fault("paragraphs", "text", "e\u0301te\u0301", "text_is_composed"),
    Fault("paragraphs", "char_start", -3, "char_start_counts_from_0"),
    Fault("paragraphs", "char_start", 900, "offsets_in_order"),
    Fault("paragraphs", "char_end", 900, "offsets_span_the_text"),
    Fault("paragraphs", "char_end", None, "char_end_is_stated"),
    Fault("paragraphs", "n_chars", 1, "n_chars_counts_the_text"),
    Fault("paragraphs", "n_words", 0, "paragraph_has_a_word"),
    Fault("paragraphs", "paragraph_language", "french", "paragraph_language_is_known"),
    Fault("removed", "role", "noise", "label_belongs_to_role"),
    Fault("removed", "label", "paragraph", "label_belongs_to_role"),
    Fault("removed", "char_end", 900, "offsets_span_the_text"),
    Fault("removed", "char_start", 900, "offsets_in_order"),
    Fault("removed", "reason", "", "reason_is_an_id"),
    Fault("removed", "score", -0.5, "score_is_a_share"),
    Fault("removed", "score", None, "score_is_stated"),
]
"""Every row-level check at least of another kind or column; all are planted in one batch, to check it once."""


def load_suite(name: str) -> list[dict[str, Any]]:
    suite = json.loads((find_expectations() / f"{name}.json").read_text(encoding="utf-8"))
    expectations: list[dict[str, Any]] = suite["expectations"]
    return expectations


def find_kwargs(table: str, name: str) -> dict[str, Any]:
    (found,) = (it["kwargs"] for it in load_suite(table) if it["meta"]["name"] == name)
    kwargs: dict[str, Any] = found
    return kwargs


def add_expectation(folder: Path, monkeypatch: pytest.MonkeyPatch, table: str, **expectation: Any) -> None:
    """Make the checks use suites of which the one of `table` holds one expectation more."""
    for contract in PUBLISHED:
        expectations = load_suite(contract.name) + [expectation] * (contract.name == table)
        suite = {"name": contract.name, "expectations": expectations}
        (folder / f"{contract.name}.json").write_text(json.dumps(suite), encoding="utf-8")
    monkeypatch.setattr(copydesk.validate, "find_expectations", lambda: folder)


@pytest.fixture(scope="module")
def faulty() -> Validation:
    """A batch with one good document and one for each fault, validated."""
    return validate_tables(build_tables(build_document(GOOD), *(fault.plant() for fault in FAULTS)), NOW)


@pytest.fixture(scope="module")
def healthy() -> Tables:
    return build_numbered(3)


def test_valid_tables_pass_unchanged(healthy: Tables) -> None:
    validation = validate_tables(healthy, NOW)
    assert all(passed.equals(frame) for passed, frame in zip(validation.tables, healthy, strict=True))
    assert validation.quarantine.height == 0


def test_document_without_paragraphs_is_legal() -> None:
    validation = validate_tables(build_document(blocks=[(Label.SHARE, "Partager")]), NOW)
    assert [frame.height for frame in validation.tables] == [1, 0, 1]


def test_document_without_removed_blocks_is_legal() -> None:
    validation = validate_tables(build_document(blocks=[(Label.PARAGRAPH, "Il pleut.")]), NOW)
    assert [frame.height for frame in validation.tables] == [1, 1, 0]


def test_batch_without_documents_is_legal() -> None:
    validation = validate_tables(Tables(*(contract.make_empty() for contract in PUBLISHED)), NOW)
    assert [frame.height for frame in validation.tables] == [0, 0, 0]


def test_text_in_any_script_has_letters() -> None:
    texts = ["北京下雨了。", "يهطل المطر", "Ὅμηρος", "7", "ᄒ"]
    paragraphs = build_document(blocks=[(Label.PARAGRAPH, text) for text in texts]).paragraphs
    assert [it.reason for it in check_table("paragraphs", paragraphs) if not it.passed] == []


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_row_that_breaks_an_expectation_goes_to_quarantine_with_its_name(faulty: Validation, fault: Fault) -> None:
    planted = getattr(fault.plant(), fault.table).head(1)
    rows = faulty.quarantine.filter(
        pl.col("table") == fault.table,
        pl.col("document_id").eq_missing(planted["document_id"].item()),
        pl.col("reason").str.ends_with(f": {fault.expectation}"),
    )
    assert rows.height == 1
    assert json.loads(rows["row"].item())[fault.column] == json.loads(planted.write_json())[0][fault.column]
    assert '. Seen: {"' in rows["detail"].item()
    assert rows["found_at"].item() == NOW


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_row_in_quarantine_is_not_published_and_its_neighbours_are(faulty: Validation, fault: Fault) -> None:
    document_id = make_id(str(fault))
    counts = [frame.filter(pl.col("document_id") == document_id).height for frame in faulty.tables]
    expected = {"documents": [0, 0, 0], "paragraphs": [1, 1, 2], "removed": [1, 2, 1]}
    assert counts == expected[fault.table]


def test_document_without_faults_passes_beside_faulty_ones(faulty: Validation) -> None:
    document_id = make_id(GOOD)
    assert [frame.filter(pl.col("document_id") == document_id).height for frame in faulty.tables] == [1, 2, 2]
    assert document_id not in faulty.quarantine["document_id"]


def test_quarantine_rows_name_the_source_file(faulty: Validation) -> None:
    fault = next(fault for fault in FAULTS if fault.table == "removed")
    rows = faulty.quarantine.filter(pl.col("document_id") == make_id(str(fault)))
    assert rows["source_file"].unique().to_list() == [str(fault)]
    assert QUARANTINE.check(faulty.quarantine).height > len(FAULTS)


def test_rows_of_a_document_in_quarantine_follow_it(faulty: Validation) -> None:
    document_id = make_id(str(next(fault for fault in FAULTS if fault.table == "documents" and fault.value)))
    followers = faulty.quarantine.filter(
        pl.col("document_id") == document_id, pl.col("reason") == "document_quarantined"
    )
    assert followers["table"].to_list() == ["paragraphs", "paragraphs", "removed", "removed"]


def test_documents_count_the_paragraphs_that_are_left(faulty: Validation) -> None:
    fault = next(fault for fault in FAULTS if fault.expectation == "paragraph_id_is_a_digest")
    document = faulty.tables.documents.filter(pl.col("document_id") == make_id(str(fault)))
    assert document.select("n_paragraphs", "n_chars_kept").row(0) == (1, len("Lefleuveamontéde2mètres."))


def plant_duplicate(table: str) -> Tables:
    tables = build_numbered(2)
    frame: pl.DataFrame = getattr(tables, table)
    return tables._replace(**{table: pl.concat([frame, frame.head(1)])})


@pytest.mark.parametrize(
    ("table", "expectation"),
    [
        ("documents", "document_id_is_unique"),
        ("paragraphs", "paragraph_id_is_unique"),
        ("removed", "block_indices_stand_once"),
    ],
)
def test_repeated_key_stops_publication(table: str, expectation: str) -> None:
    assert expectation in find_stops(table, getattr(plant_duplicate(table), table))


def test_failed_check_is_named_with_its_table_and_what_was_seen() -> None:
    with pytest.raises(ChecksFailedError) as caught:
        validate_tables(plant_duplicate("documents"), NOW)
    message = str(caught.value)
    assert "nothing was published and the former dataset is as it was" in message
    assert "table 'documents', expect_column_values_to_be_unique: document_id_is_unique" in message
    assert f"2 of 3 rows, for example ['{make_id('00000.txt')}'" in message


@pytest.mark.parametrize("table", ["documents", "paragraphs", "removed"])
def test_row_that_cannot_be_traced_stops_publication(healthy: Tables, table: str) -> None:
    untraced = getattr(healthy, table).with_columns(document_id=pl.lit(None, dtype=pl.String))
    assert "document_id_is_stated" in find_stops(table, untraced)


def find_stops(table: str, frame: pl.DataFrame) -> str:
    return "\n".join(f"{it.reason} {it.problem}" for it in check_table(table, frame) if it.stops and not it.passed)


def test_missing_column_stops_publication(healthy: Tables) -> None:
    assert "columns_as_agreed" in find_stops("paragraphs", healthy.paragraphs.drop("text"))


def test_columns_in_another_order_stop_publication(healthy: Tables) -> None:
    shuffled = healthy.removed.select(reversed(healthy.removed.columns))
    assert "columns_as_agreed" in find_stops("removed", shuffled)


def test_column_of_a_wrong_type_stops_publication(healthy: Tables) -> None:
    wrong = healthy.removed.with_columns(char_start=pl.col("char_start").cast(pl.String))
    stops = find_stops("removed", wrong)
    assert "char_start_has_its_type" in stops
    assert "observed str" in stops


def test_large_batch_that_keeps_next_to_no_text_stops_publication() -> None:
    bare = build_numbered(20).documents.with_columns(n_chars_kept=pl.lit(0, dtype=pl.Int64))
    assert "most_documents_keep_text" in find_stops("documents", bare)


def test_small_batch_may_keep_no_text() -> None:
    bare = build_numbered(19).documents.with_columns(n_chars_kept=pl.lit(0, dtype=pl.Int64))
    assert find_stops("documents", bare) == ""


def test_expectation_that_raises_stops_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, healthy: Tables
) -> None:
    add_expectation(
        tmp_path, monkeypatch, "removed",
        type="expect_column_values_to_not_be_null", kwargs={"column": "nowhere"},
        meta={"level": "row", "name": "ghost"},
    )  # fmt: skip
    with pytest.raises(ChecksFailedError, match=r'ghost: .*it raised: .*"nowhere".* does not exist'):
        validate_tables(healthy, NOW)


def test_rows_that_an_expectation_tolerates_are_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, healthy: Tables
) -> None:
    add_expectation(
        tmp_path, monkeypatch, "removed",
        type="expect_column_values_to_be_in_set", meta={"level": "row", "name": "mostly_titles"},
        kwargs={"column": "label", "value_set": ["title"], "mostly": 0.5},
    )  # fmt: skip
    validation = validate_tables(healthy, NOW)
    assert validation.quarantine.height == 0
    assert validation.tables.removed.height == healthy.removed.height


def test_unknown_expectation_names_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, healthy: Tables) -> None:
    add_expectation(tmp_path, monkeypatch, "removed", type="expect_miracles", kwargs={}, meta={})
    with pytest.raises(ChecksFailedError, match=r"removed\.json cannot be used: .*expect_miracles"):
        check_table("removed", healthy.removed)


def test_missing_suites_are_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copydesk.validate, "__file__", str(tmp_path / "copydesk" / "validate.py"))
    with pytest.raises(WrongUseError, match="suites are missing"):
        find_expectations()


def test_suites_inside_the_package_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("expectations", "copydesk/expectations"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(copydesk.validate, "__file__", str(tmp_path / "copydesk" / "validate.py"))
    assert find_expectations() == tmp_path / "copydesk" / "expectations"


def test_checked_tables_do_not_stay_in_memory() -> None:
    tables = build_numbered(3)
    paragraphs = weakref.ref(tables.paragraphs)
    gc.disable()
    try:
        validate_tables(tables, NOW)
        del tables
        assert paragraphs() is None
    finally:
        gc.enable()


def test_checking_needs_no_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, healthy: Tables) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    assert validate_tables(healthy, NOW).tables.paragraphs.height == healthy.paragraphs.height


def test_threads_may_validate_at_the_same_time() -> None:
    good, bad = build_document(), FAULTS[-1].plant()
    with ThreadPoolExecutor(2) as pool:
        heights = pool.map(lambda removed: sum(map(len, (it.rows for it in check_table("removed", removed)))),
                           [good.removed, bad.removed, good.removed])  # fmt: skip
    assert list(heights) == [0, 1, 0]


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_suite_names_the_columns_of_the_contract(contract: Contract) -> None:
    named = find_kwargs(contract.name, "columns_as_agreed")["column_list"]
    assert named == [*contract.columns, *MEASURES[contract.name]]


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_suite_gives_each_column_the_type_of_the_contract(contract: Contract) -> None:
    words = {pl.String: "str", pl.Int64: "int", pl.Float64: "float", pl.Datetime: "datetime", pl.List: "list"}
    stated = {
        it["kwargs"]["column"]: it["kwargs"]["type_"]
        for it in load_suite(contract.name)
        if it["type"] == "expect_column_values_to_be_of_type"
    }
    assert stated == {name: words[wanted.base_type()] for name, wanted in contract.columns.items()}


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_each_expectation_has_a_level_a_name_of_its_own_and_notes(contract: Contract) -> None:
    metas = [it["meta"] for it in load_suite(contract.name)]
    assert {meta["level"] for meta in metas} == {"row", "table"}
    assert len({meta["name"] for meta in metas}) == len(metas)
    assert all(meta["notes"].endswith(".") for meta in metas)


def test_suites_list_the_labels_there_are() -> None:
    pairs = find_kwargs("removed", "label_belongs_to_role")["value_pairs_set"]
    assert pairs == [[ROLE_OF[label], label] for label in METADATA_LABELS + NOISE_LABELS]
    assert find_kwargs("paragraphs", "label_is_of_content")["value_set"] == list(CONTENT_LABELS)


def test_suites_list_the_same_languages_and_all_the_detector_can_give() -> None:
    columns = [(contract.name, "language") for contract in PUBLISHED] + [(PARAGRAPHS.name, "paragraph_language")]
    lists = [find_kwargs(table, f"{column}_is_known")["value_set"] for table, column in columns]
    assert all(one == lists[0] for one in lists)
    profiles = Path(detector_factory.PROFILES_DIRECTORY).iterdir()
    detectable = {path.name.partition("-")[0] for path in profiles if not path.name.startswith("_")}
    assert len(detectable) > 50
    assert set(lists[0]) >= detectable | {"und"}


def test_tables_that_fit_together_pass(healthy: Tables) -> None:
    check_tables(healthy, incomplete=())


def test_paragraph_without_its_document_stops_publication(healthy: Tables) -> None:
    with pytest.raises(ChecksFailedError, match="paragraphs_belong_to_documents"):
        check_tables(healthy._replace(documents=healthy.documents.head(1)), incomplete=())


def test_block_in_another_language_than_its_document_stops_publication(healthy: Tables) -> None:
    moved = healthy.removed.with_columns(language=pl.lit("de"))
    with pytest.raises(ChecksFailedError, match="removed_belong_to_documents in 3 documents"):
        check_tables(healthy._replace(removed=moved), incomplete=())


def test_blocks_that_overlap_stop_publication(healthy: Tables) -> None:
    longer = healthy.removed.with_columns(char_end=pl.col("char_end") + 2)
    with pytest.raises(ChecksFailedError, match="blocks_follow_each_other"):
        check_tables(healthy._replace(removed=longer), incomplete=())


def test_block_in_two_tables_stops_publication(healthy: Tables) -> None:
    twice = healthy.removed.with_columns(block_index=pl.col("block_index") + 1)
    with pytest.raises(ChecksFailedError, match="blocks_follow_each_other"):
        check_tables(healthy._replace(removed=twice), incomplete=())


def test_paragraphs_out_of_order_stop_publication(healthy: Tables) -> None:
    turned = healthy.paragraphs.with_columns(paragraph_index=1 - pl.col("paragraph_index"))
    with pytest.raises(ChecksFailedError, match="paragraphs_follow_each_other"):
        check_tables(healthy._replace(paragraphs=turned), incomplete=())


def test_wrong_count_of_paragraphs_stops_publication(healthy: Tables) -> None:
    wrong = healthy.documents.with_columns(n_paragraphs=pl.col("n_paragraphs") + 1)
    with pytest.raises(ChecksFailedError, match="documents_count_their_paragraphs"):
        check_tables(healthy._replace(documents=wrong), incomplete=())


def test_lost_block_stops_publication(healthy: Tables) -> None:
    with pytest.raises(ChecksFailedError, match="every_character_is_published_once in 1 documents"):
        check_tables(healthy._replace(removed=healthy.removed.head(-1)), incomplete=())


def test_lost_white_space_stops_publication(healthy: Tables) -> None:
    shorter = healthy.documents.with_columns(white_space=pl.lit("\n\n"))
    with pytest.raises(ChecksFailedError, match="every_character_is_published_once in 3 documents"):
        check_tables(healthy._replace(documents=shorter), incomplete=())
