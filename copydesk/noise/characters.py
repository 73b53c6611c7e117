"""Characters of blocks: one pass over the code points of a whole batch, in any script."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.kernels import characters as kernels

Codes = NDArray[np.uint32]
Ints = NDArray[np.int64]


class Kind(IntFlag):
    """What kinds of character a code point is; a character may be of several."""

    UPPER = 1 << 0
    LOWER = 1 << 1
    LETTER = 1 << 2
    DIGIT = 1 << 3
    SPACE = 1 << 4
    UNSPACED = 1 << 5
    PUNCTUATION = 1 << 6
    SIGN = 1 << 7
    COMMA = 1 << 8
    STOP = 1 << 9
    FULL_STOP = 1 << 10
    MONEY = 1 << 11
    MARK = 1 << 12
    BAR = 1 << 13
    AT = 1 << 14
    QUESTION = 1 << 15
    DOTS = 1 << 16
    OPENER = 1 << 17
    CLOSER = 1 << 18
    COLON = 1 << 19
    BRACKET = 1 << 20
    SLASH = 1 << 21
    ALPHABETIC = 1 << 22


_NAMED: Final[dict[Kind, str]] = {
    Kind.PUNCTUATION: ".,;:!?",
    Kind.SIGN: "|•»›>/\\*_=<→▼▾+&@#",
    Kind.COMMA: ",;،、，",
    Kind.STOP: ".!?。！？۔।",
    Kind.FULL_STOP: ".。।",
    Kind.MONEY: "$€£¥%",
    Kind.MARK: "©®™",
    Kind.BAR: "|",
    Kind.AT: "@",
    Kind.QUESTION: "?？؟",
    Kind.DOTS: "…",
    Kind.OPENER: "\"“„«»‘'”",
    Kind.CLOSER: "'\"”»“)",
    Kind.COLON: ":",
    Kind.BRACKET: ")",
    Kind.SLASH: "/",
}
COUNTED: Final = (
    *(Kind.UPPER, Kind.DIGIT, Kind.SPACE, Kind.UNSPACED, Kind.PUNCTUATION, Kind.SIGN),
    *(Kind.COMMA, Kind.STOP, Kind.MONEY, Kind.MARK, Kind.BAR, Kind.AT),
)
"""The kinds that are counted in every block."""
_BITS: Final = np.array([int(kind).bit_length() - 1 for kind in COUNTED], dtype=np.int64)

# Kana and Han: scripts that set no spaces between words.
_UNSPACED: Final = ((0x3040, 0x30FF), (0x3400, 0x9FFF))
# The planes of living scripts and of emoji; what lies above is of no kind.
_KNOWN: Final = 0x20000
# Combining marks that stand within words.
_MARKS: Final = range(0x300, 0x2000)
_CHUNK_CHARS: Final = 1 << 17
# A longer block is measured by its head.
_MEASURED_CHARS: Final = (1 << 16) - 1


class CodePoints(NamedTuple):
    """What is known of each code point below `_KNOWN`, and of all above as one.

    Attributes:
        kinds: its kinds.
        folded: its small letter; digits are all 0.
    """

    kinds: NDArray[np.uint32]
    folded: Codes


@cache
def describe_code_points() -> CodePoints:
    """Return what is known of every code point; made once per process."""
    letters = np.arange(_KNOWN, dtype=np.uint32).view("<U1")
    kinds = np.zeros(_KNOWN + 1, dtype=np.uint32)
    for kind, has in (
        (Kind.UPPER, np.strings.isupper),
        (Kind.LOWER, np.strings.islower),
        (Kind.LETTER | Kind.ALPHABETIC, np.strings.isalpha),
        (Kind.DIGIT, np.strings.isdecimal),
        (Kind.SPACE, np.strings.isspace),
    ):
        kinds[:_KNOWN][has(letters)] |= np.uint32(kind)
    kinds[[code for code in _MARKS if unicodedata.category(chr(code)).startswith("M")]] |= np.uint32(Kind.LETTER)
    for kind, characters in _NAMED.items():
        kinds[[ord(character) for character in characters]] |= np.uint32(kind)
    for first, last in _UNSPACED:
        kinds[first : last + 1] |= np.uint32(Kind.UNSPACED)
    folded = np.arange(_KNOWN + 1, dtype=np.uint32)
    for code in np.flatnonzero(kinds & Kind.UPPER).tolist():
        folded[code] = ord(chr(code).lower()[0])
    folded[(kinds & Kind.DIGIT) > 0] = ord("0")
    return CodePoints(kinds, folded)


class Chunk(NamedTuple):
    """The code points of some neighbouring blocks, a space before, between and behind them.

    Attributes:
        first: the row of the first block.
        codes: code points.
        kinds: the kinds of each.
        starts: [n_blocks] where each block starts in `codes`.
        ends: [n_blocks] where each ends, exclusive.
    """

    first: int
    codes: Codes
    kinds: NDArray[np.uint32]
    starts: Ints
    ends: Ints


def read_chunks(texts: pl.Series | Sequence[str], longest: int = _MEASURED_CHARS) -> Iterator[Chunk]:
    """Yield the first code points of texts, some hundred thousand at a time, so that memory stays bounded."""
    utf8, from_, to = lay_out_texts(texts if isinstance(texts, pl.Series) else pl.Series(texts, dtype=pl.String))
    behind = np.cumsum(np.minimum(to - from_, longest) + 1)
    first = 0
    # Also without any text, one chunk: what is measured then has no rows, but its columns.
    while first < max(1, len(to)):
        before = behind[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(behind, before + _CHUNK_CHARS, side="right")))
        here = slice(first, last)
        yield Chunk(first, *kernels.read_blocks(utf8, from_[here], to[here], longest, describe_code_points().kinds))
        first = last


def lay_out_texts(texts: pl.Series) -> tuple[NDArray[np.uint8], Ints, Ints]:
    """Return texts end to end in UTF-8, and [n_texts] the first byte of each and the one behind its last."""
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, utf8 = array.buffers()
    places = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(utf8, dtype=np.uint8), places[:-1], places[1:]


@dataclass(frozen=True, slots=True)
class CharacterCounts:
    """How blocks are written, one entry a block.

    Attributes:
        of_kind: [len(COUNTED), n_blocks] characters of each kind.
        lower: small letters.
        capital_words: words that start with a capital.
        short_words: words of up to three letters, the first a small one.
        has_long_word: 25 characters or more stand without a space.
        addresses: signs of web and mail addresses: two slashes, an at sign, a full stop inside a word.
        slashes: slashes between spaces.
        first: kinds of the first character.
        tail: [4, n_blocks] kinds of the last characters, the last one first.
    """

    of_kind: Ints
    lower: Ints
    capital_words: Ints
    short_words: Ints
    has_long_word: NDArray[np.bool_]
    addresses: Ints
    slashes: Ints
    first: NDArray[np.uint32]
    tail: NDArray[np.uint32]

    def count(self, kind: Kind) -> Ints:
        """Return how many characters of a kind each block has."""
        counts: Ints = self.of_kind[COUNTED.index(kind)]
        return counts


def count_characters(chunk: Chunk) -> CharacterCounts:
    """Count the characters of the blocks of a chunk."""
    found = kernels.count_characters(chunk.kinds, chunk.starts, chunk.ends, _BITS)
    lower, capital_words, short_words, long_words, addresses, slashes = found.counts
    return CharacterCounts(
        of_kind=found.of_kind,
        lower=lower,
        capital_words=capital_words,
        short_words=short_words,
        has_long_word=long_words > 0,
        addresses=addresses,
        slashes=slashes,
        first=found.first,
        tail=found.tail,
    )
