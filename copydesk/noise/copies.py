"""Blocks as their letters and digits only: what two copies of a passage share, whatever stands between.

A span of them has a hash, polynomial over code points modulo 2**64 (Karp and Rabin, 1987), so that equal starts and
contained passages are found by comparing numbers.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.noise.characters import Chunk, Ints, Kind, describe_code_points, read_chunks
from copydesk.noise.segments import Documents
from copydesk.noise.vocabulary import mix_keys

Keys = NDArray[np.uint64]

# Odd, so that it has an inverse; else without meaning.
_BASE: Final = 0x9E3779B97F4A7C15
_MODULUS: Final = 1 << 64
_SPREAD: Final = np.uint64(0xD6E8FEB86659FD93)
# More than a chunk holds.
_MAX_CHARS: Final = 1 << 18


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
        _, inverses = _raise_base()
        hashes: Keys = terms * inverses[self.exponents[rows] + from_]
        return hashes

    def key_blocks(self, documents: Documents) -> Keys:
        """Return a number for each block that its copies in the document share, and no others."""
        whole = self.hash_spans(np.arange(len(self.lengths)), 0, self.lengths)
        return mix_keys(mix_keys(whole, self.lengths), documents.start)


def squash_blocks(texts: Sequence[str]) -> Squashed:
    """Squash the first 65,000 characters or so of each text."""
    lengths, exponents, terms = (
        np.concatenate(parts) for parts in zip(*map(_squash_chunk, read_chunks(texts)), strict=True)
    )
    sums = np.zeros(len(terms) + 1, dtype=np.uint64)
    np.cumsum(terms, out=sums[1:])
    return Squashed(lengths, np.cumsum(lengths) - lengths, exponents, sums)


def _squash_chunk(chunk: Chunk) -> tuple[Ints, Ints, Keys]:
    """Return the length of each block, the power that goes with its first letter, and the terms of the hash of all."""
    places = np.flatnonzero(chunk.kinds & (Kind.LETTER | Kind.DIGIT))
    first, behind = np.searchsorted(places, chunk.starts), np.searchsorted(places, chunk.ends)
    powers, _ = _raise_base()
    terms = _spread_letters().take(chunk.codes[places], mode="clip")
    terms *= powers[: len(places)]
    return behind - first, first, terms


@cache
def _spread_letters() -> Keys:
    """Return a number for each code point: the same for a letter and its capital, another for every digit."""
    known = describe_code_points()
    is_digit = known.kinds & Kind.DIGIT > 0
    spread = np.where(is_digit, np.arange(len(is_digit)), known.folded).astype(np.uint64) * _SPREAD
    spread ^= spread >> np.uint64(31)
    return spread


@cache
def _raise_base() -> tuple[Keys, Keys]:
    """Return the powers of the base, and their inverses."""
    both = []
    for base in (_BASE, pow(_BASE, -1, _MODULUS)):
        factors = np.full(_MAX_CHARS, base, dtype=np.uint64)
        factors[0] = 1
        both.append(np.cumprod(factors, dtype=np.uint64))
    return both[0], both[1]
