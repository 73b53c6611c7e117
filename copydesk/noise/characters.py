"""Characters of blocks: one pass over the code points of a whole batch, in any script."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

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

# Kana and Han: scripts that set no spaces between words.
_UNSPACED: Final = ((0x3040, 0x30FF), (0x3400, 0x9FFF))
# The planes of living scripts and of emoji; what lies above is of no kind.
_KNOWN: Final = 0x20000
# Combining marks that stand within words.
_MARKS: Final = range(0x300, 0x2000)
_CHUNK_CHARS: Final = 1 << 17
# Four counts share 64 bits, so a longer block is measured by its head.
_MEASURED_CHARS: Final = (1 << 16) - 1
_FIELDS: Final = 4
_FIELD_BITS: Final = 16
_TAIL: Final = 4
_LONG_WORD: Final = 25
_SHORT_WORD: Final = 3


class CodePoints(NamedTuple):
    """What is known of each code point below `_KNOWN`, and of all above as one.

    Attributes:
        kinds: its kinds.
        folded: its small letter; digits are all 0.
        packed: [3, n] its share in the counts of four of `COUNTED`, 16 bits each.
    """

    kinds: NDArray[np.uint32]
    folded: Codes
    packed: Ints


@cache
def describe_code_points() -> CodePoints:
    """Return what is known of every code point; made once per process."""
    letters = np.arange(_KNOWN, dtype=np.uint32).view("<U1")
    kinds = np.zeros(_KNOWN + 1, dtype=np.uint32)
    for kind, has in (
        (Kind.UPPER, np.strings.isupper),
        (Kind.LOWER, np.strings.islower),
        (Kind.LETTER, np.strings.isalpha),
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
    return CodePoints(kinds, folded, _pack_kinds(kinds))


def _pack_kinds(kinds: NDArray[np.uint32]) -> Ints:
    packed = np.zeros((len(COUNTED) // _FIELDS, len(kinds)), dtype=np.int64)
    for i, kind in enumerate(COUNTED):
        has = ((kinds & kind) > 0).astype(np.int64)
        packed[i // _FIELDS] |= has << _FIELD_BITS * (i % _FIELDS)
    return packed


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


def read_chunks(texts: Sequence[str]) -> Iterator[Chunk]:
    """Yield the code points of texts, some hundred thousand at a time, so that memory stays bounded."""
    heads = [text[:_MEASURED_CHARS] for text in texts]
    lengths = np.fromiter(map(len, heads), dtype=np.int64, count=len(heads))
    behind = np.cumsum(lengths + 1)
    known = describe_code_points()
    first = 0
    # Also without any text, one chunk: what is measured then has no rows, but its columns.
    while first < max(1, len(heads)):
        before = behind[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(behind, before + _CHUNK_CHARS, side="right")))
        codes = join_codes(heads[first:last])
        ends = behind[first:last] - before
        yield Chunk(first, codes, known.kinds.take(codes, mode="clip"), ends - lengths[first:last], ends)
        first = last


def join_codes(texts: Sequence[str]) -> Codes:
    """Return the code points of texts, a space before, between and behind them."""
    return np.frombuffer(f" {' '.join(texts)} ".encode("utf-32-le", errors="surrogatepass"), dtype="<u4")


def fold_codes(codes: Codes) -> Codes:
    """Return small letters for capitals, and 0 for every digit."""
    return describe_code_points().folded.take(codes, mode="clip")


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
    special = np.flatnonzero((chunk.kinds & Kind.LOWER) == 0)
    from_, to = np.searchsorted(special, chunk.starts), np.searchsorted(special, chunk.ends)
    kinds = chunk.kinds[special]
    n_chars = chunk.ends - chunk.starts
    before, behind = chunk.kinds[special - 1], chunk.kinds[np.minimum(special + 1, len(chunk.kinds) - 1)]
    between_spaces = before & behind & Kind.SPACE > 0
    spaces = special[kinds & Kind.SPACE > 0]
    word_lengths = np.diff(spaces) - 1
    is_short = (word_lengths <= _SHORT_WORD) & (chunk.kinds[spaces[:-1] + 1] & Kind.LOWER > 0)
    in_spaces = np.searchsorted(spaces, chunk.starts - 1), np.searchsorted(spaces, chunk.ends)
    places = chunk.ends - 1 - np.arange(_TAIL)[:, None]
    return CharacterCounts(
        of_kind=_count_special(chunk.codes[special], from_, to),
        lower=n_chars - (to - from_),
        capital_words=_sum_between((kinds & Kind.UPPER > 0) & (before & Kind.SPACE > 0), from_, to),
        short_words=_sum_between(is_short, *in_spaces),
        has_long_word=_sum_between(word_lengths >= _LONG_WORD, *in_spaces) > 0,
        addresses=_sum_between(_find_addresses(kinds, before, behind), from_, to),
        slashes=_sum_between((kinds & Kind.SLASH > 0) & between_spaces, from_, to),
        first=chunk.kinds[chunk.starts],
        tail=np.where(places >= chunk.starts, chunk.kinds[places], 0),
    )


def _find_addresses(
    kinds: NDArray[np.uint32], before: NDArray[np.uint32], behind: NDArray[np.uint32]
) -> NDArray[np.bool_]:
    two_slashes = kinds & before & Kind.SLASH > 0
    inside_word = (kinds & Kind.FULL_STOP > 0) & (before & Kind.LETTER > 0) & (behind & Kind.LOWER > 0)
    return two_slashes | inside_word | (kinds & Kind.AT > 0)


def _count_special(codes: Codes, from_: Ints, to: Ints) -> Ints:
    packed = describe_code_points().packed
    counts = np.empty((len(COUNTED), len(from_)), dtype=np.int64)
    for i, table in enumerate(packed):
        sums = _sum_between(table.take(codes, mode="clip"), from_, to)
        for field in range(_FIELDS):
            counts[i * _FIELDS + field] = (sums >> _FIELD_BITS * field) & _MEASURED_CHARS
    return counts


def _sum_between(values: NDArray[np.bool_] | Ints, from_: Ints, to: Ints) -> Ints:
    """Return the sums of `values[from_[i]:to[i]]`; whole numbers, so that what stands before does not matter."""
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, dtype=np.int64, out=sums[1:])
    return sums[to] - sums[from_]
