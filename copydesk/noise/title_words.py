"""The long words of headlines, and how many of them stand in other blocks."""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.kernels import characters as kernels
from copydesk.noise.characters import Chunk, Ints, describe_code_points, read_chunks
from copydesk.noise.segments import Documents
from copydesk.noise.vocabulary import Keys, Words, join_words, mix_keys

Bools = NDArray[np.bool_]

_SEPARATORS: Final = ".,:;!?…|()[]\"'«»“”„‘’/–—-"
# Scripts without spaces, and Korean, whose words have two or three characters.
_SHORT_WORDED: Final = ((0x0E00, 0x0E7F), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7A3))
_KNOWN: Final = 1 << 16
_SEPARATES: Final = 1
_SHORT: Final = 2
_FILTER_BITS: Final = 20
NEAR: Final = 3
"""So many blocks before and behind a headline are compared with it; so many make up the head of a page."""


class SharedTitleWords(NamedTuple):
    """How many different long words each block has, and shares.

    Attributes:
        n_words: [n_blocks] how many there are.
        in_body: [n_blocks] how many stand in the body too.
        in_head: [n_blocks] how many stand in the first blocks of the document too.
        with_next: [NEAR, n_blocks] how many stand in the block one, two ... further on too.
    """

    n_words: Ints
    in_body: Ints
    in_head: Ints
    with_next: Ints


def list_long_words(text: str) -> frozenset[int]:
    """Return a number for each different long word of a text."""
    return frozenset(find_title_words([text]).keys.tolist())


def find_title_words(texts: pl.Series | Sequence[str]) -> Words:
    """Return the words of four characters or more; of scripts with short words every pair of characters."""
    return join_words([_find_words(chunk) for chunk in read_chunks(texts)])


def _find_words(chunk: Chunk) -> Words:
    marks = kernels.look_up_codes(chunk.codes, _mark_code_points())
    rows, keys = kernels.find_headline_words(
        chunk.codes, marks, chunk.starts, chunk.ends, describe_code_points().folded
    )
    return Words(chunk.first + rows, keys)


@cache
def _mark_code_points() -> NDArray[np.uint32]:
    """Return what separates words, and what belongs to scripts with short ones, by code point."""
    marks = np.zeros(_KNOWN + 1, dtype=np.uint32)
    spaces = [code for code in range(_KNOWN) if chr(code).isspace()]
    marks[[*spaces, *map(ord, _SEPARATORS)]] |= _SEPARATES
    for first, last in _SHORT_WORDED:
        marks[first : last + 1] |= _SHORT
    return marks


def may_be_among(keys: Keys, chosen: Keys) -> Bools:
    """Return whether each key may be among the chosen ones: all that are, and a few that share a bit with one."""
    is_chosen = np.zeros(1 << _FILTER_BITS, dtype=bool)
    shift = np.uint64(64 - _FILTER_BITS)
    is_chosen[chosen >> shift] = True
    among: Bools = is_chosen[keys >> shift]
    return among


def share_title_words(words: Words, is_body: Bools, documents: Documents) -> SharedTitleWords:
    """Look every word up in the body, in the head and in the next blocks of its document.

    Args:
        words: of all blocks that are looked at, in their order.
        is_body: [n_blocks] the block is part of the body.
        documents: which blocks make up which document.
    """
    n_blocks = len(is_body)
    keys = mix_keys(words.keys, documents.start[words.rows].astype(np.uint64))
    # Rows ascend already, and the sort is stable.
    order = np.argsort(keys, kind="stable")
    keys, rows = keys[order], words.rows[order]
    is_new_word = np.insert(keys[1:] != keys[:-1], 0, np.ones(min(1, len(keys)), dtype=bool))
    is_new = is_new_word | np.insert(rows[1:] != rows[:-1], 0, np.ones(min(1, len(rows)), dtype=bool))
    rows, number = rows[is_new], np.cumsum(is_new_word)[is_new]

    def count_with(marked: Bools) -> Ints:
        stands_there = np.zeros(number.max(initial=0) + 1, dtype=bool)
        stands_there[number[marked]] = True
        return np.bincount(rows[stands_there[number]], minlength=n_blocks)

    return SharedTitleWords(
        n_words=np.bincount(rows, minlength=n_blocks),
        in_body=count_with(is_body[rows]),
        in_head=count_with(documents.index[rows] < NEAR),
        with_next=_count_shared(rows, number, n_blocks),
    )


def _count_shared(rows: Ints, number: Ints, n_blocks: int) -> Ints:
    """Count the words that blocks share with the ones behind; `rows` ascend for each word, which has a `number`."""
    shared = np.zeros((NEAR, n_blocks), dtype=np.int64)
    for apart in range(1, NEAR + 1):
        distance = rows[apart:] - rows[:-apart]
        is_near = (number[apart:] == number[:-apart]) & (distance <= NEAR)
        np.add.at(shared, (distance[is_near] - 1, rows[:-apart][is_near]), 1)
    return shared
