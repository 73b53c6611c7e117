"""Facts read from plain text."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import CleanDocument, Settings, clean
from copydesk.metadata.addresses import canonicalise_url, find_site
from copydesk.metadata.authors import find_names
from copydesk.metadata.times import find_times, format_time
from copydesk.noise.name_lines import is_name, is_name_line, split_names
from copydesk.noise.rules import load_rule_book
from copydesk.settings import MetadataSettings

BODY = (
    "Le conseil de l'île a voté lundi soir la fermeture du vieux port pour au moins deux ans.\n"
    "Ses membres en débattaient depuis des mois, et la plupart des pêcheurs s'y étaient opposés.\n"
)
ENGLISH_BODY = (
    "The council of the island voted late on Monday to close the old harbour for at least two years.\n"
    "Its members had debated the plan for months, and most of the fishermen had spoken against the closure.\n"
)
TITLE = "Island council closes old harbour"

TIMES = [
    pytest.param("2024-05-03 10:20:30", "fr", "2024-05-03T10:20:30", "second", id="iso"),
    pytest.param("2024-05-03T10:20:00+02:00", "en", "2024-05-03T10:20:00+02:00", "second", id="iso with zone"),
    pytest.param("3 mai 2024 à 10h20", "fr", "2024-05-03T10:20", "minute", id="French"),
    pytest.param("1er mai 2024", "fr", "2024-05-01", "day", id="French first"),
    pytest.param("May 3, 2024", "en", "2024-05-03", "day", id="English"),
    pytest.param("Published Jan. 5, 2026 at 10:20 p.m. EST", "en", "2026-01-05T22:20-05:00", "minute", id="US zone"),
    pytest.param("11:20 AM May 3, 2024", "en", "2024-05-03T11:20", "minute", id="clock in front"),
    pytest.param("3. Mai 2024", "de", "2024-05-03", "day", id="German"),
    pytest.param("03.05.2024, 10:20", "de", "2024-05-03T10:20", "minute", id="German digits"),
    pytest.param("5. Januar 202618:58 Uhr", "de", "2026-01-05T18:58", "minute", id="clock glued to the year"),
    pytest.param("3 de mayo de 2024", "es", "2024-05-03", "day", id="Spanish"),
    pytest.param("4 febbraio 2025 alle 13.41", "it", "2025-02-04T13:41", "minute", id="Italian"),
    pytest.param("3 мая 2024, 10:20", "ru", "2024-05-03T10:20", "minute", id="Russian"),
    pytest.param("2025年1月13日 午後3時20分", "ja", "2025-01-13T15:20", "minute", id="Japanese"),
    pytest.param("2024년 5월 3일", "ko", "2024-05-03", "day", id="Korean"),
    pytest.param("3 tháng 5, 2024", "vi", "2024-05-03", "day", id="Vietnamese"),
    pytest.param("2024. május 3. 10:20", "hu", "2024-05-03T10:20", "minute", id="Hungarian"),
    pytest.param("٣ مايو ٢٠٢٤", "ar", "2024-05-03", "day", id="Arabic figures"),
    pytest.param("13/05/2024", "en", "2024-05-13", "day", id="day first by number"),
    pytest.param("05/13/2024", "en", "2024-05-13", "day", id="month first by number"),
    pytest.param("05/05/2024", "en", "2024-05-05", "day", id="same in either order"),
]


def read_first(text: str, language: str, month_first: bool | None = None) -> tuple[str | None, str]:
    time = next(find_times(text, language, month_first))
    return format_time(time.at, time.offset_minutes, time.precision), time.precision


@pytest.mark.parametrize(("text", "language", "iso", "precision"), TIMES)
def test_time_is_read(text: str, language: str, iso: str, precision: str) -> None:
    assert read_first(text, language) == (iso, precision)


def test_numeric_date_that_reads_both_ways_stays_open() -> None:
    assert read_first("05/06/2024", "en") == (None, "unknown")


@pytest.mark.parametrize(("month_first", "iso"), [(True, "2024-05-06"), (False, "2024-06-05")])
def test_order_of_day_and_month_is_taken_where_it_is_known(month_first: bool, iso: str) -> None:
    assert read_first("05/06/2024", "en", month_first) == (iso, "day")


@pytest.mark.parametrize(
    "text", ["2024-13-45", "juin 2024", "1.100.2024", "20240503", "le 31/02/2024", "3-2", "version 1.2.3"]
)
def test_figures_that_are_no_date_are_left_alone(text: str) -> None:
    assert list(find_times(text, "fr", month_first=False)) == []


@given(
    st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%B %d, %Y", "%d %b %Y"])
)
def test_date_is_read_back_from_any_spelling(day: date, spelling: str) -> None:
    assert read_first(day.strftime(spelling), "en") == (day.isoformat(), "day")


@given(st.text(max_size=60))
def test_time_lies_inside_its_text(text: str) -> None:
    assert all(0 <= time.start < time.end <= len(text) for time in find_times(text, "en"))


def test_relative_time_without_a_reference_time_keeps_its_words() -> None:
    assert clean(f"Hier à 18h00\n{BODY}").published is None


def test_relative_time_is_read_from_the_reference_time() -> None:
    settings = Settings(metadata=MetadataSettings(reference_time=datetime(2024, 5, 4, 12, tzinfo=UTC)))
    assert clean(f"Hier à 18h00\n{BODY}", settings).published == "2024-05-03T18:00"


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("Publié le 3 mai 2024 à 10h20", "published", "2024-05-03T10:20"),
        ("Publié le 3 mai 2024 à 10h20, mis à jour le 4 mai 2024", "updated", "2024-05-04"),
        ("Publié le 3 mai 2024 à 10h20, modifié à 11h08", "updated", "2024-05-03T11:08"),
        ("Par Jeanne Exemple et Jean Modèle", "authors", ("Jeanne Exemple", "Jean Modèle")),
        ("ATS et AFP", "authors", ("ATS", "AFP")),
        ("Source : https://example.org/a/1?utm_source=rss", "source_url", "https://example.org/a/1"),
    ],
)
def test_fact_is_read_from_its_line(line: str, field: str, value: Any) -> None:
    assert getattr(clean(f"{line}\n{BODY}"), field) == value


def clean_header(*lines: str, after: str = "") -> CleanDocument:
    return clean("\n".join([TITLE, *lines, ENGLISH_BODY + after]))


def test_date_of_the_last_change_alone_is_no_date_of_publication() -> None:
    document = clean_header("Updated: May 3, 2024")
    assert (document.published, document.updated) == (None, "2024-05-03")


def test_named_date_of_publication_counts_before_a_bare_one() -> None:
    assert clean_header("May 9, 2024", "Published: May 3, 2024").published == "2024-05-03"


def test_dates_of_teasers_that_disagree_date_nothing() -> None:
    teasers = "\n".join(f"A headline of another page stands here\nMay {day}, 2024" for day in (1, 2, 3))
    assert clean_header(after=teasers).published is None


def test_first_of_two_times_counts() -> None:
    assert clean(f"Publié le 3 mai 2024\n{BODY}Publié le 9 mai 2024").published == "2024-05-03"


def test_name_below_the_title_is_an_author() -> None:
    document = clean_header("Jane Example")
    assert document.authors == ("Jane Example",)
    assert ("Jane Example", "byline") in [(block.text, block.label) for block in document.removed]


def test_name_that_the_text_speaks_of_is_no_author() -> None:
    mention = "Nobody had asked Jane Example for her opinion of the plan before."
    assert clean_header("Jane Example", after=mention).authors == ()


def test_names_are_split_at_joiners_of_any_language() -> None:
    text = "Ann Lee, Bo Ek and Cy Fox und Di Gil / AFP"
    assert split_names(text, load_rule_book().vocabulary) == ["Ann Lee", "Bo Ek", "Cy Fox", "Di Gil", "AFP"]


@pytest.mark.parametrize(
    "text", ["Jane Example | Staff writer", "Jane Example Journaliste", "Jane Example, Redakteurin"]
)
def test_role_of_an_author_is_no_part_of_the_name(text: str) -> None:
    assert split_names(text, load_rule_book().vocabulary) == ["Jane Example"]


@pytest.mark.parametrize("name", ["Jane Example", "L. P.", "Jan van der Voorbeeld", "JÖRG MUSTER", "Иван Примеров"])
def test_name_is_told_by_its_shape(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("line", ["Jane Example | Published May 3, 2024", "Comment by Jane Example - May 3, 2024"])
def test_name_before_a_date_is_an_author(line: str) -> None:
    assert list(find_names(line, "en", load_rule_book().vocabulary)) == ["Jane Example"]


@pytest.mark.parametrize("text", ["Jane", "the old harbour", "Copy URL", "Five Ways To Cook An Egg", "What Now Jane?"])
def test_line_that_is_no_name_is_told_by_its_shape(text: str) -> None:
    assert not is_name_line(text, load_rule_book().vocabulary)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.org:443/A/b?utm_source=x&id=1#top", "https://example.org/A/b?id=1"),
        ("http://example.org/a?id=58&b=", "http://example.org/a?id=58&b="),
        ("https://example.org/a.", "https://example.org/a"),
        ("ftp://example.org/a", None),
        ("https://localhost/a", None),
        ("https://example.org:port/a", None),
    ],
)
def test_address_is_made_canonical(url: str, canonical: str | None) -> None:
    assert canonicalise_url(url) == canonical


@given(st.from_regex(r"https?://[a-z]{1,9}\.example/[a-z/]{0,9}(\?[a-z]=[a-z%&=]{0,9})?(#[a-z]{0,5})?", fullmatch=True))
def test_canonical_address_stays_as_it_is(url: str) -> None:
    once = canonicalise_url(url)
    assert once is not None
    assert canonicalise_url(once) == once


def test_address_alone_counts_if_its_words_are_the_texts() -> None:
    assert clean_header(after="https://example.org/news/island-council-closes-old-harbour").source_url
    assert clean_header(after="https://example.org/shop/winter-jackets-sale").source_url is None


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.news.example.co.uk/a?b=c", "example.co.uk"),
        ("http://example.fr", "example.fr"),
        ("http://1.2.3.4/a", None),
    ],
)
def test_site_is_the_registered_domain(url: str, site: str | None) -> None:
    assert find_site(url) == site
