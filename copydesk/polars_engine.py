"""An engine that lets Great Expectations check polars tables: no copy to pandas, and no Python loop over rows.

Great Expectations 1.24 computes an expectation from named metrics, each with a provider for each engine. This engine is
its pandas engine with providers of its own for the metrics in `CONDITIONS`, read off columns in polars. They mean what
the pandas ones mean, so a suite needs no change; what has none here is computed in pandas, on a copy of the table.
Regexes are those of polars, which cannot backtrack, and `$` is the very end of the text.
`copydesk.validate` imports this module when it first checks a table, because it takes seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property, partial, reduce
from operator import and_, eq, ge, gt, le, lt, or_
from typing import Any, Final, NamedTuple

import polars as pl
from great_expectations.core.batch import BatchData
from great_expectations.core.metric_function_types import MetricFunctionTypes, MetricPartialFunctionTypes
from great_expectations.exceptions.exceptions import MetricProviderError
from great_expectations.execution_engine.pandas_batch_data import PandasBatchData
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.registry import get_metric_kwargs, register_core_metrics, register_metric
from great_expectations.expectations.row_conditions import (
    AndCondition,
    ComparisonCondition,
    NullityCondition,
    OrCondition,
    deserialize_row_condition,
)
from great_expectations.validator.metric_configuration import MetricConfiguration

_MAX_EXAMPLES: Final = 20
"""Values kept of the rows that break an expectation: messages show the first few."""

_MISSING_ALLOWED: Final = ("column_values.nonnull", "column_values.null")
_LEAVE_OUT: Final = {
    "both_values_are_missing": pl.all_horizontal,
    "all_values_are_missing": pl.all_horizontal,
    "either_value_is_missing": pl.any_horizontal,
    "any_value_is_missing": pl.any_horizontal,
}
"""By `ignore_row_if`: which rows an expectation is not about."""
_COMPARISONS: Final[Mapping[str, Callable[[pl.Expr, Any], pl.Expr]]] = {
    "==": eq,
    "!=": pl.Expr.ne_missing,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "IN": pl.Expr.is_in,
    "NOT_IN": lambda column, values: ~column.is_in(values).fill_null(value=False),
}
"""By the operator of a row condition. As in pandas, a null is equal to nothing and in no set."""


class PolarsBatch(PandasBatchData):
    """A polars table as a batch of data; `dataframe` is a copy in pandas, made when it is first asked for."""

    def __init__(self, execution_engine: PandasExecutionEngine | None, frame: pl.DataFrame) -> None:
        BatchData.__init__(self, execution_engine)
        self.frame = frame

    @cached_property
    def dataframe(self) -> Any:
        """The table as a pandas data frame."""
        return self.frame.to_pandas(use_pyarrow_extension_array=True)

    @cached_property
    def column_types(self) -> list[dict[str, Any]]:
        """The types as pandas names them, since that is what the suites are written in."""
        types = self.frame.clear().to_pandas(use_pyarrow_extension_array=True).dtypes
        return [{"name": name, "type": kind} for name, kind in types.items()]


class PolarsExecutionEngine(PandasExecutionEngine):
    """Computes metrics on the one `PolarsBatch` it was made for."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.batch = PolarsBatch(None, frame)
        super().__init__(batch_data_dict={"batch": self.batch})


class Unexpected(NamedTuple):
    """What a condition found: the rows that break it, by position in the table, and how many rows it looked at."""

    rows: pl.Series
    n_considered: int
    examples: list[Any]


class _PolarsMetric(MetricProvider):
    """Says what the metrics of this module depend on: all but the condition itself are read from what it found."""

    @classmethod
    def _get_evaluation_dependencies(cls, metric: MetricConfiguration, **_: Any) -> dict[str, MetricConfiguration]:  # type: ignore[override]
        condition, _dot, read = metric.metric_name.rpartition(".")
        if condition not in CONDITIONS or read == "condition":
            return {}
        wanted = {key: value for key, value in metric.metric_value_kwargs.items() if key != "result_format"}
        return {"found": MetricConfiguration(f"{condition}.condition", dict(metric.metric_domain_kwargs), wanted)}


def is_between(
    column: pl.Series, min_value: Any = None, max_value: Any = None, strict_min: bool = False, strict_max: bool = False
) -> pl.Series:
    """Tell which values lie between two bounds, of which one may be None; NaN lies nowhere.

    Raises:
        ValueError: there is no bound, or they are the wrong way round.
    """
    if min_value is None and max_value is None:
        raise ValueError("min_value and max_value cannot both be None")
    low, high = (_read_bound(bound, column.dtype) for bound in (min_value, max_value))
    if low is not None and high is not None and low > high:
        raise ValueError("min_value cannot be greater than max_value")
    tests = [column.is_not_nan()] if column.dtype.is_float() else []
    if low is not None:
        tests.append(column > low if strict_min else column >= low)
    if high is not None:
        tests.append(column < high if strict_max else column <= high)
    return reduce(and_, tests)


def _read_bound(bound: Any, dtype: pl.DataType) -> Any:
    return datetime.fromisoformat(bound) if isinstance(bound, str) and dtype == pl.Datetime else bound


def _is_pair_in(first: pl.Series, second: pl.Series, value_pairs_set: Sequence[Sequence[Any]]) -> pl.Series:
    partners: dict[Any, list[Any]] = {}
    for one, other in value_pairs_set:
        partners.setdefault(one, []).append(other)
    matches = [(first == one) & second.is_in(others) for one, others in partners.items()]
    return reduce(or_, matches, pl.repeat(False, len(first), eager=True))


def _is_greater(first: pl.Series, second: pl.Series, or_equal: bool | None = None) -> pl.Series:
    return first >= second if or_equal else first > second


def _has_length(column: pl.Series, **bounds: Any) -> pl.Series:
    return is_between(column.str.len_chars(), **bounds)


CONDITIONS: Final[Mapping[str, Callable[..., pl.Series]]] = {
    "column_values.nonnull": lambda column: column.is_not_null(),
    "column_values.null": lambda column: column.is_null(),
    "column_values.between": is_between,
    "column_values.in_set": lambda column, value_set: column.is_in(value_set),
    "column_values.match_regex": lambda column, regex: column.str.contains(regex),
    "column_values.not_match_regex": lambda column, regex: ~column.str.contains(regex),
    "column_values.value_length.between": _has_length,
    "column_values.unique": lambda column: ~column.is_duplicated(),
    "column_pair_values.equal": eq,
    "column_pair_values.a_greater_than_b": _is_greater,
    "column_pair_values.in_set": _is_pair_in,
    "compound_columns.unique": lambda *columns: ~pl.DataFrame(columns).is_duplicated(),
}
"""By metric: tells of the columns it concerns which rows are as expected. Null, which may come of a null where the
expectation does not leave such rows out, counts as unexpected."""


def _find_unexpected(
    condition: str,
    *,
    execution_engine: PolarsExecutionEngine,
    metric_domain_kwargs: Mapping[str, Any],
    metric_value_kwargs: Mapping[str, Any],
    **_: Any,
) -> Unexpected:
    frame, columns = execution_engine.batch.frame, _list_columns(metric_domain_kwargs)
    for name in columns:
        if name not in frame.columns:
            raise ValueError(f'The column "{name}" does not exist.')
    considered = _find_considered(frame, columns, condition, metric_domain_kwargs)
    domain = frame.select(columns)
    if considered is not None:
        domain = domain.filter(considered)
    expected = CONDITIONS[condition](*domain.get_columns(), **_drop_none(metric_value_kwargs))
    rows = (~expected.fill_null(value=False)).arg_true()
    examples = _list_examples(domain[rows.head(_MAX_EXAMPLES)])
    return Unexpected(rows if considered is None else considered.arg_true().gather(rows), domain.height, examples)


def _list_columns(domain: Mapping[str, Any]) -> list[str]:
    if "column_list" in domain:
        return list(domain["column_list"])
    return [domain[key] for key in ("column", "column_A", "column_B") if key in domain]


def _drop_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _list_examples(rows: pl.DataFrame) -> list[Any]:
    return rows.rows() if rows.width > 1 else rows.to_series().to_list()


def _find_considered(
    frame: pl.DataFrame, columns: Sequence[str], condition: str, domain: Mapping[str, Any]
) -> pl.Series | None:
    """Tell which rows an expectation is about; None: about all."""
    tests = [_read_row_condition(domain["row_condition"])] if domain.get("row_condition") else []
    leave_out = _LEAVE_OUT.get(domain.get("ignore_row_if", "any_value_is_missing"))
    if leave_out and condition not in _MISSING_ALLOWED and any(frame[name].has_nulls() for name in columns):
        tests.append(~leave_out(pl.col(columns).is_null()))
    return frame.select(reduce(and_, tests).fill_null(value=False)).to_series() if tests else None


def _read_row_condition(condition: Any) -> pl.Expr:
    """Turn the condition of an expectation on the rows it is about into an expression.

    Raises:
        ValueError: it is text, which only pandas can read.
    """
    match deserialize_row_condition(condition) if isinstance(condition, dict) else condition:
        case ComparisonCondition() as it:
            return _COMPARISONS[it.operator](pl.col(it.column.name), it.parameter)
        case NullityCondition() as it:
            return pl.col(it.column.name).is_null() if it.is_null else pl.col(it.column.name).is_not_null()
        case AndCondition() as it:
            return reduce(and_, map(_read_row_condition, it.conditions))
        case OrCondition() as it:
            return reduce(or_, map(_read_row_condition, it.conditions))
    raise ValueError(f"row_condition should be an object with a type, is {condition!r}.")


def _count_rows(execution_engine: PolarsExecutionEngine, metric_domain_kwargs: Mapping[str, Any], **_: Any) -> int:
    frame = execution_engine.batch.frame
    considered = _find_considered(frame, (), "table.row_count", metric_domain_kwargs)
    return frame.height if considered is None else int(considered.sum())


def _read_found(read: Callable[[Unexpected], Any], *, metrics: Mapping[str, Any], **_: Any) -> Any:
    return read(metrics["found"])


_READINGS: Final[Mapping[str, Callable[[Unexpected], Any]]] = {
    "unexpected_count": lambda found: len(found.rows),
    "unexpected_values": lambda found: found.examples,
    "unexpected_index_list": lambda found: found.rows.to_list(),
    "unexpected_index_query": lambda _: None,
    "filtered_row_count": lambda found: found.n_considered,
}
_OF_TABLES: Final[Mapping[str, Callable[..., Any]]] = {
    "table.columns": lambda execution_engine, **_: execution_engine.batch.frame.columns,
    "table.column_types": lambda execution_engine, **_: execution_engine.batch.column_types,
    "table.row_count": _count_rows,
}


def _register_metrics() -> None:
    register_core_metrics()
    for name, compute in _OF_TABLES.items():
        _register(name, compute, MetricFunctionTypes.VALUE)
    for condition in CONDITIONS:
        find = partial(_find_unexpected, condition)
        _register(f"{condition}.condition", find, MetricPartialFunctionTypes.MAP_CONDITION_SERIES)
        for suffix, read in _READINGS.items():
            with suppress(MetricProviderError):  # only those of several columns count the rows they looked at
                _register(f"{condition}.{suffix}", partial(_read_found, read), MetricFunctionTypes.VALUE)


def _register(name: str, provider: Callable[..., Any], kind: MetricFunctionTypes | MetricPartialFunctionTypes) -> None:
    known = get_metric_kwargs(name)
    register_metric(
        metric_name=name,
        metric_domain_keys=known["metric_domain_keys"],
        metric_value_keys=known["metric_value_keys"],
        execution_engine=PolarsExecutionEngine,
        metric_class=_PolarsMetric,
        metric_provider=provider,
        metric_fn_type=kind,
    )


_register_metrics()
