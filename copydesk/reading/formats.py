"""What a source file is, by its content, and the records in it."""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO, Final

import orjson

from copydesk.errors import UnreadableSourceError
from copydesk.reading.archives import Member, list_tar, list_zip
from copydesk.reading.columns import Columns
from copydesk.reading.csv_records import read_csv, tell_dialect
from copydesk.reading.json_records import read_json_lines, read_json_values
from copydesk.reading.parquet_records import read_parquet
from copydesk.reading.records import BadRecord, Record, Records, refuse, refuse_size
from copydesk.reading.unpack import Budget, RecodedFile, Stream, find_codec, unpack
from copydesk.reading.warc_records import read_warc
from copydesk.settings import ReadingSettings

_HELD_BYTES: Final = 64_000_000
"""A .zip or Parquet file within another file cannot be read from end to end; one as large as this is held."""
_CODEC_SUFFIXES: Final = (".gz", ".zst", ".bz2", ".xz")
_ZIP_MARKS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_PARQUET_MARK: Final = b"PAR1"
_WARC_MARK: Final = b"WARC/"
_TAR_MARK: Final = b"ustar"
_TAR_MARK_AT: Final = 257
_OBJECT: Final = re.compile(rb'\s*\{\s*(?:"(?:[^"\\\n]|\\.)*"\s*:|\}\s*$)')
_ARRAY: Final = re.compile(rb'\s*\[\s*(?:\{\s*"|\]\s*$)')
# UTF-32 first: its little-endian mark starts with that of UTF-16.
_WIDE_MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_UTF8_MARK: Final = codecs.BOM_UTF8


@dataclass(frozen=True, slots=True)
class _Reader:
    """What reading one source needs to know.

    Attributes:
        file: the source itself, which can be read from any place.
        budget: how much it may still give.
    """

    file: BinaryIO
    budget: Budget
    columns: Columns
    max_bytes: int


def read_records(file: BinaryIO, name: str, n_bytes: int, settings: ReadingSettings) -> Records:
    """Yield the records of a source file.

    Args:
        file: its bytes, from the start; it must be possible to go back in them.
        name: its name, which tells a table without known columns from a text.
        n_bytes: its size.
        settings: limits, and the names of columns.

    Raises:
        UnreadableSourceError: the file cannot be read, or no further.
    """
    budget = Budget(n_bytes, settings.max_unpacked_bytes)
    reader = _Reader(file, budget, Columns(settings), settings.max_record_bytes)
    n_records = 0
    for record in _read_stream(reader, Stream(file), name):
        yield record
        n_records += 1
    if not n_records:
        raise refuse("empty", "holds no records")


def _read_stream(reader: _Reader, stream: Stream, name: str, member: str = "") -> Records:
    seekable = None if member or not reader.file.seekable() else reader.file
    if codec := find_codec(stream.head):
        stream, seekable = unpack(stream, codec, reader.budget), None
        name = name.removesuffix(PurePosixPath(name).suffix) if name.endswith(_CODEC_SUFFIXES) else name
        if find_codec(stream.head):
            raise refuse("nested", "is compressed twice")
    is_zip, is_tar = stream.head.startswith(_ZIP_MARKS), stream.head.startswith(_TAR_MARK, _TAR_MARK_AT)
    if (is_zip or is_tar) and member:
        raise refuse("nested", "is an archive within an archive")
    if is_zip:
        yield from _read_members(reader, list_zip(_make_seekable(stream, seekable)))
    elif is_tar:
        yield from _read_members(reader, list_tar(stream.buffer()))
    elif stream.head.startswith(_PARQUET_MARK):
        yield from read_parquet(_make_seekable(stream, seekable), reader.columns, reader.budget, member)
    else:
        yield from _read_text(reader, stream, name, member)


def _make_seekable(stream: Stream, seekable: BinaryIO | None) -> BinaryIO:
    """Return a file that can be read from any place: the source itself, else the stream held in memory."""
    if seekable:
        seekable.seek(0)
        return seekable
    content = stream.buffer().read(_HELD_BYTES + 1)
    if len(content) > _HELD_BYTES:
        raise refuse("too_large", f"is a .zip or Parquet file of more than {_HELD_BYTES:,} bytes in another file")
    return BytesIO(content)


def _read_members(reader: _Reader, members: Iterator[Member | BadRecord]) -> Records:
    for member in members:
        if isinstance(member, BadRecord):
            yield member
            continue
        try:
            yield from _read_stream(reader, Stream(member.file, reader.budget), member.name, member.name)
        except UnreadableSourceError as error:
            if error.reason == "bomb":
                raise
            yield BadRecord(error.reason, error.detail, member.name)


def _read_text(reader: _Reader, stream: Stream, name: str, member: str) -> Records:
    columns, max_bytes = reader.columns, reader.max_bytes
    stream = _recode_records(stream, name, columns)
    file, head = stream.buffer(), stream.head.removeprefix(_UTF8_MARK)
    if head.startswith(_WARC_MARK):
        yield from read_warc(file, max_bytes, member)
    elif read_json := _tell_json(head):
        file.read(len(stream.head) - len(head))
        yield from read_json(file, columns, max_bytes, member)
    elif dialect := tell_dialect(head, name, columns):
        file.read(len(stream.head) - len(head))
        yield from read_csv(file, dialect, columns, max_bytes, member)
    else:
        yield _read_whole(file, max_bytes, member)


def _recode_records(stream: Stream, name: str, columns: Columns) -> Stream:
    """Return JSON or CSV in wide characters as UTF-8, anything else as it is."""
    encoding = next((encoding for mark, encoding in _WIDE_MARKS.items() if stream.head.startswith(mark)), None)
    if encoding is None:
        return stream
    head = stream.head.decode(encoding, "replace").encode()
    is_records = _tell_json(head) or tell_dialect(head, name, columns)
    return Stream(RecodedFile(stream.buffer(), encoding)) if is_records else stream


def _tell_json(head: bytes) -> Callable[[BufferedReader, Columns, int, str], Records] | None:
    if _ARRAY.match(head):
        return read_json_values
    if not _OBJECT.match(head):
        return None
    first, *others = [line for line in head.splitlines() if line.strip()]
    is_line = not others or _is_object(first) or _OBJECT.match(others[0])
    return read_json_lines if is_line else read_json_values


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _read_whole(file: BinaryIO, max_bytes: int, member: str) -> Record:
    content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise refuse_size(None, max_bytes)
    return Record(content, member=member, is_whole=not member)
