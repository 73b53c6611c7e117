"""Kinds of characters: texts as arrays of code points, and what each of them is for finding lines, words and seams."""

import unicodedata
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.places import look_up_kinds

Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint8]


class Kind(IntEnum):
    """What a character is; below `OTHER` white space, from `LOWER` on part of a word."""

    BREAK = 0
    SPACE = 1
    OTHER = 2
    STOP = 3
    MARK = 4
    FRONT = 5
    OPENER = 6
    CLOSER = 7
    QUOTE = 8
    APOSTROPHE = 9
    DASH = 10
    BULLET = 11
    LOWER = 12
    UPPER = 13
    LETTER = 14
    DIGIT = 15


N_KINDS: Final = len(Kind)
_N_CODES: Final = 0x110000
_MARKS: Final = {
    Kind.BREAK: "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029",
    Kind.STOP: ".!?…؟।۔",
    Kind.MARK: ":;%€$£,،、",
    Kind.FRONT: "([¿¡©#＜【",
    Kind.OPENER: "“„«",
    Kind.CLOSER: ")]”»＞】",
    Kind.QUOTE: '"',
    Kind.APOSTROPHE: "'’‘",
    Kind.DASH: "-–—*+",
    Kind.BULLET: "•▪►●○▸",
}
# Scripts that set no spaces, from where no seam can be told: Thai to Burmese, Khmer, kana, Han. Korean has spaces.
_UNSPACED: Final = ((0x0E00, 0x10A0), (0x1780, 0x1800), (0x2E80, 0xAC00), (0xF900, 0xFB00), (0xFF66, 0xFFA0))
_KOREAN: Final = slice(0xAC00, 0xD7A4)
_IDEOGRAPHIC_SPACE: Final = 0x3000
_SCRIPTS_END: Final = 0x3000
_CASED_END: Final = 0x2000
_KINDS_OF_CATEGORY: Final = {
    "Ll": Kind.LOWER,
    "Lu": Kind.UPPER,
    "Lt": Kind.UPPER,
    "Lo": Kind.LETTER,
    "Lm": Kind.LETTER,
    "Mn": Kind.LETTER,
    "Mc": Kind.LETTER,
    "Nd": Kind.DIGIT,
}


def read_codes(text: str) -> Codes:
    """Return the code points of `text`."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def read_kinds(codes: Codes) -> Kinds:
    """Return the kind of each character."""
    return look_up_kinds(codes, _make_kinds())


@cache
def _make_kinds() -> Kinds:
    kinds = np.full(_N_CODES, Kind.OTHER, dtype=np.uint8)
    for code in range(_SCRIPTS_END):
        char = chr(code)
        kind = Kind.SPACE if char.isspace() else _KINDS_OF_CATEGORY.get(unicodedata.category(char), Kind.OTHER)
        kinds[code] = kind
    kinds[_IDEOGRAPHIC_SPACE] = Kind.SPACE
    kinds[_KOREAN] = Kind.LETTER
    for start, end in _UNSPACED:
        kinds[start:end][kinds[start:end] != Kind.SPACE] = Kind.OTHER
    for kind, chars in _MARKS.items():
        kinds[[ord(char) for char in chars]] = kind
    return kinds


@cache
def read_folds() -> Codes:
    """Return the small letter of each code point."""
    folds = np.arange(_N_CODES, dtype=np.uint32)
    for code in range(_CASED_END):
        folded = chr(code).lower()
        folds[code] = ord(folded) if len(folded) == 1 else code
    return folds


def make_lookup(numbers: Mapping[str, int]) -> NDArray[np.uint8]:
    """Return a table from code points to small numbers, 0 for all others; its last row is one of the others."""
    table = np.zeros(max(map(ord, numbers)) + 2, dtype=np.uint8)
    table[[ord(char) for char in numbers]] = list(numbers.values())
    return table
