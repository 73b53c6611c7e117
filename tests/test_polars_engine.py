"""The engine means what Great Expectations' own pandas engine means, which is the reference here."""

import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.validator import Validator
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from copydesk.polars_engine import PolarsExecutionEngine
from copydesk.schemas import PUBLISHED
from copydesk.validate import _add_measures, _read_suite, find_expectations
from tests.tables_factory import build_document, build_tables
from tests.test_validate import FAULTS

SCHEMA = {
    "word": pl.String(),
    "other": pl.String(),
    "count": pl.Int64(),
    "limit": pl.Int64(),
    "share": pl.Float64(),
    "time": pl.Datetime("us", "UTC"),
}
WORDS = st.none() | st.text("ab é\x1f\u2029", max_size=3) | st.sampled_from(["a", "b", "ab"])
NUMBERS = st.none() | st.integers(-2, 3)
SHARES = st.none() | st.sampled_from([0.0, 0.5, 1.0, 1.5, -0.5])
TIMES = st.none() | st.sampled_from([datetime(year, 1, 1, tzinfo=UTC) for year in (1700, 1800, 1999)])
ROWS = st.lists(st.tuples(WORDS, WORDS, NUMBERS, NUMBERS, SHARES, TIMES), max_size=6)

ONLY_A = {"type": "comparison", "column": {"name": "word"}, "operator": "==", "parameter": "a"}
NOT_A = ONLY_A | {"operator": "!="}
COUNTED = {"type": "nullity", "column": {"name": "count"}, "is_null": False}
PAIR = {"column_A": "count", "column_B": "limit"}


def expect(kind: str, **wanted: Any) -> ExpectationConfiguration:
    return ExpectationConfiguration(type=f"expect_{kind}", kwargs=wanted)


EXPECTATIONS = [
    expect("column_values_to_not_be_null", column="word"),
    expect("column_values_to_be_null", column="count", row_condition=ONLY_A),
    expect("column_values_to_not_be_null", column="count", row_condition=NOT_A),
    expect("column_values_to_be_between", column="count", min_value=0),
    expect("column_values_to_be_between", column="count", max_value=2, strict_max=True, row_condition=ONLY_A),
    expect("column_values_to_be_between", column="count", min_value=0, max_value=2, strict_min=True),
    expect("column_values_to_be_between", column="share", min_value=0, max_value=1, mostly=0.5),
    expect("column_values_to_be_between", column="time", min_value="1800-01-01T00:00:00+00:00"),
    expect("column_values_to_be_in_set", column="word", value_set=["a", "b"]),
    expect("column_values_to_be_in_set", column="word", value_set=["a"], row_condition=COUNTED),
    expect("column_values_to_match_regex", column="word", regex="^[ab]+$"),
    expect("column_values_to_not_match_regex", column="word", regex="^ | $|[\x1f\u2029]"),
    expect("column_value_lengths_to_be_between", column="word", min_value=1, max_value=2),
    expect("column_values_to_be_unique", column="word"),
    expect("column_values_to_be_unique", column="word", row_condition=COUNTED),
    expect("column_pair_values_to_be_equal", **PAIR, ignore_row_if="either_value_is_missing"),
    expect("column_pair_values_a_to_be_greater_than_b", **PAIR, ignore_row_if="either_value_is_missing"),
    expect("column_pair_values_a_to_be_greater_than_b", **PAIR, or_equal=True, ignore_row_if="either_value_is_missing"),
    expect("column_pair_values_to_be_in_set", column_A="word", column_B="other", value_pairs_set=[["a", "b"]],
           ignore_row_if="either_value_is_missing"),
    expect("compound_columns_to_be_unique", column_list=["word", "other"]),
    expect("compound_columns_to_be_unique", column_list=["word", "count"], ignore_row_if="any_value_is_missing"),
    expect("compound_columns_to_be_unique", column_list=["word", "count"], ignore_row_if="never"),
    expect("column_values_to_be_of_type", column="count", type_="int"),
    expect("column_values_to_be_of_type", column="count", type_="str"),
    expect("table_columns_to_match_ordered_list", column_list=[*SCHEMA]),
    expect("table_row_count_to_be_between", min_value=1, max_value=3),
    expect("column_mean_to_be_between", column="count", min_value=0),
]  # fmt: skip


def check_in_polars(frame: pl.DataFrame, expectations: Sequence[ExpectationConfiguration]) -> list[Any]:
    return _summarise(PolarsExecutionEngine(frame), expectations)


def check_in_pandas(frame: pl.DataFrame, expectations: Sequence[ExpectationConfiguration]) -> list[Any]:
    batch = {"batch": frame.to_pandas(use_pyarrow_extension_array=True)}
    return _summarise(PandasExecutionEngine(batch_data_dict=batch), expectations)


def _summarise(engine: PandasExecutionEngine, expectations: Sequence[ExpectationConfiguration]) -> list[Any]:
    validator = Validator(execution_engine=engine)
    validator.metrics_calculator.show_progress_bars = False
    read = ("element_count", "missing_count", "unexpected_count", "unexpected_index_list", "observed_value")
    return [
        (result.expectation_config, result.success, {key: result.result.get(key) for key in read})
        for result in validator.graph_validate(list(expectations), {"result_format": "COMPLETE"})
    ]


# The reference is slow: to find a smaller example would take minutes.
@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(ROWS)
def test_expectation_finds_what_it_finds_in_pandas(rows: list[tuple[Any, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    for found, wanted in zip(check_in_polars(frame, EXPECTATIONS), check_in_pandas(frame, EXPECTATIONS), strict=True):
        assert found == wanted


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.name)
def test_suite_finds_in_broken_tables_what_it_finds_in_pandas(contract: Any) -> None:
    broken = build_tables(build_document("good.txt"), *(fault.plant() for fault in FAULTS))
    frame = _add_measures(contract.name, getattr(broken, contract.name))
    suite = _read_suite(find_expectations() / f"{contract.name}.json")
    found = check_in_polars(frame, suite)
    assert any(not success for _, success, _ in found)
    assert found == check_in_pandas(frame, suite)


def test_pattern_ends_where_the_text_ends() -> None:
    """In pandas, `$` lets a line feed follow."""
    frame = pl.DataFrame({"word": ["ab", "ab\n"]})
    ((_, _, seen),) = check_in_polars(frame, [expect("column_values_to_match_regex", column="word", regex="^[ab]+$")])
    assert seen["unexpected_index_list"] == [1]


def test_expectation_without_a_polars_rule_sees_the_table() -> None:
    frame = pl.DataFrame({"word": ["1", "x"]})
    ((_, success, seen),) = check_in_polars(frame, [expect("column_values_to_be_json_parseable", column="word")])
    assert (success, seen["unexpected_index_list"]) == (False, [1])


def test_checking_a_suite_leaves_the_table_out_of_pandas() -> None:
    frame = _add_measures("removed", build_document().removed)
    engine = PolarsExecutionEngine(frame)
    _summarise(engine, _read_suite(find_expectations() / "removed.json"))
    assert "dataframe" not in vars(engine.batch)


def test_row_condition_in_words_for_pandas_raises() -> None:
    words = {"type": "pass_through", "pass_through_filter": "a > 1"}
    expectation = expect("column_values_to_not_be_null", column="a", row_condition=words)
    ((_, success, _),) = check_in_polars(pl.DataFrame({"a": [1, 2]}), [expectation])
    assert not success


def test_characters_taken_as_composed_are() -> None:
    """Any text of them: none changes alone, and none joins the one before it."""
    certain = [*range(0x300), *range(0x2010, 0x2028), *range(0x2030, 0x205F), *range(0x20A0, 0x20C0)]
    assert max(certain) < sys.maxunicode
    for letter in map(chr, certain):
        assert unicodedata.is_normalized("NFC", letter)
        assert unicodedata.combining(letter) == 0


def test_text_that_is_not_composed_is_found_among_others() -> None:
    texts = ["plain", "“été” – 5 €", "e\u0301te\u0301", "été \u2126", None]
    frame = pl.DataFrame({name: pl.Series(texts, dtype=pl.String) for name in ("text", "text_verbatim")})
    measured = _add_measures("paragraphs", frame.with_columns(char_start=0, char_end=1))
    assert measured["is_nfc"].to_list() == [True, True, False, False, False]
