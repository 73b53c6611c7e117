"""Facts that a record states beside its text win over those read from the text."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaning import make_frame
from copydesk.language import detect_languages
from copydesk.metadata.dates import NO_TIME, FactTime
from copydesk.metadata.stated import choose_published, choose_title, clean_authors, read_stated_time
from copydesk.metadata.times import format_time
from copydesk.noise.rules import load_rule_book
from copydesk.pipeline import assemble_tables, label_blocks
from copydesk.settings import Settings

VOCABULARY = load_rule_book().vocabulary
PAGE = (
    "Island council closes old harbour\nBy Jane Example\nPublished May 3, 2024 at 10:20\n"
    "The council of the island voted late on Monday to close the old harbour for at least two years.\n"
    "Its members had debated the plan for months, and most of the fishermen had spoken against the closure.\n"
)
FETCHED = datetime(2024, 5, 4, 12, tzinfo=UTC)


def settle(text: str, **stated: Any) -> dict[str, Any]:
    """Return the document of one text whose record states these columns."""
    frame = make_frame([text])
    columns = (pl.Series(name, [value], dtype=frame.schema[name]) for name, value in stated.items())
    frame = frame.with_columns(*columns)
    settings = Settings()
    languages = detect_languages(frame, settings.language)
    tables = assemble_tables(frame, languages, label_blocks(frame, languages, settings), settings, FETCHED)
    return tables.documents.row(0, named=True)


@pytest.mark.parametrize(
    ("stated", "iso", "precision"),
    [
        ("2024-05-03", "2024-05-03", "day"),
        ("2024-05-03T00:00:00Z", "2024-05-03", "day"),
        ("2024-05-03T10:20+02:00", "2024-05-03T10:20+02:00", "minute"),
        ("2024-05-03 10:20:30", "2024-05-03T10:20:30", "second"),
        ("2024-05-03T10:20:30.123Z", "2024-05-03T10:20:30+00:00", "second"),
        ("1714731630", "2024-05-03T10:20:30+00:00", "second"),
        ("1714731630000", "2024-05-03T10:20:30+00:00", "second"),
        ("Fri, 03 May 2024 10:20:30 GMT", "2024-05-03T10:20:30+00:00", "second"),
        ("3. Mai 2024", "2024-05-03", "day"),
    ],
)
def test_stated_time_is_read_with_its_precision(stated: str, iso: str, precision: str) -> None:
    time = read_stated_time(stated, "de", None, None)
    assert time is not None
    assert (format_time(time.at, time.offset_minutes, time.precision), time.precision) == (iso, precision)
    assert time.text == stated


@pytest.mark.parametrize(
    "stated", [None, "", "soon", "2024-02-31", "0001-01-01", "1970-01-01T00:00:00Z", "2999-01-01", "0", "05/06/2024"]
)
def test_stated_time_that_is_none_is_refused(stated: str | None) -> None:
    assert read_stated_time(stated, "en", None, None) is None


def test_stated_time_after_the_page_was_fetched_is_refused() -> None:
    assert read_stated_time("2024-05-09", "en", None, FETCHED) is None


@given(st.datetimes(datetime(1971, 1, 1), datetime(2090, 12, 31)), st.integers(-12, 14))
def test_stated_iso_time_is_the_same_instant(time: datetime, hours: int) -> None:
    stated = time.replace(second=time.second or 1, microsecond=0, tzinfo=UTC).astimezone(
        tz=datetime.fromisoformat(f"2024-01-01T00:00:00{hours:+03d}:00").tzinfo
    )
    read = read_stated_time(stated.isoformat(), "en", None, None)
    assert read is not None
    assert (read.at, read.offset_minutes) == (stated, hours * 60)


@given(st.text(max_size=40))
def test_no_stated_time_breaks_the_reading(stated: str) -> None:
    time = read_stated_time(stated, "en", None, FETCHED)
    assert time is None or (time.at is not None and time.at <= FETCHED + timedelta(days=1))


def test_finer_time_of_the_same_day_in_the_text_is_kept() -> None:
    at = datetime(2024, 5, 3, 10, 20, tzinfo=UTC)
    read, stated = FactTime(at, None, "minute", "May 3"), FactTime(at.replace(hour=0, minute=0), None, "day", "x")
    assert choose_published(stated, read) == read
    assert choose_published(stated, NO_TIME) == stated


def test_stated_title_wins() -> None:
    assert choose_title("Harbour closed for two years", "Island council closes old harbour") == (
        "Harbour closed for two years"
    )


def test_name_of_the_site_behind_a_stated_title_is_left_out() -> None:
    assert choose_title("Harbour closed | Example Times", "Harbour closed") == "Harbour closed"


@pytest.mark.parametrize("stated", [None, "", " - ", "x" * 400])
def test_title_of_the_text_counts_where_the_stated_one_is_none(stated: str | None) -> None:
    assert choose_title(stated, "Harbour closed") == "Harbour closed"


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        (["Jane Example"], ["Jane Example"]),
        (["By Jane Example and John Model"], ["Jane Example", "John Model"]),
        (["Jane Example", "jane example", "Jane Example"], ["Jane Example", "jane example"]),
        (["https://example.org/people/jane", "jane@example.org"], []),
        (["The Example Times"], ["The Example Times"]),
        (["AFP", ""], ["AFP"]),
    ],
)
def test_stated_authors_are_names_each_once(stated: list[str], names: list[str]) -> None:
    assert clean_authors(stated, VOCABULARY) == names


def test_facts_of_the_record_are_published_instead_of_those_of_the_text() -> None:
    document = settle(
        PAGE,
        stated_title="Harbour closed",
        stated_authors=["John Model"],
        stated_published="2024-05-02T08:00:00+00:00",
        stated_url="https://www.example.co.uk/a?utm_source=x#top",
    )
    assert (document["title"], document["authors"]) == ("Harbour closed", ["John Model"])
    assert (document["published_at"], document["published_text"]) == (
        datetime(2024, 5, 2, 8, tzinfo=UTC),
        "2024-05-02T08:00:00+00:00",
    )
    assert (document["source_url"], document["site"]) == ("https://www.example.co.uk/a", "example.co.uk")


def test_facts_of_the_text_are_published_where_the_record_states_nothing() -> None:
    document = settle(PAGE)
    assert (document["title"], document["authors"]) == ("Island council closes old harbour", ["Jane Example"])
    assert document["published_at"] == datetime(2024, 5, 3, 10, 20, tzinfo=UTC)


def test_relative_time_refers_to_when_the_page_was_fetched() -> None:
    document = settle(PAGE.replace("Published May 3, 2024 at 10:20", "Yesterday at 18:00"), fetched_at=FETCHED)
    assert (document["published_at"], document["published_text"]) == (
        datetime(2024, 5, 3, 18, tzinfo=UTC),
        "Yesterday at 18:00",
    )
