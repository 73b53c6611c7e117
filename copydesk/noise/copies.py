"""Blocks as their letters and digits only: what two copies of a passage share, whatever stands between.

A span of them has a hash, polynomial over code points modulo 2**64 (Karp and Rabin, 1987), so that equal starts and
contained passages are found by comparing numbers.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.kernels import characters as kernels
from copydesk.noise.characters import Ints, Kind, describe_code_points, read_chunks
from copydesk.noise.segments import Documents
from copydesk.noise.vocabulary import mix_keys

Keys = NDArray[np.uint64]

# Odd, so that it has an inverse; else without meaning.
_BASE: Final = 0x9E3779B97F4A7C15
_MODULUS: Final = 1 << 64
_SPREAD: Final = np.uint64(0xD6E8FEB86659FD93)
_CHOSEN: Final = Kind.LETTER | Kind.DIGIT
# More than a chunk holds.
_MAX_LETTERS: Final = 1 << 18


class Squashed(NamedTuple):
    """Blocks without all that is neither letter nor digit, case folded.

    Attributes:
        lengths: [n_blocks] letters and digits.
        starts: [n_blocks] where each block starts in `sums`.
        exponents: [n_blocks] the power of the base that goes with its first letter.
        sums: sums of the hash's terms up to each letter.
    """

    lengths: Ints
    starts: Ints
    exponents: Ints
    sums: Keys

    def hash_spans(self, rows: Ints, from_: Ints | int, to: Ints) -> Keys:
        """Return a number for letters `from_` to `to`, exclusive, of each row: the same wherever they stand."""
        first = self.starts[rows]
        terms = self.sums[first + to] - self.sums[first + from_]
        hashes: Keys = terms * _raise_inverse()[self.exponents[rows] + from_]
        return hashes

    def key_blocks(self, documents: Documents) -> Keys:
        """Return a number for each block that its copies in the document share, and no others."""
        whole = self.hash_spans(np.arange(len(self.lengths)), 0, self.lengths)
        return mix_keys(mix_keys(whole, self.lengths), documents.start)


def squash_blocks(texts: pl.Series | Sequence[str]) -> Squashed:
    """Squash the first 65,000 characters or so of each text."""
    parts = [
        kernels.sum_letters(kernels.BlockCodes(*chunk[1:]), _CHOSEN, _spread_letters(), _BASE)
        for chunk in read_chunks(texts)
    ]
    before = np.cumsum([0, *(len(part.sums) for part in parts)])
    return Squashed(
        lengths=np.concatenate([part.lengths for part in parts]),
        starts=np.concatenate([part.first + start for part, start in zip(parts, before[:-1], strict=True)]),
        exponents=np.concatenate([part.first for part in parts]),
        sums=np.concatenate([part.sums for part in parts]),
    )


@cache
def _spread_letters() -> Keys:
    """Return a number for each code point: the same for a letter and its capital, another for every digit."""
    known = describe_code_points()
    is_digit = known.kinds & Kind.DIGIT > 0
    spread = np.where(is_digit, np.arange(len(is_digit)), known.folded).astype(np.uint64) * _SPREAD
    spread ^= spread >> np.uint64(31)
    return spread


@cache
def _raise_inverse() -> Keys:
    """Return the powers of the base's inverse."""
    factors = np.full(_MAX_LETTERS, pow(_BASE, -1, _MODULUS), dtype=np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)
