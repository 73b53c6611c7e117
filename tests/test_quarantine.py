"""What stays in quarantine from run to run, and what leaves it."""

from datetime import timedelta

import polars as pl

from copydesk.quarantine import count_reasons, update_quarantine
from copydesk.schemas import QUARANTINE, Quarantine
from tests.tables_factory import NOW

LATER = NOW + timedelta(days=1)
NONE = QUARANTINE.make_empty()


def set_aside(*names: str, reason: str = "empty", at: object = NOW, document_id: str | None = None) -> Quarantine:
    row = {"reason": reason, "document_id": document_id, "found_at": at, "first_found_at": at, "times_found": 1}
    return pl.DataFrame([{"source_file": name} | row for name in names], schema=dict(QUARANTINE.columns))


def test_what_was_not_tried_again_stays_as_it_was() -> None:
    former = set_aside("a.txt")
    assert update_quarantine(former, NONE, ["b.txt"]).equals(former)


def test_source_that_was_mended_leaves() -> None:
    assert update_quarantine(set_aside("a.txt"), NONE, ["a.txt"]).is_empty()


def test_source_that_is_still_bad_remembers_since_when_and_how_often() -> None:
    rows = update_quarantine(set_aside("a.txt"), set_aside("a.txt", at=LATER), ["a.txt"])
    rows = update_quarantine(rows, set_aside("a.txt", at=LATER), ["a.txt"])
    assert rows.select("found_at", "first_found_at", "times_found").row(0) == (LATER, NOW, 3)


def test_source_that_is_bad_for_another_reason_starts_anew() -> None:
    rows = update_quarantine(set_aside("a.txt"), set_aside("a.txt", reason="binary", at=LATER), ["a.txt"])
    assert rows.select("reason", "first_found_at", "times_found").row(0) == ("binary", LATER, 1)


def test_rows_of_one_document_with_one_reason_stay_as_many() -> None:
    twice = set_aside("a.txt", "a.txt", document_id="1")
    rows = update_quarantine(twice, twice, ["a.txt"])
    assert rows["times_found"].to_list() == [2, 2]


def test_reasons_are_counted_most_frequent_first() -> None:
    rows = pl.concat([set_aside("a.txt", "b.txt"), set_aside("c.txt", reason="binary")])
    assert count_reasons(rows).select("reason", "sources", "rows").rows() == [("empty", 2, 2), ("binary", 1, 1)]
