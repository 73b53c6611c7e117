"""Decoding bytes: UTF-8 first, then what a detector is sure of, else a clear refusal."""

import codecs
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import cchardet

from copydesk.errors import UnreadableSourceError

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "empty": "holds no bytes",
        "blank": "holds only white space",
        "binary": "holds binary content, not text",
        "undecodable": "is in no encoding that can be told",
        "too_large": "is more than the limit",
        "unreadable": "cannot be opened",
        "malformed": "is not as its format wants it",
        "no_text": "has no column that holds text",
        "broken": "breaks off, or is damaged",
        "bomb": "gives far more than its size",
        "nested": "is packed too many times",
        "unsafe_name": "has a name that leads elsewhere",
        "link": "is a link or device",
        "encrypted": "is encrypted",
        "vanished": "was there when the run started and is gone",
    }
)
"""Why a source is quarantined, by code."""

# UTF-32 first: its little-endian mark starts with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MIN_CONFIDENCE: Final = 0.5
_MAX_CONTROL_SHARE: Final = 0.01
_TEXT_CONTROLS: Final = frozenset(b"\t\n\r\f\v\x1b\x1c\x1d\x1e\x1f\x85")
_CONTROLS: Final = bytes(byte for byte in range(32) if byte not in _TEXT_CONTROLS) + b"\x7f"
_LONGEST_SEQUENCE: Final = 4


class DecodedText(NamedTuple):
    """A text, the name of the encoding it was in, and the names of what was repaired in it."""

    text: str
    encoding: str
    repairs: tuple[str, ...] = ()


def decode_bytes(content: bytes, declared: str | None = None) -> DecodedText:  # noqa: ARG001
    """Decode the bytes of one document; `declared` is the encoding its source names, a hint.

    A byte-order mark decides; else UTF-8, also with its last character cut off; else the detected encoding.

    Raises:
        UnreadableSourceError: the bytes are empty, blank, binary or in no encoding that can be told.
    """
    if not content:
        raise _refuse("empty")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if encoding is None and _looks_binary(content):
        raise _refuse("binary")
    decoded = _decode_marked(content, encoding) if encoding else _decode_unmarked(content)
    if not decoded.text.strip():
        raise _refuse("blank")
    return decoded


def _refuse(reason: str) -> UnreadableSourceError:
    return UnreadableSourceError(reason, REASONS[reason])


def _looks_binary(content: bytes) -> bool:
    n_controls = len(content) - len(content.translate(None, _CONTROLS))
    return n_controls > _MAX_CONTROL_SHARE * len(content)


def _decode_marked(content: bytes, encoding: str) -> DecodedText:
    try:
        return DecodedText(content.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig":
            return _decode_unmarked(content)
        raise UnreadableSourceError(
            "undecodable", f"starts as {encoding} and breaks off at byte {error.start}"
        ) from error


def _decode_unmarked(content: bytes) -> DecodedText:
    try:
        return DecodedText(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        is_cut_off = error.reason == "unexpected end of data" and len(content) - error.start < _LONGEST_SEQUENCE
        if is_cut_off and not content[: error.start].isascii():
            return DecodedText(content.decode("utf-8", errors="replace"), "utf-8")
    found = cchardet.detect(content)
    encoding, confidence = found["encoding"], found["confidence"] or 0.0
    if not encoding or confidence < _MIN_CONFIDENCE:
        raise _refuse("undecodable")
    try:
        return DecodedText(content.decode(encoding), encoding.lower())
    except (UnicodeDecodeError, LookupError) as error:
        raise UnreadableSourceError("undecodable", f"{REASONS['undecodable']} (it is not {encoding})") from error
