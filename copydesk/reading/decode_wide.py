"""Telling UTF-16 and UTF-32 without a byte-order mark from binary content."""

import codecs
import unicodedata
from collections import Counter
from typing import Final

_ENCODINGS: Final = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_MIN_CHARS: Final = 4
_SAMPLE_BYTES: Final = 8_192
_MAX_STRANGE_SHARE: Final = 0.01
# Bytes of ASCII read as UTF-16 are Chinese to the eye. In real text of two bytes a character, fewer bytes are.
_PRINTABLE: Final = bytes(range(32, 127)) + b"\t\n\r"
_MAX_PRINTABLE_SHARE: Final = 0.9
_STRANGE: Final = frozenset(("Cc", "Cn", "Co", "Cs"))
_WHITE_SPACE: Final = frozenset("\t\n\r\f\v\x85")


def tell_wide_encoding(content: bytes) -> str | None:
    """Return which of UTF-16 and UTF-32 the bytes are text in, or None where they are in none.

    Text has hardly a character that is not assigned, and of two readings the right one holds more ASCII (spaces, line
    ends) and characters from fewer corners of Unicode.
    """
    sample = content[:_SAMPLE_BYTES]
    if len(sample.translate(None, _PRINTABLE)) < (1 - _MAX_PRINTABLE_SHARE) * len(sample):
        return None
    scores = {encoding: _score_reading(sample, encoding) for encoding in _ENCODINGS}
    fitting = [(score, encoding) for encoding, score in scores.items() if score is not None]
    return max(fitting)[1] if fitting else None


def _score_reading(sample: bytes, encoding: str) -> tuple[int, int] | None:
    """Return how many characters are ASCII, and less how many blocks of 256 there are; None for no text."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)  # the last character may be cut through
    except UnicodeDecodeError:
        return None
    chars = Counter(text)
    n_strange = sum(n for char, n in chars.items() if _is_strange(char))
    if len(text) < _MIN_CHARS or n_strange > _MAX_STRANGE_SHARE * len(text):
        return None
    return sum(n for char, n in chars.items() if char.isascii()), -len({ord(char) >> 8 for char in chars})


def _is_strange(char: str) -> bool:
    return unicodedata.category(char) in _STRANGE and char not in _WHITE_SPACE
