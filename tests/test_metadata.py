"""Facts read from plain text."""

from datetime import UTC, datetime
from typing import Any

import pytest

from copydesk import Settings, clean
from copydesk.metadata.facts import find_site, split_names
from copydesk.metadata.times import format_time, read_time
from copydesk.noise.rules import load_rule_book
from copydesk.settings import MetadataSettings

BODY = (
    "Le conseil de l'île a voté lundi soir la fermeture du vieux port pour au moins deux ans.\n"
    "Ses membres en débattaient depuis des mois, et la plupart des pêcheurs s'y étaient opposés.\n"
)

TIMES = [
    pytest.param("2024-05-03 10:20:30", "fr", "2024-05-03T10:20:30", "second", id="iso"),
    pytest.param("2024-05-03T10:20:00+02:00", "en", "2024-05-03T10:20:00+02:00", "second", id="iso with zone"),
    pytest.param("3 mai 2024 à 10h20", "fr", "2024-05-03T10:20", "minute", id="French"),
    pytest.param("1er mai 2024", "fr", "2024-05-01", "day", id="French first"),
    pytest.param("May 3, 2024", "en", "2024-05-03", "day", id="English"),
    pytest.param("3. Mai 2024", "de", "2024-05-03", "day", id="German"),
    pytest.param("03.05.2024, 10:20", "de", "2024-05-03T10:20", "minute", id="German digits"),
    pytest.param("3 de mayo de 2024", "es", "2024-05-03", "day", id="Spanish"),
    pytest.param("03/05/2024", "fr", "2024-05-03", "day", id="day first by language"),
    pytest.param("13/05/2024", "en", "2024-05-13", "day", id="day first by number"),
]


@pytest.mark.parametrize(("text", "language", "iso", "precision"), TIMES)
def test_time_is_read(text: str, language: str, iso: str, precision: str) -> None:
    time = read_time(text, language, None)
    assert (format_time(time.at, time.offset_minutes, time.precision), time.precision) == (iso, precision)


@pytest.mark.parametrize(
    ("text", "language"),
    [("Hier à 18h00", "fr"), ("2 hours ago", "en"), ("05/06/2024", "en"), ("2024-13-45", "fr"), ("juin 2024", "fr")],
)
def test_time_that_the_words_leave_open_stays_unknown(text: str, language: str) -> None:
    assert read_time(text, language, None)[:3] == (None, None, "unknown")


def test_relative_time_is_read_from_the_reference_time() -> None:
    settings = Settings(metadata=MetadataSettings(reference_time=datetime(2024, 5, 4, 12, tzinfo=UTC)))
    assert clean(f"Hier à 18h00\n{BODY}", settings).published == "2024-05-03T18:00"


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("Publié le 3 mai 2024 à 10h20", "published", "2024-05-03T10:20"),
        ("Par Jeanne Exemple et Jean Modèle", "authors", ("Jeanne Exemple", "Jean Modèle")),
        ("ATS et AFP", "authors", ("ATS", "AFP")),
        ("Source : https://example.org/a/1", "source_url", "https://example.org/a/1"),
    ],
)
def test_fact_is_read_from_its_line(line: str, field: str, value: Any) -> None:
    assert getattr(clean(f"{line}\n{BODY}"), field) == value


def test_first_of_two_times_counts() -> None:
    assert clean(f"Publié le 3 mai 2024\n{BODY}Publié le 9 mai 2024").published == "2024-05-03"


def test_names_are_split_at_joiners_of_any_language() -> None:
    text = "Ann Lee, Bo Ek and Cy Fox und Di Gil / AFP"
    assert split_names(text, load_rule_book()) == ["Ann Lee", "Bo Ek", "Cy Fox", "Di Gil", "AFP"]


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
