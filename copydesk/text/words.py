"""Words of many texts at once, each known by a hash of its letters: where they stand and how often."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.text.characters import Codes, Kind, Kinds, fold_codes, read_codes, read_kinds

Offsets = NDArray[np.int64]
Hashes = NDArray[np.uint64]

TEXT_MIX: Final = np.uint64(0xA0761D6478BD642F)
"""Times the number of a text, added to the hash of a word, it parts the same word of two texts."""
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_INVERSE: Final = np.uint64(pow(int(_BASE), -1, 1 << 64))
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_KEPT_POWERS: Final = 1 << 20
_FILTER_BITS: Final = np.uint64(16)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of texts that stand end to end.

    Attributes:
        starts: where each word starts.
        ends: where it ends, exclusive.
        n_before: [n_chars + 1] how many characters of words stand before each offset.
        prefix: [n_word_chars + 1] hashes of all letters and digits up to there.
    """

    starts: Offsets
    ends: Offsets
    n_before: NDArray[np.int32]
    prefix: Hashes


def find_words(codes: Codes, kinds: Kinds) -> Words:
    """Return the words: runs of letters, digits and combining marks."""
    is_word = kinds >= Kind.LOWER
    edges = np.flatnonzero(is_word[1:] != is_word[:-1]) + 1
    n_before = np.zeros(len(codes) + 1, dtype=np.int32)
    np.cumsum(is_word, out=n_before[1:])
    letters = fold_codes(codes[is_word])
    prefix = np.zeros(len(letters) + 1, dtype=np.uint64)
    np.cumsum(letters * _raise(_BASE, len(letters)), out=prefix[1:])
    return Words(edges[::2], edges[1::2], n_before, prefix)


def hash_spans(words: Words, starts: Offsets, ends: Offsets) -> Hashes:
    """Return the hash of the letters and digits between offsets, whatever else is between them; 0 where there are none.

    A polynomial in the letters (Karp and Rabin, 1987), modulo 2**64, so that the hash of any span is the difference of
    two prefixes.
    """
    first, last = words.n_before[starts], words.n_before[ends]
    spans = (words.prefix[last] - words.prefix[first]) * _raise(_INVERSE, len(words.prefix))[first]
    spans ^= spans >> np.uint64(29)
    return spans * _MIX


def hash_phrase(phrase: str) -> int:
    """Return the hash of a phrase, as `hash_spans` gives it."""
    codes = read_codes(f" {phrase} ")
    words = find_words(codes, read_kinds(codes))
    return int(hash_spans(words, np.array([0]), np.array([len(codes)]))[0])


def find_members(hashes: Hashes, members: Hashes) -> NDArray[np.bool_]:
    """Tell which of `hashes` are among `members`, few and ascending. A table of bits spares most of them the search."""
    if not len(members):
        return np.zeros(len(hashes), dtype=bool)
    bits = np.zeros(1 << int(_FILTER_BITS), dtype=bool)
    shift = np.uint64(64) - _FILTER_BITS
    bits[members >> shift] = True
    found: NDArray[np.bool_] = bits[hashes >> shift]
    likely = np.flatnonzero(found)
    places = np.searchsorted(members, hashes[likely]).clip(max=len(members) - 1)
    found[likely] = members[places] == hashes[likely]
    return found


def _raise(base: np.uint64, n: int) -> Hashes:
    return _keep_powers(int(base))[:n] if n <= _KEPT_POWERS else _list_powers(int(base), n)


@cache
def _keep_powers(base: int) -> Hashes:
    return _list_powers(base, _KEPT_POWERS)


def _list_powers(base: int, n: int) -> Hashes:
    powers = np.full(n, base, dtype=np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)
