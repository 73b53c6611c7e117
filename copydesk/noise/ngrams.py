"""A linear score over hashed character n-grams: what the wording of a block alone says, in any script."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.kernels import characters as kernels
from copydesk.noise.characters import Ints, describe_code_points, read_chunks

BITS: Final = 16
_HEAD_CHARS: Final = 120
_SHORT: Final = 3
_LONG: Final = 5
# Weights are summed as whole numbers, so that the order of the sum does not matter.
_SCALE: Final = 1 << 12

Floats = NDArray[np.float32]


class Ngrams(NamedTuple):
    """The n-grams of one size of some neighbouring texts.

    Attributes:
        buckets: [n] the bucket of the n-gram that starts at each character.
        from_: [n_texts] the first n-gram of each text.
        to: [n_texts] the one behind its last; those between texts belong to none.
    """

    buckets: NDArray[np.uint32]
    from_: Ints
    to: Ints


def score_texts(texts: pl.Series | Sequence[str], weights: Floats) -> Floats:
    """Return the sum of the weights of each text's n-grams, over the root of their number; 0 for none.

    Args:
        texts: verbatim blocks.
        weights: one weight for each of the 2**BITS buckets.
    """
    whole = np.rint(weights * _SCALE).astype(np.int32)
    scores = [np.zeros(0, dtype=np.float32)]
    for sizes in hash_ngrams(texts):
        sums = sum(kernels.sum_weights(ngrams.buckets, ngrams.from_, ngrams.to, whole) for ngrams in sizes)
        counts = sum(ngrams.to - ngrams.from_ for ngrams in sizes)
        scores.append((sums / (_SCALE * np.sqrt(np.maximum(counts, 1)))).astype(np.float32))
    return np.concatenate(scores)


def hash_ngrams(texts: pl.Series | Sequence[str]) -> Iterator[tuple[Ngrams, Ngrams]]:
    """Yield, for some texts at a time, the 3-grams and the 5-grams in the first 120 characters of each.

    A space stands before and behind each text; letters are small, and digits are all alike. The hash is polynomial
    over code points, so that it is the same on every machine.
    """
    for chunk in read_chunks(texts, _HEAD_CHARS):
        short, long = kernels.hash_ngrams(chunk.codes, describe_code_points().folded)
        starts = chunk.starts - 1
        yield _bound_ngrams(short, starts, chunk.ends, _SHORT), _bound_ngrams(long, starts, chunk.ends, _LONG)


def _bound_ngrams(buckets: NDArray[np.uint32], starts: Ints, ends: Ints, size: int) -> Ngrams:
    return Ngrams(buckets, starts, np.maximum(starts, ends + 2 - size))
