"""Decoding bytes: a byte-order mark, then UTF-8, then what a detector finds, else a clear refusal."""

import codecs
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from copydesk.errors import UnreadableSourceError
from copydesk.reading.decode_legacy import count_foreign, decode_legacy
from copydesk.reading.decode_wide import tell_wide_encoding
from copydesk.reading.repair import repair_text

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "empty": "holds no bytes",
        "blank": "holds only white space",
        "binary": "holds binary content, not text",
        "undecodable": "is in no encoding that can be told",
        "too_large": "is more than the limit",
        "unreadable": "cannot be opened",
        "malformed": "is not as its format wants it",
        "no_column": "has no column that holds text",
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
_MAX_CONTROL_SHARE: Final = 0.01
_TEXT_CONTROLS: Final = frozenset(b"\t\n\r\f\v\x1b\x1c\x1d\x1e\x1f\x85")
_CONTROLS: Final = bytes(byte for byte in range(32) if byte not in _TEXT_CONTROLS) + b"\x7f"
_JAPANESE_SHIFT: Final = b"\x1b$"
_LONGEST_SEQUENCE: Final = 4
_REPLACED: Final = "\ufffd"
_MAX_DAMAGE: Final = 0.1
"""Of the characters beyond ASCII, how many may be broken before the text counts as another encoding."""


class DecodedText(NamedTuple):
    """A text, the encoding it was in, and the names of what was repaired in it.

    Attributes:
        text: what offsets refer to.
        encoding: the name of Python's codec.
        repairs: "cut_off": the last character was cut through; "invalid_bytes": some bytes were no character and
            became U+FFFD; and those of `copydesk.reading.repair.repair_text`.
    """

    text: str
    encoding: str
    repairs: tuple[str, ...] = ()


def decode_bytes(content: bytes, declared: str | None = None) -> DecodedText:
    """Decode the bytes of one document.

    A byte-order mark decides; else UTF-8, also with a few bad bytes; else the encoding that fits best.

    Args:
        content: the bytes.
        declared: the encoding the source names, an HTTP header for example: a hint, followed where it fits as well
            as what the bytes themselves tell.

    Raises:
        UnreadableSourceError: the bytes are empty, blank, binary or in no encoding that can be told.
    """
    if not content:
        raise _refuse("empty")
    decoded = _decode_marked(content, declared)
    text, repairs = repair_text(decoded.text)
    if not text.strip():
        raise _refuse("blank")
    return DecodedText(text, decoded.encoding, (*decoded.repairs, *repairs))


def _refuse(reason: str) -> UnreadableSourceError:
    return UnreadableSourceError(reason, REASONS[reason])


def _decode_marked(content: bytes, declared: str | None) -> DecodedText:
    mark, encoding = next((known for known in _MARKS if content.startswith(known[0])), (b"", ""))
    if not mark:
        return _decode_unmarked(content, declared)
    if encoding == "utf-8-sig":
        return _decode_narrow(content[len(mark) :], encoding, declared)
    return _decode_damaged(content, encoding)


def _decode_unmarked(content: bytes, declared: str | None) -> DecodedText:
    if not _looks_binary(content):
        return _decode_narrow(content, "utf-8", declared)
    encoding = tell_wide_encoding(content)
    if encoding is None:
        raise _refuse("binary")
    return _decode_damaged(content, encoding)


def _looks_binary(content: bytes) -> bool:
    n_controls = len(content) - len(content.translate(None, _CONTROLS))
    return n_controls > _MAX_CONTROL_SHARE * len(content)


def _decode_narrow(content: bytes, encoding: str, declared: str | None) -> DecodedText:
    """Decode bytes that are UTF-8, named `encoding`, or else in a code page."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        is_cut_off = error.reason == "unexpected end of data" and len(content) - error.start < _LONGEST_SEQUENCE
        if is_cut_off and not content[: error.start].isascii():
            return DecodedText(content.decode("utf-8", errors="replace"), encoding, ("cut_off",))
        return _decode_other(content, encoding, declared)
    if _JAPANESE_SHIFT in content and text.isascii():
        return _decode_other(content, encoding, declared)
    return DecodedText(text, encoding)


def _decode_other(content: bytes, encoding: str, declared: str | None) -> DecodedText:
    """Decode bytes that are not quite UTF-8: with a few bad bytes, or in another encoding."""
    text = content.decode("utf-8", errors="replace")
    n_broken = text.count(_REPLACED)
    if 0 < n_broken <= _MAX_DAMAGE * count_foreign(text):
        return DecodedText(text, encoding, ("invalid_bytes",))
    legacy = decode_legacy(content, declared)
    if legacy is None:
        raise _refuse("undecodable")
    return DecodedText(*legacy, ("invalid_bytes",) if _REPLACED in legacy.text else ())


def _decode_damaged(content: bytes, encoding: str) -> DecodedText:
    """Decode UTF-16 or UTF-32, with a few bad bytes perhaps."""
    try:
        return DecodedText(content.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        text = content.decode(encoding, errors="replace")
        if text.count(_REPLACED) > _MAX_DAMAGE * len(text):
            where = f"starts as {encoding} and breaks off at byte {error.start}"
            raise UnreadableSourceError("undecodable", where) from error
        return DecodedText(text, encoding, ("cut_off" if error.end == len(content) else "invalid_bytes",))
