"""Words of many texts at once, each known by a hash of its letters: where they stand and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels import words as kernels
from copydesk.text.characters import Codes, Kinds, read_codes, read_folds, read_kinds

Offsets = NDArray[np.int64]
Hashes = NDArray[np.uint64]

TEXT_MIX: Final = np.uint64(0xA0761D6478BD642F)
"""Times the number of a text, added to the hash of a word, it parts the same word of two texts."""
# Of the base of the hash, which words.c has.
_INVERSE: Final = pow(0x9E3779B97F4A7C15, -1, 1 << 64)
_KEPT_POWERS: Final = 1 << 20


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

    @property
    def hashed(self) -> kernels.Hashed:
        """The words as kernels take them."""
        return kernels.Hashed(self.starts, self.ends, self.n_before, self.prefix, _list_inverses(len(self.prefix)))


def find_words(codes: Codes, kinds: Kinds) -> Words:
    """Return the words: runs of letters, digits and combining marks."""
    return Words(*kernels.find_words(codes, kinds, read_folds()))


def hash_spans(words: Words, starts: Offsets, ends: Offsets) -> Hashes:
    """Return the hash of the letters and digits between offsets, whatever else is between them; 0 where there are none.

    A polynomial in the letters (Karp and Rabin, 1987), modulo 2**64, so that the hash of any span is the difference of
    two prefixes.
    """
    return kernels.hash_spans(words.hashed, starts, ends)


def hash_phrases(phrases: Sequence[str]) -> Hashes:
    """Return the hash of each phrase, as `hash_spans` gives it."""
    codes = read_codes("\n".join(["", *phrases, ""]))
    ends = np.cumsum([len(phrase) + 1 for phrase in phrases], dtype=np.int64)
    starts = np.concatenate([[0], ends[:-1]])[: len(phrases)].astype(np.int64)
    return hash_spans(find_words(codes, read_kinds(codes)), starts, ends)


def find_members(hashes: Hashes, members: Hashes) -> NDArray[np.bool_]:
    """Tell which of `hashes` are among `members`, ascending."""
    return kernels.find_members(hashes, members)


def _list_inverses(n: int) -> Hashes:
    return _keep_inverses()[:n] if n <= _KEPT_POWERS else _raise_inverse(n)


@cache
def _keep_inverses() -> Hashes:
    return _raise_inverse(_KEPT_POWERS)


def _raise_inverse(n: int) -> Hashes:
    powers = np.full(n, _INVERSE, dtype=np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)
