"""Counting characters, finding words and hashing n-grams of blocks that stand one behind the other."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.library import bind_kernel, lend_array, refuse_outside

Codes = NDArray[np.uint32]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]

TAIL: Final = 4
"""So many characters at the end of a block are told."""

_N_COUNTS: Final = 6
_BUCKETS: Final = 1 << 16
_FOLLOWING: Final = 4

_look_up_codes: Final = bind_kernel("look_up_codes", "pnpnp")
_count_characters: Final = bind_kernel("count_characters", "pnppnpnpppp", returns=True)
_key_words: Final = bind_kernel("key_words", "pnppnpnp", returns=True)
_find_long_words: Final = bind_kernel("find_long_words", "ppnppnpnpp", returns=True)
_hash_ngrams: Final = bind_kernel("hash_ngrams", "pnpnppp")
_read_blocks: Final = bind_kernel("read_blocks", "pnppnnpnppnpp", returns=True)
_count_shared_words: Final = bind_kernel("count_shared_words", "ppnpppnp", returns=True)
_sum_weights: Final = bind_kernel("sum_weights", "pnppnpp", returns=True)
_sum_letters: Final = bind_kernel("sum_letters", "ppnppnnpnnppp", returns=True)
_find_headline_words: Final = bind_kernel("find_headline_words", "ppnppnpnpp", returns=True)


class Counted(NamedTuple):
    """What is counted in blocks.

    Attributes:
        of_kind: [n_kinds, n_blocks] characters of each kind, small letters aside.
        counts: [6, n_blocks] small letters, words with a capital, short words, long words, addresses, slashes.
        first: [n_blocks] kinds of the first character.
        tail: [TAIL, n_blocks] kinds of the last characters, the last one first; 0 where there are fewer.
    """

    of_kind: Ints
    counts: Ints
    first: Codes
    tail: Codes


class BlockCodes(NamedTuple):
    """The code points of blocks, a space before, between and behind them.

    Attributes:
        codes: [n_chars] code points.
        kinds: [n_chars] the kinds of each.
        starts: [n_blocks] where each block starts.
        ends: [n_blocks] where it ends, exclusive.
    """

    codes: Codes
    kinds: Codes
    starts: Ints
    ends: Ints


def read_blocks(utf8: NDArray[np.uint8], from_: Ints, to: Ints, longest: int, table: Codes) -> BlockCodes:
    """Decode blocks.

    Args:
        utf8: what they lie in.
        from_: [n_blocks] the first byte of each.
        to: [n_blocks] the one behind its last.
        longest: so many characters of each are read at most.
        table: the kinds of each code point; the last row is for all others.
    """
    n = len(from_)
    room = int(np.minimum(to - from_, longest).clip(0).sum()) + n + 1
    codes, kinds = np.empty(room, dtype=np.uint32), np.empty(room, dtype=np.uint32)
    starts, ends = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    n_chars = _read_blocks(
        lend_array(utf8, np.uint8),
        len(utf8),
        *(lend_array(offsets, np.int64, (n,)) for offsets in (from_, to)),
        n,
        longest,
        *_lend_table(table),
        _lend_codes(codes),
        _lend_codes(kinds),
        room,
        lend_array(starts, np.int64),
        lend_array(ends, np.int64),
    )
    refuse_outside(n_chars)
    return BlockCodes(codes[:n_chars], kinds[:n_chars], starts, ends)


def look_up_codes(codes: Codes, table: Codes) -> Codes:
    """Return the number of each code point; the last row of the table is for all that it does not reach."""
    numbers = np.empty(len(codes), dtype=np.uint32)
    _look_up_codes(_lend_codes(codes), len(codes), *_lend_table(table), _lend_codes(numbers))
    return numbers


def count_characters(kinds: Codes, starts: Ints, ends: Ints, bits: Ints) -> Counted:
    """Count the characters of blocks with a space before, between and behind them.

    Args:
        kinds: [n_chars] the kinds of each character.
        starts: [n_blocks] where each block starts.
        ends: [n_blocks] where it ends, exclusive.
        bits: [n_kinds] the bits of the kinds that are counted.
    """
    n = len(starts)
    found = Counted(
        np.empty((len(bits), n), dtype=np.int64),
        np.zeros((_N_COUNTS, n), dtype=np.int64),
        np.empty(n, dtype=np.uint32),
        np.empty((TAIL, n), dtype=np.uint32),
    )
    status = _count_characters(
        _lend_codes(kinds),
        len(kinds),
        *(lend_array(offsets, np.int64, (n,)) for offsets in (starts, ends)),
        n,
        lend_array(bits, np.int64),
        len(bits),
        *(lend_array(counts, counts.dtype) for counts in found),
    )
    refuse_outside(status)
    return found


def key_words(codes: Codes, starts: Ints, ends: Ints, folds: Codes) -> Keys:
    """Return a key of each word of three letters or more, made of its first letters, its last ones and its length."""
    keys = np.empty(len(starts), dtype=np.uint64)
    spans = (lend_array(offsets, np.int64, keys.shape) for offsets in (starts, ends))
    status = _key_words(
        _lend_codes(codes), len(codes), *spans, len(keys), *_lend_table(folds), lend_array(keys, np.uint64)
    )
    refuse_outside(status)
    return keys


def find_long_words(codes: Codes, kinds: Codes, starts: Ints, ends: Ints, folds: Codes) -> tuple[Ints, Keys]:
    """Return words of five letters or more, and pairs of characters of scripts without spaces, in order.

    The first array is the number of the block, the second the key of the word.
    """
    n_chars, n_blocks = len(codes), len(starts)
    rows, keys = np.empty(n_chars, dtype=np.int64), np.empty(n_chars, dtype=np.uint64)
    n = _find_long_words(
        _lend_codes(codes),
        lend_array(kinds, np.uint32, (n_chars,)),
        n_chars,
        *(lend_array(offsets, np.int64, (n_blocks,)) for offsets in (starts, ends)),
        n_blocks,
        *_lend_table(folds),
        lend_array(rows, np.int64),
        lend_array(keys, np.uint64),
    )
    refuse_outside(n)
    return rows[:n], keys[:n]


def hash_ngrams(codes: Codes, folds: Codes) -> tuple[Codes, Codes]:
    """Return the buckets, below 2**16, of the 3-grams and of the 5-grams that start at each code point."""
    n = len(codes)
    scratch = np.empty(n + _FOLLOWING, dtype=np.uint32)
    of_three, of_five = np.empty(n, dtype=np.uint32), np.empty(n, dtype=np.uint32)
    arrays = (_lend_codes(numbers) for numbers in (scratch, of_three, of_five))
    _hash_ngrams(_lend_codes(codes), n, *_lend_table(folds), *arrays)
    return of_three, of_five


def sum_weights(buckets: Codes, starts: Ints, ends: Ints, weights: NDArray[np.int32]) -> Ints:
    """Return the sum of the weights of the buckets of each span; `weights` are those of all 2**16 buckets."""
    sums = np.empty(len(starts), dtype=np.int64)
    status = _sum_weights(
        _lend_codes(buckets),
        len(buckets),
        *(lend_array(offsets, np.int64, sums.shape) for offsets in (starts, ends)),
        len(sums),
        lend_array(weights, np.int32, (_BUCKETS,)),
        lend_array(sums, np.int64),
    )
    refuse_outside(status)
    return sums


def count_shared_words(keys: Keys, rows: Ints, is_prose: NDArray[np.bool_]) -> Ints:
    """Count for each row its different words, and how many of them other rows have.

    Args:
        keys: of words; the same word has the same one in all rows that are compared.
        rows: the row of each, ascending.
        is_prose: [n_rows] the row is prose.

    Returns:
        [4, n_rows] the words, those in another row of prose, in three other rows of prose or more, in any other row.
    """
    keys, rows = keys.copy(), rows.copy()
    scratch = np.empty_like(keys), np.empty_like(rows)
    counts = np.zeros((4, len(is_prose)), dtype=np.int64)
    status = _count_shared_words(
        lend_array(keys, np.uint64),
        lend_array(rows, np.int64, keys.shape),
        len(keys),
        *(lend_array(array, array.dtype) for array in scratch),
        lend_array(is_prose, np.bool_),
        len(is_prose),
        lend_array(counts, np.int64),
    )
    refuse_outside(status)
    return counts


def _lend_table(table: Codes) -> tuple[int, int]:
    if not len(table):
        raise ValueError("An empty table.")
    return _lend_codes(table), len(table)


class LetterSums(NamedTuple):
    """A hash of the letters of blocks.

    Attributes:
        lengths: [n_blocks] how many letters each has.
        first: [n_blocks] how many stand before its own.
        sums: [n_letters + 1] the sums of the hash's terms before each letter, and of all.
    """

    lengths: Ints
    first: Ints
    sums: Keys


def sum_letters(blocks: BlockCodes, chosen: int, spread: Keys, base: int) -> LetterSums:
    """Return the hash of the characters that are of a chosen kind, polynomial in what `spread` gives their code points.

    The exponent of a letter is how many letters stand before it.
    """
    n_chars, n_blocks = len(blocks.codes), len(blocks.starts)
    lengths, first = np.empty(n_blocks, dtype=np.int64), np.empty(n_blocks, dtype=np.int64)
    sums = np.empty(n_chars + 1, dtype=np.uint64)
    n = _sum_letters(
        _lend_codes(blocks.codes),
        lend_array(blocks.kinds, np.uint32, (n_chars,)),
        n_chars,
        *(lend_array(offsets, np.int64, (n_blocks,)) for offsets in (blocks.starts, blocks.ends)),
        n_blocks,
        chosen,
        lend_array(spread, np.uint64),
        len(spread),
        base,
        *(lend_array(counts, np.int64) for counts in (lengths, first)),
        lend_array(sums, np.uint64),
    )
    refuse_outside(n)
    return LetterSums(lengths, first, sums[: n + 1])


def find_headline_words(codes: Codes, marks: Codes, starts: Ints, ends: Ints, folds: Codes) -> tuple[Ints, Keys]:
    """Return words of four letters or more, and pairs of characters of scripts with short words, in order.

    `marks` tell of each character whether it separates words (1) and whether its script has short ones (2). The first
    array is the number of the block, the second the key of the word.
    """
    n_chars, n_blocks = len(codes), len(starts)
    rows, keys = np.empty(n_chars, dtype=np.int64), np.empty(n_chars, dtype=np.uint64)
    n = _find_headline_words(
        _lend_codes(codes),
        lend_array(marks, np.uint32, (n_chars,)),
        n_chars,
        *(lend_array(offsets, np.int64, (n_blocks,)) for offsets in (starts, ends)),
        n_blocks,
        *_lend_table(folds),
        lend_array(rows, np.int64),
        lend_array(keys, np.uint64),
    )
    refuse_outside(n)
    return rows[:n], keys[:n]


def _lend_codes(codes: Codes) -> int:
    return lend_array(codes, np.uint32)
