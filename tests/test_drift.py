"""Is a delivery like the ones before: what is compared, and what the suite makes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl
import pytest

from copydesk.drift import (
    KEPT_DELIVERIES,
    MEASURES,
    MIN_DELIVERIES,
    MIN_DOCUMENTS,
    describe_delivery,
    describe_drift,
    extend_history,
    measure_drift,
    merge_deliveries,
)
from copydesk.labels import Label
from copydesk.schemas import HISTORY, TIME, History, Tables
from copydesk.validate import find_drift
from tests.tables_factory import BLOCKS, NOW, build_document, build_tables

EMPTY = ((Label.SHARE, "Partager"),)


def build_delivery(
    n_documents: int = MIN_DOCUMENTS,
    language: str = "fr",
    blocks: Sequence[tuple[Label, str]] = BLOCKS,
    site: str = "example.org",
    age: timedelta = timedelta(hours=1),
) -> Tables:
    documents = (build_document(f"{site}-{language}-{i}.txt", language, blocks) for i in range(n_documents))
    tables = build_tables(*documents)
    published = pl.lit(NOW - age, dtype=TIME)
    return tables._replace(documents=tables.documents.with_columns(site=pl.lit(site), published_at=published))


def describe(*parts: Tables, at: datetime = NOW) -> History:
    """What a delivery of new documents holds."""
    described = [describe_delivery(part, part.documents["source_file"].to_list(), at) for part in parts]
    return merge_deliveries(pl.concat([HISTORY.make_empty(), *described]).lazy(), at)


def remember(delivery: History, times: int = MIN_DELIVERIES) -> History:
    """A history of the same delivery, once a day."""
    history = HISTORY.make_empty()
    for day in range(1, times + 1):
        earlier = pl.col("delivered_at", "newest_at") - pl.duration(days=day)
        history = extend_history(history, delivery.with_columns(earlier))
    return history


USUAL = describe(build_delivery())


def find_moved(history: History, delivery: History) -> set[tuple[str, str, str]]:
    """Return measure, scope and name of all that passes a limit."""
    moved = set()
    for _, row in find_drift(measure_drift(history, delivery)):
        moved.add((next(name for name in MEASURES if row[name] is not None), row["scope"], row["name"]))
    return moved


def test_delivery_like_those_before_passes_every_limit() -> None:
    compared = measure_drift(remember(USUAL), USUAL)
    assert {name for name in MEASURES if compared[name].drop_nulls().len()} == set(MEASURES)
    assert find_drift(compared) == []


def test_first_delivery_is_compared_with_nothing() -> None:
    assert measure_drift(HISTORY.make_empty(), USUAL).is_empty()


def test_site_that_loses_its_paragraphs_is_named() -> None:
    good = build_delivery(site="good.org")
    history = remember(describe(good, build_delivery(site="bad.org")))
    moved = find_moved(history, describe(good, build_delivery(site="bad.org", blocks=EMPTY)))
    assert ("empty_change", "site", "bad.org") in moved
    assert ("empty_change", "site", "good.org") not in moved


def test_label_that_takes_over_is_named_with_its_site() -> None:
    blocks = ((Label.PARAGRAPH, "Il pleut."), *[(Label.NAVIGATION, f"Menu {i}") for i in range(9)])
    [row] = [
        row
        for _, row in find_drift(measure_drift(remember(USUAL), describe(build_delivery(blocks=blocks))))
        if (row["scope"], row["label"]) == ("site", "navigation")
    ]
    assert describe_drift(row) == "site example.org: 90% of the blocks are navigation, usually 0%"


def test_language_that_stays_away_is_named() -> None:
    history = remember(describe(build_delivery(), build_delivery(language="de")))
    assert ("mix_change", "language", "de") in find_moved(history, USUAL)


def test_far_fewer_documents_than_usual_are_noticed() -> None:
    history = remember(describe(build_delivery(20 * MIN_DOCUMENTS)))
    assert ("volume_ratio", "all", "") in find_moved(history, USUAL)


def test_site_that_delivers_nothing_any_more_is_noticed() -> None:
    history = remember(describe(build_delivery(), build_delivery(site="gone.org")))
    assert ("volume_ratio", "site", "gone.org") in find_moved(history, USUAL)


def test_volume_is_not_judged_by_few_deliveries() -> None:
    history = remember(describe(build_delivery(20 * MIN_DOCUMENTS)), times=MIN_DELIVERIES - 1)
    assert not any(measure == "volume_ratio" for measure, _, _ in find_moved(history, USUAL))


def test_stale_pages_are_noticed() -> None:
    assert ("age_growth_days", "all", "") in find_moved(
        remember(USUAL), describe(build_delivery(age=timedelta(days=30)))
    )


def test_documents_only_processed_again_count_neither_as_volume_nor_as_language_mix() -> None:
    again = describe_delivery(build_delivery(20 * MIN_DOCUMENTS, "de"), [], NOW)
    moved = find_moved(remember(USUAL), again)
    assert not any(measure in ("volume_ratio", "mix_change") for measure, _, _ in moved)


def test_shares_among_few_documents_are_not_judged() -> None:
    assert find_moved(remember(USUAL), describe(build_delivery(MIN_DOCUMENTS - 1, blocks=EMPTY))) == set()


def test_history_forgets_the_oldest_deliveries() -> None:
    history = remember(USUAL, times=KEPT_DELIVERIES + 3)
    assert history["delivered_at"].n_unique() == KEPT_DELIVERIES


def test_parts_of_a_delivery_are_added_up() -> None:
    part = describe(build_delivery())
    merged = merge_deliveries(pl.concat([part, part]).lazy(), NOW)
    assert merged["n_documents"].sum() == 2 * part["n_documents"].sum()
    assert merged.height == part.height


def test_parts_described_at_other_times_are_one_delivery() -> None:
    parts = [describe(build_delivery(), at=NOW - timedelta(hours=hours)) for hours in (0, 5)]
    assert merge_deliveries(pl.concat(parts).lazy(), NOW).height == parts[0].height


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_can_be_told_in_a_sentence(measure: str) -> None:
    row: dict[str, object] = dict.fromkeys(MEASURES) | {"scope": "all", "name": "", "label": "share"}
    sentence = describe_drift(row | {measure: 1.0, "usual": 0.5, "seen": 2.0})
    assert sentence.startswith("all pages: ")
