"""Checking tables against the expectation suites in `expectations/`, with Great Expectations.

Only this module and the engine it checks with, `copydesk.polars_engine`, know Great Expectations.

Each expectation's `meta` says `level`, `name` and `notes`. A row that breaks one of level "row" goes to quarantine and
the rest is published; a failed one of level "table", or one that raised, stops publication.
"""

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from copydesk.counts import count_kept
from copydesk.errors import ChecksFailedError, WrongUseError
from copydesk.invariants import check_tables
from copydesk.schemas import DOCUMENTS, PARAGRAPHS, PUBLISHED, QUARANTINE, REMOVED, TIME, Quarantine, Tables

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

DOCUMENT_QUARANTINED: Final = "document_quarantined"
MIN_DOCUMENTS_FOR_SHARE: Final = 20
"""A smaller batch may well hold nothing but index pages; its share of text kept says nothing about the pipeline."""

_SHOWN_CHARS: Final = 300
_YOUNG: Final = 1
"""The oldest generation of objects that is looked through: what a check left behind is younger."""
_EMPTY: Final = QUARANTINE.make_empty().drop("source_file", "found_at", "first_found_at", "times_found")
_SPAN = pl.col("char_end").cast(pl.Int64) - pl.col("char_start").cast(pl.Int64)
_TEXT = pl.col("text").cast(pl.String)
_VERBATIM = pl.coalesce(pl.col("text_verbatim").cast(pl.String), _TEXT)

# Below U+0300, and in most punctuation and currency signs, each character is composed already and stays as it is; to
# normalise the other texts only is several times as fast.
_DOUBTFUL: Final = pl.when(_TEXT.str.contains("[^\\x00-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]")).then(_TEXT)

MEASURES: Final[dict[str, dict[str, pl.Expr]]] = {
    DOCUMENTS.name: {
        "share_kept": pl.when(pl.len() >= MIN_DOCUMENTS_FOR_SHARE).then(
            pl.col("n_chars_kept").cast(pl.Float64) / pl.col("n_chars_raw").cast(pl.Float64)
        )
    },
    PARAGRAPHS.name: {
        "span_length": _SPAN,
        "verbatim_length": _VERBATIM.str.len_chars().cast(pl.Int64),
        "text_length": _TEXT.str.len_chars().cast(pl.Int64),
        "is_nfc": (_DOUBTFUL.str.normalize("NFC") == _DOUBTFUL).fill_null(_TEXT.is_not_null()),
    },
    REMOVED.name: {"span_length": _SPAN, "verbatim_length": _TEXT.str.len_chars().cast(pl.Int64)},
}
"""Columns added to a table only while it is checked, after its own: what an expectation cannot compute by itself."""


class Validation(NamedTuple):
    """The rows that passed and those that did not."""

    tables: Tables
    quarantine: Quarantine


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one expectation.

    Attributes:
        table: the table it was checked on.
        reason: the expectation's type and name, for example "expect_column_values_to_be_unique: id_is_unique".
        notes: what it demands, in a sentence.
        columns: the columns it looks at.
        rows: positions of the rows that broke it, where it concerns rows.
        problem: what was seen instead, or the exception it raised.
        passed: it held, within what it tolerates; then `rows` and `problem` are empty.
        stops: nothing may be published.
    """

    table: str
    reason: str
    notes: str
    columns: tuple[str, ...]
    rows: tuple[int, ...] = ()
    problem: str = ""
    passed: bool = False
    stops: bool = False


def load_checks() -> None:
    """Load Great Expectations, which takes seconds; the first check does where this is not called."""
    import_module("copydesk.polars_engine")


def validate_tables(tables: Tables, found_at: datetime) -> Validation:
    """Check the three tables of a batch against their suites and against each other.

    Rows that break a row-level expectation go to quarantine, one quarantine row for each expectation broken. With a
    document go its paragraphs and removed blocks, with the reason `document_quarantined`. `n_paragraphs` and
    `n_chars_kept` count what is left.

    Args:
        tables: the tables as assembled.
        found_at: the time to write into quarantine rows, with a time zone.

    Raises:
        ChecksFailedError: a table-level expectation or a check across tables failed, or an expectation raised.
        WrongUseError: the suites are missing.
    """
    failed = [
        outcome
        for contract, frame in zip(PUBLISHED, tables, strict=True)
        for outcome in check_table(contract.name, frame)
        if not outcome.passed
    ]
    _refuse_failures([outcome for outcome in failed if outcome.stops])
    kept, quarantine = _separate_rows(tables, failed, found_at)
    check_tables(kept, incomplete=quarantine["document_id"].drop_nulls().unique().to_list())
    return Validation(kept._replace(documents=count_kept(kept.documents, kept.paragraphs)), quarantine)


def check_table(name: str, frame: pl.DataFrame) -> list[Outcome]:
    """Check a table, with its measures, against the suite of its name.

    Raises:
        ChecksFailedError: the suite cannot be used.
        WrongUseError: the suites are missing.
    """
    path = find_expectations() / f"{name}.json"
    outcomes = [_read_result(name, result) for result in _run_suite(path, _add_measures(name, frame))]
    # Errors that Great Expectations caught on its way refer to the frames of all who called it, and so to their tables.
    gc.collect(_YOUNG)
    return outcomes


def find_drift(delivery: pl.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Check what `copydesk.drift.measure_drift` compared against the suite `delivery`.

    Returns:
        The notes of each limit that was passed, with the row that passed it.

    Raises:
        ChecksFailedError: the suite cannot be used, or an expectation raised.
        WrongUseError: the suites are missing.
    """
    failed = [outcome for outcome in check_table("delivery", delivery) if not outcome.passed]
    _refuse_failures([outcome for outcome in failed if not outcome.rows])
    return [(outcome.notes, delivery.row(row, named=True)) for outcome in failed for row in outcome.rows]


def find_expectations() -> Path:
    """Return the folder of the suites: inside the installed package, or beside it in a working copy.

    Raises:
        WrongUseError: there is none.
    """
    package = Path(__file__).parent
    for folder in (package / "expectations", package.parent / "expectations"):
        if folder.is_dir():
            return folder
    raise WrongUseError(f"The expectation suites are missing beside {package}. Install copydesk again.")


def _add_measures(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    try:
        return frame.with_columns(**MEASURES.get(name, {}))
    except pl.exceptions.PolarsError:  # a column is missing or of a wrong type: the suite says which
        return frame


def _run_suite(path: Path, frame: pl.DataFrame) -> "list[ExpectationValidationResult]":
    """Check every expectation; ask once more for the rows that break those that failed."""
    # These take seconds, and a run without changes never needs them.
    from great_expectations.exceptions.exceptions import GreatExpectationsError  # noqa: PLC0415
    from great_expectations.validator.validator import Validator  # noqa: PLC0415

    from copydesk.polars_engine import PolarsExecutionEngine  # noqa: PLC0415

    validator = Validator(execution_engine=PolarsExecutionEngine(frame))
    validator.metrics_calculator.show_progress_bars = False
    try:
        results = validator.graph_validate(_read_suite(path), {"result_format": "BOOLEAN_ONLY"})
        failed = [_get_config(result) for result in results if not result.success]
        # Without unexpected_index_column_names rows are told by position, which holds when a key is null or repeated.
        explained = validator.graph_validate(failed, {"result_format": "COMPLETE"}) if failed else []
    except (OSError, ValueError, TypeError, KeyError, GreatExpectationsError) as error:
        raise ChecksFailedError(
            f"The suite {path} cannot be used: {error}. Nothing was published. Correct the file."
        ) from error
    return [*(result for result in results if result.success), *explained]


def _read_suite(path: Path) -> "list[ExpectationConfiguration]":
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration  # noqa: PLC0415

    wanted = json.loads(path.read_text(encoding="utf-8"))["expectations"]
    return [ExpectationConfiguration(**expectation) for expectation in wanted]


def _get_config(result: "ExpectationValidationResult") -> "ExpectationConfiguration":
    assert result.expectation_config is not None
    return result.expectation_config


def _read_result(table: str, result: "ExpectationValidationResult") -> Outcome:
    config = _get_config(result)
    meta = config.meta or {}
    rows = tuple(result.result.get("unexpected_index_list") or ())
    exception = _find_exception(result.exception_info)
    return Outcome(
        table=table,
        reason=f"{config.type}: {meta['name']}" if "name" in meta else config.type,
        notes=meta.get("notes", ""),
        columns=tuple(config.kwargs[key] for key in ("column", "column_A", "column_B") if key in config.kwargs),
        rows=rows,
        problem=f"it raised: {exception}" if exception else _describe_observation(result.result),
        passed=bool(result.success) and exception is None,
        stops=meta.get("level") != "row" or exception is not None or not rows,
    )


def _find_exception(info: dict[str, Any] | None) -> str | None:
    """Return the message of what an expectation raised: the report is flat, or one for each metric."""
    reports = [info] if info and "raised_exception" in info else (info or {}).values()
    return next((str(report["exception_message"]) for report in reports if report["raised_exception"]), None)


def _describe_observation(result: dict[str, Any]) -> str:
    if "details" in result:
        return str(result["details"])
    if "observed_value" in result:
        return f"observed {result['observed_value']}"
    examples = result.get("partial_unexpected_list", [])[:3]
    return f"{result.get('unexpected_count')} of {result.get('element_count')} rows, for example {examples}"


def _refuse_failures(failed: Sequence[Outcome]) -> None:
    if not failed:
        return
    lines = [f"- table '{it.table}', {it.reason}: {it.notes} Seen: {it.problem[:_SHOWN_CHARS]}" for it in failed]
    raise ChecksFailedError(
        "The tables failed their checks; nothing was published and the former dataset is as it was.\n"
        + "\n".join(lines)
        + "\nLook at the sources behind these rows, or correct the expectation in expectations/<table>.json."
    )


def _separate_rows(tables: Tables, failed: Sequence[Outcome], found_at: datetime) -> tuple[Tables, Quarantine]:
    broken = [*failed, *_find_orphans(tables, failed)]
    frames = {contract.name: frame for contract, frame in zip(PUBLISHED, tables, strict=True)}
    kept = Tables(*(_drop_rows(frame, [it for it in broken if it.table == name]) for name, frame in frames.items()))
    described = [_describe_rows(frames[it.table], it) for it in broken if it.rows]
    sources = tables.documents.select("document_id", "source_file")
    quarantine = pl.concat([_EMPTY, *described]).join(sources, on="document_id", how="left", maintain_order="left")
    found = pl.lit(found_at, dtype=TIME)
    return kept, QUARANTINE.check(
        quarantine.with_columns(found_at=found, first_found_at=found, times_found=pl.lit(1, dtype=pl.Int64))
    )


def _find_orphans(tables: Tables, failed: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield the paragraphs and the removed blocks whose document is broken."""
    rows = sorted({row for it in failed if it.table == DOCUMENTS.name for row in it.rows})
    lost = tables.documents[rows]["document_id"].drop_nulls().to_list()
    for name, frame in ((PARAGRAPHS.name, tables.paragraphs), (REMOVED.name, tables.removed)):
        orphans = frame["document_id"].is_in(lost).fill_null(value=False).arg_true().to_list()
        yield Outcome(name, DOCUMENT_QUARANTINED, "Its document is in quarantine.", ("document_id",), tuple(orphans))


def _drop_rows(frame: pl.DataFrame, broken: Iterable[Outcome]) -> pl.DataFrame:
    positions = {row for it in broken for row in it.rows}
    return frame.filter(~pl.int_range(pl.len()).is_in(list(positions))) if positions else frame


def _describe_rows(frame: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """Return the quarantine rows of one expectation: which row broke it, and how."""
    seen = pl.struct(*outcome.columns).struct.json_encode()
    return _add_measures(outcome.table, frame[list(outcome.rows)]).select(
        "document_id",
        table=pl.lit(outcome.table),
        reason=pl.lit(outcome.reason),
        detail=pl.concat_str(pl.lit(f"{outcome.notes} Seen: "), seen.str.head(_SHOWN_CHARS)),
        row=pl.struct(pl.exclude(*MEASURES[outcome.table])).struct.json_encode(),
    )
