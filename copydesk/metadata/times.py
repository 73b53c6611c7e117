"""Times as pages write them: finding them in a text, and ISO 8601 for what was found.

Names of months come from the language tables of dateparser, which takes them from Unicode CLDR.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final, Literal, NamedTuple

from dateparser.data.languages_info import language_order
from dateparser.date import DateDataParser

Precision = Literal["second", "minute", "day", "unknown"]

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONG_DAY: Final = 5
# dateparser has no Norwegian as such.
_TABLES: Final = {"no": "nb"}
_LANGUAGES: Final = (
    *("en", "fr", "de", "es", "it", "pt", "nl", "pl", "ru", "uk", "ar", "cs", "da", "el", "fi", "hi", "hu", "id"),
    *("ro", "nb", "sv", "tr", "vi", "is", "ca", "bg", "hr", "sr", "sk", "sl", "lt", "lv", "et", "he", "fa", "bn", "zu"),
)

_WORD: Final = r"[^\s\d.,:;/()|_–—-]{2,14}"
_YEAR: Final = r"(?:19|20)\d\d"
_DATE: Final = re.compile(
    rf"""(?<![\d/])(?<!\d[.,-])(?:
    (?P<y1>{_YEAR})(?:-|/|\.\ ?|年\ ?|년\ ?)(?P<m1>\d{{1,2}})(?:-|/|\.\ ?|月\ ?|월\ ?)(?P<d1>\d{{1,2}})(?:日|일)?
    |(?P<d2>\d{{1,2}})(?P<sign>[./-])\ ?(?P<m2>\d{{1,2}})(?P=sign)\ ?(?P<y2>{_YEAR}|\d\d)
    |(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|η)?[.,]?[\s-]{{0,2}}(?:de\ |of\ |d['’])?(?P<m3>{_WORD})\.?,?[\s-]{{0,2}}
        (?:de\ |del\ |του\ )?(?P<y3>{_YEAR})
    |(?P<m4>{_WORD})\.?[\s-]{{1,2}}(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s?|\s)(?P<y4>{_YEAR})
    |(?P<y5>{_YEAR})\.?\ (?P<m5>{_WORD})\.?\ (?P<d5>\d{{1,2}})\.?
    |(?P<d6>\d{{1,2}})\ (?:tháng|thg)\ (?P<m6>\d{{1,2}}),?\ (?:năm\ )?(?P<y6>{_YEAR})
    )(?=\D|$|\d{{1,2}}[:.]\d\d|\d{{1,2}}(?:[–-]\d{{1,2}})?\ ?min)""",
    re.VERBOSE | re.IGNORECASE,
)
DATE_LIKE: Final = r"(?:19|20)\d\d|\d[./-] ?\d{1,2}[./-] ?\d\d"
"""What every date holds, once its digits are ASCII; quick to look for."""
_DATE_LIKE: Final = re.compile(DATE_LIKE)
_CLOCK: Final = (
    r"(?:(?P<early>午前|上午|오전)|(?P<late>午後|下午|오후))?\s?(?P<hour>\d{1,2})(?:[:.]|\s?[hH時时点시]\s?)(?P<minute>\d\d)(?!\d|\.\d)"
    r"(?::(?P<second>\d\d)(?:[.,]\d+)?)?分?"
    r"(?:\s?(?P<half>[apAP])\.?\s?[mM]\b\.?)?(?:\s?(?:[uU]hr|hs?|hrs|WIB)\b)?"
    r"(?:\s?\(?(?P<zone>[A-Z]{1,4})(?![^\W\d_])\)?)?(?:\s?(?P<offset>[+-]\d\d:?\d\d)(?!\d))?"
)
_GAP: Final = r"[\s,;|@•·–—()T-]{0,4}(?:[^\W\d_]{1,5}\.?\s){0,2}?"
_CLOCK_BEHIND: Final = re.compile(_GAP + _CLOCK)
_CLOCK_IN_FRONT: Final = re.compile(rf"(?<![\d:]){_CLOCK}[\s,;|•·–—-]{{1,4}}(?:[^\W\d_]{{2,10}}\.?,?\s){{0,2}}$")
_CLOCK_ALONE: Final = re.compile(_CLOCK)
_FRONT_CHARS: Final = 40
# A date starts at most so many characters before the part of it that is like one.
_BEFORE_YEAR: Final = 40
# One for each language and time of fetching; pages of a crawl seldom share the latter.
_PARSERS: Final = 64

# Abbreviations that mean one zone wherever they are used, as minutes east of UTC. IST, CST and BST mean several.
_ZONES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("CET", "MEZ", "WEST"), 60),
    **dict.fromkeys(("CEST", "MESZ", "EET", "SAST"), 120),
    **dict.fromkeys(("EEST", "MSK"), 180),
    **dict.fromkeys(("JST", "KST"), 540),
    "EDT": -240,
    "EST": -300,
    "CDT": -300,
    "MDT": -360,
    "MST": -420,
    "PDT": -420,
    "PST": -480,
    "HKT": 480,
    "AWST": 480,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
}
OFFSETS: Final = range(-12 * 60, 14 * 60 + 1)
"""The time zones there are, in minutes east of UTC."""
# Arabic, Persian, Hindi and Bengali figures, and full-width ones.
_DIGITS: Final = str.maketrans(
    {chr(zero + i): str(i) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10) for i in range(10)}
)
_OTHER_DIGITS: Final = re.compile("[" + "".join(map(chr, _DIGITS)) + "]")
_NOON: Final = 12
_DECEMBER: Final = 12
_CENTURY: Final = 100


class StatedTime(NamedTuple):
    """A time that a text states.

    Attributes:
        at: the instant in UTC; None where the words leave it open. Without a stated zone, the words' time as if UTC.
        offset_minutes: the stated time zone; None where none is stated.
        precision: what the words give.
        start: where the words begin in the text.
        end: where they end, exclusive.
    """

    at: datetime | None
    offset_minutes: int | None
    precision: Precision
    start: int
    end: int


def find_times(text: str, language: str, month_first: bool | None = None) -> Iterator[StatedTime]:
    """Yield the dates that `text` states, each with the time of day that stands beside it.

    Args:
        text: any text.
        language: its language; names of months are looked up in it, then in English, then in the others.
        month_first: how a numeric date is read whose day and month could change places; None leaves it open.
    """
    if not text.isascii() and _OTHER_DIGITS.search(text):
        text = text.translate(_DIGITS)
    first = _DATE_LIKE.search(text)
    if first:
        start = max(0, first.start() - _BEFORE_YEAR)
        found = (_read_match(match, text, language, month_first) for match in _DATE.finditer(text, start))
        yield from (time for time in found if time)


def _read_match(match: re.Match[str], text: str, language: str, month_first: bool | None) -> StatedTime | None:
    parts = _split_date(match, language)
    if parts is None:
        return None
    year, month, day = parts
    if match["sign"] in ("/", "-"):
        if month_first is None and day != month and day <= _DECEMBER >= month:
            return StatedTime(None, None, "unknown", *match.span())
        if month > _DECEMBER or (month_first and day <= _DECEMBER):
            month, day = day, month
    try:
        return _set_clock(date(year, month, day), text, match)
    except ValueError:
        return None


def _split_date(match: re.Match[str], language: str) -> tuple[int, int, int] | None:
    """Return year, month and day as the words order them; None where a word is no month."""
    form = match.lastgroup and next(name[1] for name in ("y1", "y2", "y3", "y4", "y5", "y6") if match[name])
    word, year = match[f"m{form}"], int(match[f"y{form}"])
    month = int(word) if word.isdigit() else find_month(word, language)
    return None if month is None else (year if year >= _CENTURY else 2000 + year, month, int(match[f"d{form}"]))


def find_month(word: str, language: str) -> int | None:
    """Return the number of the month that `word` names in `language`, in English or elsewhere."""
    return _merge_months(language).get(word.casefold())


@cache
def _merge_months(language: str) -> Mapping[str, int]:
    """Return the names of months of all languages; where two differ, a language's own and then the English count."""
    tables = map(_load_months, dict.fromkeys([language, "en", *_LANGUAGES]))
    return {name: number for table in [*tables][::-1] for name, number in table.items()}


def _load_months(language: str) -> Mapping[str, int]:
    """Return the names of months of a language, case folded and without stops, with their numbers."""
    code = _TABLES.get(language, language)
    if code not in language_order:
        return {}
    names = import_module(f"dateparser.data.date_translation_data.{code}").info
    return {
        name.casefold().rstrip("."): number for number, month in enumerate(_MONTHS, 1) for name in names.get(month, [])
    }


@cache
def list_weekdays() -> frozenset[str]:
    """Return the days of the week in all languages, case folded, without short words, which may be names."""
    tables = [import_module(f"dateparser.data.date_translation_data.{code}").info for code in _LANGUAGES]
    names = (name.casefold() for table in tables for day in _WEEKDAYS for name in table.get(day, []))
    return frozenset(name for name in names if len(name) >= _LONG_DAY)


def _set_clock(day: date, text: str, match: re.Match[str]) -> StatedTime:
    start, end = match.span()
    clock = _CLOCK_BEHIND.match(text, end)
    if clock:
        end = clock.end()
    else:
        clock = _CLOCK_IN_FRONT.search(text[max(0, start - _FRONT_CHARS) : start])
        start -= len(clock[0]) if clock else 0
    stated = read_clock(day, clock) if clock else None
    return stated._replace(start=start, end=end) if stated else StatedTime(_at(day), None, "day", *match.span())


def find_clock(text: str, day: date) -> StatedTime | None:
    """Return the first time of day in `text`, on `day`; None where it holds none."""
    clock = _CLOCK_ALONE.search(text)
    return read_clock(day, clock) if clock else None


def read_clock(day: date, clock: re.Match[str]) -> StatedTime | None:
    """Return the time that a match of the clock's pattern states on `day`; None where no day has that hour."""
    hour, minute, second = int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0)
    if clock["half"] or clock["early"] or clock["late"]:
        is_late = clock["late"] or (clock["half"] or "").lower() == "p"
        hour = hour % _NOON + (_NOON if is_late else 0)
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return None
    minutes = _read_zone(clock)
    at = datetime.combine(day, time(hour, minute, second), UTC) - timedelta(minutes=minutes or 0)
    return StatedTime(at, minutes, "second" if clock["second"] else "minute", *clock.span())


def _read_zone(clock: re.Match[str]) -> int | None:
    if clock["offset"]:
        sign, hours, minutes = clock["offset"][0], int(clock["offset"][1:3]), int(clock["offset"][-2:])
        offset = (60 * hours + minutes) * (-1 if sign == "-" else 1)
        return offset if offset in OFFSETS else None
    return _ZONES.get(clock["zone"] or "")


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def read_relative_time(text: str, language: str, reference_time: datetime) -> StatedTime | None:
    """Return the time that words such as "yesterday at 18:00" state, seen from `reference_time`.

    None where they state none, or leave the day open: "two weeks ago".
    """
    found = _get_parser(language, reference_time).get_date_data(re.sub(r"(\d) ?h ?(\d\d)", r"\1:\2", text))
    when = found.date_obj
    if not isinstance(when, datetime) or found.period not in ("day", "time"):
        return None
    clock = _CLOCK_ALONE.search(text)
    stated = read_clock(when.date(), clock) if clock else None
    return stated or StatedTime(_at(when.date()), None, "day", 0, len(text))


@lru_cache(maxsize=_PARSERS)
def _get_parser(language: str, reference_time: datetime) -> DateDataParser:
    candidates = dict.fromkeys([_TABLES.get(language, language), "en"])
    settings: dict[str, Any] = {"PARSERS": ["relative-time"], "RELATIVE_BASE": reference_time.replace(tzinfo=None)}
    languages = [candidate for candidate in candidates if candidate in language_order]
    return DateDataParser(languages=languages, settings=settings, use_given_order=True)


def format_time(at: datetime | None, offset_minutes: int | None, precision: str) -> str | None:
    """Return the stated time in ISO 8601, no finer than `precision`, with the zone where one was stated."""
    if at is None:
        return None
    if precision == "day":
        return at.date().isoformat()
    zone = timezone(timedelta(minutes=offset_minutes or 0))
    local = at.replace(tzinfo=None) if offset_minutes is None else at.astimezone(zone)
    return local.isoformat(timespec="minutes" if precision == "minute" else "seconds")
