"""The words that blocks share with the rest of their document, and above all with its prose."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels import characters as kernels
from copydesk.noise.characters import Chunk, Ints, describe_code_points
from copydesk.noise.segments import Documents

Floats = NDArray[np.float32]
Keys = NDArray[np.uint64]

_OFTEN: Final = 2
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)


class Words(NamedTuple):
    """Long words, in order: the row of each, and a key that the same word has everywhere."""

    rows: Ints
    keys: Keys


class SharedWords(NamedTuple):
    """Of each block's different long words, the shares that stand elsewhere in the document; -1 without such words.

    Attributes:
        in_prose: in another block of prose.
        often_in_prose: in three other blocks of prose or more.
        elsewhere: in another block of any kind.
        n_words: how many there are.
    """

    in_prose: Floats
    often_in_prose: Floats
    elsewhere: Floats
    n_words: Floats


def find_words(chunk: Chunk) -> Words:
    """Return the words of five letters or more, and every two neighbouring characters of scripts without spaces."""
    folds = describe_code_points().folded
    rows, keys = kernels.find_long_words(chunk.codes, chunk.kinds, chunk.starts, chunk.ends, folds)
    return Words(chunk.first + rows, keys)


def key_words(chunk: Chunk, starts: Ints, ends: Ints) -> Keys:
    """Return a key from the first letters, the last ones and the length: as good as the word, and found at once."""
    return kernels.key_words(chunk.codes, starts, ends, describe_code_points().folded)


def mix_keys(keys: NDArray[np.integer], codes: NDArray[np.integer]) -> Keys:
    """Return a key made of a key and a code point, or of two of either."""
    mixed = (keys.astype(np.uint64) ^ codes.astype(np.uint64)) * _MULTIPLIER
    mixed ^= mixed >> np.uint64(29)
    return mixed


def join_words(parts: Sequence[Words]) -> Words:
    """Return the words of several chunks as one."""
    return Words(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def share_words(words: Words, is_prose: NDArray[np.bool_], documents: Documents) -> SharedWords:
    """Look every word up in the rest of its document.

    Args:
        words: of all blocks.
        is_prose: [n_rows] the block is prose.
        documents: which rows make up which document.
    """
    n_rows = len(is_prose)
    if not len(words.rows):
        none = np.full(n_rows, -1, dtype=np.float32)
        return SharedWords(none, none, none, none)
    keys = mix_keys(words.keys, documents.start[words.rows].astype(np.uint64))
    count, *shared = kernels.count_shared_words(keys, words.rows, is_prose)
    shares = [found / count.clip(1) for found in shared]
    return SharedWords(*(np.where(count > 0, share, -1).astype(np.float32) for share in (*shares, count)))
