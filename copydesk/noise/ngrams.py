"""A linear score over hashed character n-grams: what the wording of a block alone says, in any script."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

BITS: Final = 16
_SIZES: Final = (3, 5)
_HEAD_CHARS: Final = 120
_MULTIPLIERS: Final = {3: np.uint32(0x27D4EB2F), 5: np.uint32(0x85EBCA77)}
_SPREAD: Final = np.uint32(0x9E3779B1)

Floats = NDArray[np.float32]


def score_texts(texts: pl.Series, weights: Floats) -> Floats:
    """Return the sum of the weights of each text's n-grams, over the root of their number; 0 for none.

    Args:
        texts: verbatim blocks.
        weights: one weight for each of the 2**BITS buckets.
    """
    sums = np.zeros(len(texts), dtype=np.float64)
    counts = np.zeros(len(texts), dtype=np.int64)
    for rows, buckets in hash_ngrams(texts):
        sums += np.bincount(rows, weights=weights[buckets], minlength=len(texts))
        counts += np.bincount(rows, minlength=len(texts))
    scores: Floats = (sums / np.sqrt(counts.clip(1))).astype(np.float32)
    return scores


def hash_ngrams(texts: pl.Series) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32]]]:
    """Yield, for each size of n-gram, the row and the bucket of every n-gram in the first 120 characters of the texts.

    Texts are lower-cased and digits are all alike. The hash is multiplicative over UTF-32 code units, so that it is the
    same on every machine.
    """
    if texts.is_empty():
        return
    prepared = " " + texts.str.slice(0, _HEAD_CHARS).str.to_lowercase().str.replace_all(r"\d", "0") + " "
    codes = np.frombuffer("".join(prepared.to_list()).encode("utf-32-le"), dtype=np.uint32)
    lengths = prepared.str.len_chars().to_numpy().astype(np.int64)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(codes))
    spread = codes * _SPREAD
    spread ^= spread >> np.uint32(15)
    for size in _SIZES:
        whole = left >= size
        yield rows[whole], _hash_windows(spread, size)[whole]


def _hash_windows(spread: NDArray[np.uint32], size: int) -> NDArray[np.int32]:
    """Return the bucket of the n-gram that starts at each character; the last `size` - 1 are meaningless."""
    hashes = np.zeros(len(spread), dtype=np.uint32)
    for i in range(min(size, len(spread))):
        hashes[: len(spread) - i] = hashes[: len(spread) - i] * np.uint32(31) + spread[i:]
    hashes *= _MULTIPLIERS[size]
    hashes ^= hashes >> np.uint32(13)
    return (hashes >> np.uint32(32 - BITS)).astype(np.int32)
