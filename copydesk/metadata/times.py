"""Publication times: from words to an instant, or to nothing where the words leave it open."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from dateparser.data.languages_info import language_order
from dateparser.date import DateDataParser

Precision = Literal["second", "minute", "day", "unknown"]

_SECONDS: Final = re.compile(r"\d{1,2}:\d\d:\d\d")
_MINUTES: Final = re.compile(r"\d{1,2} ?[:h] ?\d\d|(?<![\d.])\d{1,2}\.\d\d(?![\d.])|\d ?[ap]\.?m")
_NUMERIC: Final = re.compile(r"(\d{1,2})/(\d{1,2})/\d{2,4}\b")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?$")
_MONTHS: Final = 12
# dateparser has no Norwegian as such.
_PARSER_LANGUAGES: Final = {"no": "nb"}


class PublishedTime(NamedTuple):
    """A time as a text states it.

    Attributes:
        at: the instant in UTC; None where the words leave it open. Without a stated zone, the words' time as if UTC.
        offset_minutes: the stated time zone; None where none is stated.
        precision: what the words give.
        text: the words; None where there are none.
    """

    at: datetime | None
    offset_minutes: int | None
    precision: Precision
    text: str | None


def read_time(text: str, language: str, reference_time: datetime | None) -> PublishedTime:
    """Read the time that `text` states, in `language` or English.

    A relative time ("yesterday") needs `reference_time`. A numeric date whose day and month could change places
    is read in the language's order; in English, where both orders are in use, it stays open.
    """
    when = None if _is_ambiguous(text, language) else _parse_time(text, language, reference_time)
    if when is None:
        return PublishedTime(None, None, "unknown", text)
    offset = when.utcoffset()
    minutes = None if offset is None else int(offset.total_seconds() // 60)
    at = when.replace(tzinfo=UTC) if offset is None else when.astimezone(UTC)
    precision = _find_precision(text)
    return PublishedTime(at.replace(hour=0, minute=0, second=0) if precision == "day" else at, minutes, precision, text)


def format_time(at: datetime | None, offset_minutes: int | None, precision: str) -> str | None:
    """Return the stated time in ISO 8601, no finer than `precision`, with the zone where one was stated."""
    if at is None:
        return None
    if precision == "day":
        return at.date().isoformat()
    local = at.replace(tzinfo=None) if offset_minutes is None else at.astimezone(_make_zone(offset_minutes))
    return local.isoformat(timespec="minutes" if precision == "minute" else "seconds")


def _make_zone(offset_minutes: int) -> timezone:
    return timezone(timedelta(minutes=offset_minutes))


def _find_precision(text: str) -> Precision:
    return "second" if _SECONDS.search(text) else "minute" if _MINUTES.search(text) else "day"


def _is_ambiguous(text: str, language: str) -> bool:
    numbers = _NUMERIC.search(text)
    return language in ("en", "und") and numbers is not None and int(numbers[1]) <= _MONTHS >= int(numbers[2])


def _parse_time(text: str, language: str, reference_time: datetime | None) -> datetime | None:
    if _ISO.match(text):
        try:
            return datetime.fromisoformat(re.sub(r" ?(?:UTC|GMT)$", "Z", text))
        except ValueError:
            return None
    parser = _get_parser(language, reference_time)
    parsed = parser.get_date_data(re.sub(r"(\d) ?h ?(\d\d)", r"\1:\2", text)).date_obj
    return parsed if isinstance(parsed, datetime) else None


@cache
def _get_parser(language: str, reference_time: datetime | None) -> DateDataParser:
    candidates = dict.fromkeys([_PARSER_LANGUAGES.get(language, language), "en"])
    languages = [candidate for candidate in candidates if candidate in language_order]
    settings: dict[str, Any] = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
    if reference_time:
        settings = {"PARSERS": ["relative-time", "absolute-time"], "RELATIVE_BASE": reference_time.replace(tzinfo=None)}
    return DateDataParser(languages=languages, settings=settings, use_given_order=True)
