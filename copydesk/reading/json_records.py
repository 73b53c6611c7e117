"""JSON lines, and JSON objects in an array or one after the other. A broken one costs no more than itself."""

import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, BinaryIO, Final

import orjson

from copydesk.errors import UnreadableSourceError
from copydesk.reading.columns import Columns
from copydesk.reading.decode import decode_bytes
from copydesk.reading.lines import read_lines
from copydesk.reading.records import BadRecord, Record, Records, describe_large
from copydesk.reading.repair import join_surrogates

_BLOCK_BYTES: Final = 65_536
_BLANK: Final = re.compile(rb"[\s,]*")
_PLAIN: Final = re.compile(rb'[^"{}\[\]]*')
_QUOTED: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_BARE: Final = re.compile(rb'[^\s,"{}\[\]]*')
_MAX_SHOWN: Final = 200


def read_json_lines(file: BinaryIO, columns: Columns, max_bytes: int, member: str) -> Records:
    """Yield the record of each line that is not blank."""
    for line in read_lines(file, max_bytes):
        if isinstance(line, int):
            yield describe_large(line, max_bytes, member)
        elif not line.isspace():
            yield parse_record(line, columns, member)


def read_json_values(file: BufferedReader, columns: Columns, max_bytes: int, member: str) -> Records:
    """Yield the record of each object in an array, or of objects one after the other, however they are laid out."""
    cutter = _Cutter(max_bytes)
    while block := file.read1(_BLOCK_BYTES):
        for value in cutter.cut(block):
            if isinstance(value, int):
                yield describe_large(value, max_bytes, member)
            else:
                yield parse_record(value, columns, member)
    if cutter.is_within:
        yield BadRecord("broken", "the file ends within a JSON value", member)


def parse_record(content: bytes, columns: Columns, member: str) -> Record | BadRecord:
    """Return the record in the bytes of one JSON object."""
    try:
        row = _parse_json(content)
    except (ValueError, RecursionError, UnreadableSourceError) as error:
        return BadRecord("malformed", f"is no JSON: {error!s:.{_MAX_SHOWN}}", member)
    if not isinstance(row, dict):
        return BadRecord("malformed", f"is a JSON {type(row).__name__}, not an object", member)
    return columns.make_record(row, member)


def _parse_json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        # Numbers of any size, NaN, lone surrogates and other encodings than UTF-8 occur, and can be read.
        return json.loads(decode_bytes(content).text, parse_constant=lambda _: None, object_hook=_join_all)


def _join_all(row: dict[str, Any]) -> dict[str, Any]:
    return {_join(key): _join(value) for key, value in row.items()}


def _join(value: Any) -> Any:
    if isinstance(value, list):
        return [_join(entry) for entry in value]
    return join_surrogates(value) if isinstance(value, str) else value


class _Cutter:
    """Cuts a stream of JSON into its outermost objects, by brackets and quotes alone, and holds no more than one."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._in_array = self._in_string = self._is_escaped = False
        self._depth = self._n_bytes = 0
        self._pieces: list[bytes] = []

    @property
    def is_within(self) -> bool:
        """Whether a value has begun and not ended."""
        return self._depth > 0 or self._in_string

    def cut(self, block: bytes) -> Iterator[bytes | int]:
        """Yield the values that end in this block; of one that is too large, the number of its bytes."""
        start = at = 0
        while at < len(block):
            if self._in_string:
                at = self._pass_string(block, at)
            elif self._depth:
                at = self._pass_plain(block, at)
            else:
                start = self._pass_between(block, at)
                at = self._enter(block, start)
            if not self.is_within and at > start:
                yield self._finish(block[start:at])
                start = at
        self._keep(block[start:])

    def _pass_between(self, block: bytes, at: int) -> int:
        """Pass over what stands between values, the brackets of the array around them too."""
        while (at := _pass_all(_BLANK, block, at)) < len(block):
            mark = block[at : at + 1]
            if mark != (b"]" if self._in_array else b"["):
                break
            self._in_array = not self._in_array
            at += 1
        return at

    def _enter(self, block: bytes, at: int) -> int:
        mark = block[at : at + 1]
        if mark in (b"{", b"["):
            self._depth = 1
        elif mark == b'"':
            self._in_string = True
        else:
            return max(_pass_all(_BARE, block, at), at + len(mark))
        return at + 1

    def _pass_plain(self, block: bytes, at: int) -> int:
        at = _pass_all(_PLAIN, block, at)
        mark = block[at : at + 1]
        if mark == b'"':
            self._in_string = True
        elif mark:
            self._depth += 1 if mark in (b"{", b"[") else -1
        return at + len(mark)

    def _pass_string(self, block: bytes, at: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            return at + 1
        at = _pass_all(_QUOTED, block, at)
        mark = block[at : at + 1]
        self._in_string, self._is_escaped = mark != b'"', mark == b"\\"
        return at + len(mark)

    def _keep(self, piece: bytes) -> None:
        self._n_bytes += len(piece)
        if self._n_bytes > self._max_bytes:
            self._pieces.clear()
        else:
            self._pieces.append(piece)

    def _finish(self, piece: bytes) -> bytes | int:
        self._keep(piece)
        value = b"".join(self._pieces) if self._n_bytes <= self._max_bytes else self._n_bytes
        self._pieces, self._n_bytes = [], 0
        return value


def _pass_all(pattern: re.Pattern[bytes], block: bytes, at: int) -> int:
    found = pattern.match(block, at)
    return found.end() if found else at
