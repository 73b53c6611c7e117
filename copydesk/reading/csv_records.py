"""CSV and its kin: rows of named columns, separated by commas, semicolons, tabs or bars."""

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from copydesk.reading.columns import Columns
from copydesk.reading.lines import read_rest
from copydesk.reading.records import BadRecord, Records, describe_large

_DELIMITERS: Final = ",;\t|"
_SUFFIXES: Final = (".csv", ".tsv", ".psv")
# One byte, one character: the rows are cut before they are decoded, as every encoding the web uses allows.
_BYTEWISE: Final = "latin-1"
_MAX_NAME_CHARS: Final = 64
# One column may be without a name, as that of row numbers often is.
_NAME: Final = re.compile(r"(?:[^\s,;.!?]+(?: [^\s,;.!?]+){0,2})?")


class Dialect(NamedTuple):
    """How a file separates its columns, and what they are called."""

    delimiter: str
    names: tuple[str, ...]


def tell_dialect(head: bytes, name: str, columns: Columns) -> Dialect | None:
    """Tell whether a file is CSV: its first line names columns, one of them that of the text, and a row fits them.

    A first line of a single name, or one that names no text, counts only in a file named .csv, .tsv or .psv.
    """
    is_named, first = name.lower().endswith(_SUFFIXES), head.partition(b"\n")[0].lower()
    if not first.strip() or not (is_named or any(column.encode() in first for column in columns.text)):
        return None
    lines = head.decode(_BYTEWISE).splitlines(keepends=True)[:100]
    for delimiter in _DELIMITERS:
        rows = csv.reader(lines, delimiter=delimiter)
        try:
            header, row = next(rows, []), next(rows, [])
        except csv.Error:
            continue
        names = tuple(map(_decode, header))
        if _are_names(names) and (is_named or (columns.find_text(names) and len(names) == len(row))):
            return Dialect(delimiter, names)
    return _take_single(lines) if is_named else None


def _are_names(names: tuple[str, ...]) -> bool:
    fit = all(_NAME.fullmatch(name) and len(name) <= _MAX_NAME_CHARS for name in names)
    return fit and len(names) > 1 and len(set(names)) == len(names)


def _take_single(lines: list[str]) -> Dialect:
    return Dialect(",", (_decode(lines[0]).strip().strip('"') if lines else "",))


def read_csv(file: BinaryIO, dialect: Dialect, columns: Columns, max_bytes: int, member: str) -> Records:
    """Yield the record of each row.

    Raises:
        UnreadableSourceError: no column holds text.
    """
    columns.require_text(dialect.names)
    csv.field_size_limit(max(csv.field_size_limit(), max_bytes + 1))  # for the whole process, and only ever raised
    lines = _Lines(file, max_bytes)
    rows = csv.reader(lines, delimiter=dialect.delimiter)
    file.readline()  # the names
    while True:
        lines.start_row()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRecord("malformed", f"is no row of CSV: {error}", member)
            continue
        except _RowTooLargeError:
            yield describe_large(lines.skip_row(), max_bytes, member)
            rows = csv.reader(lines, delimiter=dialect.delimiter)
            continue
        if len(row) == len(dialect.names):
            cells = (cell.encode(_BYTEWISE) for cell in row)
            yield columns.make_record(dict(zip(dialect.names, cells, strict=True)), member)
        elif row:
            detail = f"has {len(row)} columns, the first line names {len(dialect.names)}"
            yield BadRecord("malformed", detail, member)


class _RowTooLargeError(Exception):
    """A row is above the limit."""


class _Lines:
    """The lines of a file for the reader of CSV, counted up for each row."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file, self._max_bytes = file, max_bytes
        self._n_bytes = self._n_quotes = 0
        self._is_cut = False

    def start_row(self) -> None:
        self._n_bytes = self._n_quotes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._max_bytes + 1)
        if not line:
            raise StopIteration
        self._count(line)
        if self._n_bytes > self._max_bytes:
            self._is_cut = not line.endswith(b"\n")
            raise _RowTooLargeError
        return line.decode(_BYTEWISE)

    def skip_row(self) -> int:
        """Pass over the rest of a row that is too large, to where its quotes are closed; return its bytes."""
        if self._is_cut:
            self._pass_line()
        while self._n_quotes % 2 and self._pass_line():
            pass
        return self._n_bytes

    def _pass_line(self) -> bool:
        before = self._n_bytes
        for piece in read_rest(self._file):
            self._count(piece)
        return self._n_bytes > before

    def _count(self, piece: bytes) -> None:
        self._n_bytes += len(piece)
        self._n_quotes += piece.count(b'"')


def _decode(cell: str) -> str:
    return cell.encode(_BYTEWISE).decode(errors="replace")
