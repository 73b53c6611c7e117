"""Facts that a record states beside its text, in columns or markup: what of them can be believed."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from copydesk.metadata.authors import trim_name
from copydesk.metadata.dates import FactTime
from copydesk.metadata.people import is_person
from copydesk.metadata.times import OFFSETS, Precision, find_times
from copydesk.noise.name_lines import split_names
from copydesk.noise.rules import Vocabulary
from copydesk.text.fold import squash_text
from copydesk.text.normalise import normalise_text


class Stated(NamedTuple):
    """What a record states, as it stands there; the fields are columns of `TEXTS`."""

    stated_title: str | None
    stated_authors: list[str] | None
    stated_published: str | None
    stated_url: str | None
    fetched_at: datetime | None


NOTHING_STATED: Final = Stated(None, None, None, None, None)

_MAX_TITLE: Final = 300
_MAX_NAME: Final = 100
_LETTER: Final = re.compile(r"[^\W\d_]")
_ADDRESS: Final = re.compile(r"://|@|^www\.", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"\s+[-|–—·•»]\s|\s*\|")
_ISO: Final = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ]\d\d:?\d\d(?P<second>:?\d\d(?:[.,]\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)?)?")
_EPOCH: Final = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")
_OLDEST: Final = 1900
_NEWEST: Final = 2100
# What an empty time becomes in many a database.
_EPOCH_DAY: Final = date(1970, 1, 1)
_SLACK: Final = timedelta(days=1)


def choose_title(stated: str | None, read: str | None) -> str | None:
    """Return the stated title, normalised; the one read from the text where that is the same without a site's name."""
    title = normalise_text(stated or "")
    if not _LETTER.search(title) or len(title) > _MAX_TITLE:
        return read
    is_longer = read is not None and len(title) > len(read) and squash_text(title).startswith(squash_text(read))
    return read if is_longer and read and _SEPARATOR.match(title, len(read)) else title


def clean_authors(stated: Sequence[str] | None, vocabulary: Vocabulary) -> list[str]:
    """Return the stated authors, each once: names only, without "by", and apart where one string holds several."""
    return list(dict.fromkeys(_split_authors(stated or [], vocabulary)))


def _split_authors(stated: Sequence[str], vocabulary: Vocabulary) -> Iterator[str]:
    for author in map(normalise_text, stated):
        if not _LETTER.search(author) or _ADDRESS.search(author) or len(author) > _MAX_NAME:
            continue
        parts = [trim_name(part, vocabulary) for part in split_names(author, vocabulary)]
        are_names = all(is_person(part, vocabulary) or part.casefold() in vocabulary.agencies for part in parts)
        yield from parts if parts and are_names else [trim_name(author, vocabulary)]


def read_stated_time(
    stated: str | None, language: str, month_first: bool | None, latest: datetime | None
) -> FactTime | None:
    """Return a stated time; None where it cannot be read, or is no time a page can have been published at.

    Midnight to the second counts as a day without a time.

    Args:
        stated: ISO 8601, seconds or milliseconds since 1970, or a date in words.
        language: the document's language, for names of months.
        month_first: how a numeric date is read whose day and month could change places; None leaves it open.
        latest: when the page was fetched, if known; what lies more than a day behind it is refused.
    """
    text = normalise_text(stated or "")
    time = _read_iso(text) or _read_epoch(text) or _read_words(text, language, month_first)
    if time is None or time.at is None or not _OLDEST <= time.at.year < _NEWEST or time.at.date() == _EPOCH_DAY:
        return None
    return None if latest is not None and time.at > latest + _SLACK else time


def _read_iso(text: str) -> FactTime | None:
    match = _ISO.fullmatch(text)
    if not match:
        return None
    try:
        time = datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None
    if time.time() == datetime.min.time():
        return FactTime(time.replace(tzinfo=UTC), None, "day", text)
    offset = time.utcoffset()
    minutes = None if offset is None else offset // timedelta(minutes=1)
    if minutes is not None and minutes not in OFFSETS:
        return None
    precision: Precision = "second" if match["second"] else "minute"
    at = time.replace(tzinfo=UTC) if offset is None else time.astimezone(UTC)
    return FactTime(at.replace(microsecond=0), minutes, precision, text)


def _read_epoch(text: str) -> FactTime | None:
    match = _EPOCH.fullmatch(text)
    return FactTime(datetime.fromtimestamp(int(match[1]), UTC), 0, "second", text) if match else None


def _read_words(text: str, language: str, month_first: bool | None) -> FactTime | None:
    time = next(find_times(text, language, month_first), None)
    return FactTime(*time[:3], text) if time else None


def choose_published(stated: FactTime | None, read: FactTime) -> FactTime:
    """Return the stated time, or the one read from the text where it is the same day and finer, or none is stated."""
    if stated is None or stated.at is None:
        return read
    is_finer = stated.precision == "day" and read.precision in ("minute", "second")
    return read if is_finer and read.at is not None and read.at.date() == stated.at.date() else stated
