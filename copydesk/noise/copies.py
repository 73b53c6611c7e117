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
_MAX_CHARS: Final = 1 << 16


class Squashed(NamedTuple):
    """Blocks without all that is neither letter nor digit, case folded.

    Attributes:
        lengths: [n_blocks] letters and digits.
        starts: [n_blocks] where each block starts in `sums`.
        sums: sums of the hash's terms up to each letter.
    """

    lengths: Ints
    starts: Ints
    sums: Keys

    def hash_spans(self, rows: Ints, from_: Ints | int, to: Ints) -> Keys:
        """Return a number for letters `from_` to `to`, exclusive, of each row: the same wherever they stand."""
        first = self.starts[rows]
        terms = self.sums[first + to] - self.sums[first + from_]
        _, inverses = _raise_base()
        hashes: Keys = terms * inverses[from_]
        return hashes

    def key_blocks(self, documents: Documents) -> Keys:
        """Return a number for each block that its copies in the document share, and no others."""
        whole = self.hash_spans(np.arange(len(self.lengths)), 0, self.lengths)
        return mix_keys(mix_keys(whole, self.lengths), documents.start)


def squash_blocks(texts: Sequence[str]) -> Squashed:
    """Squash the first 65,000 characters or so of each text."""
    parts = [_squash_chunk(chunk) for chunk in read_chunks(texts)]
    lengths = np.concatenate([lengths for lengths, _ in parts])
    sums = np.zeros(int(lengths.sum()) + 1, dtype=np.uint64)
    np.cumsum(np.concatenate([terms for _, terms in parts]), out=sums[1:])
    return Squashed(lengths, np.cumsum(lengths) - lengths, sums)


def _squash_chunk(chunk: Chunk) -> tuple[Ints, Keys]:
    """Return the length of each block, and the terms of the hash of all."""
    places = np.flatnonzero(chunk.kinds & (Kind.LETTER | Kind.DIGIT))
    first = np.searchsorted(places, chunk.starts)
    lengths = np.searchsorted(places, chunk.ends) - first
    codes = chunk.codes[places]
    is_digit = chunk.kinds[places] & Kind.DIGIT > 0
    folded = np.where(is_digit, codes, describe_code_points().folded.take(codes, mode="clip"))
    terms = folded.astype(np.uint64) * _SPREAD
    terms ^= terms >> np.uint64(31)
    powers, _ = _raise_base()
    terms *= powers[np.arange(len(places)) - np.repeat(first, lengths)]
    return lengths, terms


@cache
def _raise_base() -> tuple[Keys, Keys]:
    """Return the powers of the base, and their inverses."""
    both = []
    for base in (_BASE, pow(_BASE, -1, _MODULUS)):
        factors = np.full(_MAX_CHARS, base, dtype=np.uint64)
        factors[0] = 1
        both.append(np.cumprod(factors, dtype=np.uint64))
    return both[0], both[1]
