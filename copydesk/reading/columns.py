"""From a row with named columns - a JSON object, a row of CSV or Parquet - to a record."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from copydesk.reading.records import HTML, BadRecord, Record, refuse
from copydesk.settings import ReadingSettings

_ALL: Final = "*"
_MAX_AUTHORS: Final = 50
_NAME_KEYS: Final = ("name", "full_name", "fullname")
# Numbers of seconds or milliseconds between 1990 and 2100 are times.
_SECONDS: Final = (631_152_000, 4_102_444_800)


class Columns:
    """Which columns hold what, as the settings say."""

    def __init__(self, settings: ReadingSettings) -> None:
        names = settings.columns
        self.text = _fold(names.text)
        self._roles = {
            role: _fold(getattr(names, role)) for role in ("id", "url", "title", "authors", "published", "fetched")
        }
        self._carry = frozenset(settings.carry)
        self._max_bytes = settings.max_record_bytes

    def find_text(self, names: Iterable[str]) -> str | None:
        """Return the name of the column with the text: the first in the order of the settings."""
        folded = {name.lower(): name for name in names}
        return next((folded[name] for name in self.text if name in folded), None)

    def require_text(self, names: Iterable[str]) -> str:
        """Return the name of the column with the text.

        Raises:
            UnreadableSourceError: there is none.
        """
        found = list(names)
        column = self.find_text(found)
        if column is None:
            raise refuse("no_column", describe_missing(found))
        return column

    def choose(self, names: Iterable[str]) -> list[str]:
        """Return those of the columns that are read."""
        wanted = {*self.text, *(name for known in self._roles.values() for name in known)}
        return [name for name in names if name.lower() in wanted or self._is_carried(name)]

    def make_record(self, row: Mapping[str, Any], member: str = "") -> Record | BadRecord:
        """Return the record in a row; its values are of JSON or Parquet, or bytes not decoded yet."""
        folded = {name.lower(): name for name in row}
        own_id = _read_name(self._pick(row, folded, "id"))
        column = next((folded[name] for name in self.text if name in folded and row[folded[name]]), None)
        if column is None:
            return self._refuse_row(row, member, own_id)
        text = row[column]
        if not isinstance(text, str | bytes):
            return BadRecord("no_column", f"column '{column}' holds a {type(text).__name__}, not text", member, own_id)
        return Record(
            content=text,
            format=HTML if "html" in column.lower() else None,
            member=member,
            id=own_id,
            title=_read_name(self._pick(row, folded, "title")),
            authors=tuple(_list_names(self._pick(row, folded, "authors"))),
            published=_read_time(self._pick(row, folded, "published")),
            url=_read_name(self._pick(row, folded, "url")),
            fetched_at=parse_time(_read_time(self._pick(row, folded, "fetched"))),
            carried=self._carry_others(row, column) if self._carry else None,
        )

    def _refuse_row(self, row: Mapping[str, Any], member: str, own_id: str | None) -> BadRecord:
        empty = self.find_text(row)
        if empty is not None:
            return BadRecord("empty", f"its column '{empty}' is empty", member, own_id)
        return BadRecord("no_column", describe_missing(row), member, own_id)

    def _pick(self, row: Mapping[str, Any], folded: Mapping[str, str], role: str) -> Any:
        values = (row[folded[name]] for name in self._roles[role] if name in folded)
        return next((value for value in values if value not in (None, "", b"", [])), None)

    def _is_carried(self, name: str) -> bool:
        return name in self._carry or _ALL in self._carry

    def _carry_others(self, row: Mapping[str, Any], text: str) -> str:
        others = {name: value for name, value in row.items() if name != text and self._is_carried(name)}
        try:
            return orjson.dumps(others, default=_to_json).decode()
        except TypeError:  # a number of more than 64 bits
            return json.dumps(others, ensure_ascii=False, default=_to_json)


def describe_missing(names: Iterable[str]) -> str:
    """Say that no column holds text, and what to do about it."""
    there = ", ".join(map(repr, list(names)[:20])) or "none"
    return f"no column holds text (there are: {there:.500}); name the one that does in reading.columns.text"


def parse_time(stated: str | None) -> datetime | None:
    """Return an ISO time in UTC, which is taken for its zone where it names none; None where it is no time."""
    try:
        time = datetime.fromisoformat(stated or "")
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _fold(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


def _read_name(value: Any) -> str | None:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("cp1252", errors="replace")
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return str(value)
    return None


def _list_names(value: Any) -> Iterable[str]:
    for entry in (value if isinstance(value, list) else [value])[:_MAX_AUTHORS]:
        named = next((entry[key] for key in _NAME_KEYS if key in entry), None) if isinstance(entry, dict) else entry
        if name := _read_name(named):
            yield name


def _read_time(value: Any) -> str | None:
    if isinstance(value, date):  # also a time
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        for seconds in (value, value / 1000):
            if _SECONDS[0] <= seconds < _SECONDS[1]:
                return datetime.fromtimestamp(seconds, UTC).isoformat()
    return _read_name(value)


def _to_json(value: Any) -> str:
    return _read_name(value) or str(value)
