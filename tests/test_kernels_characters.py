"""Kernels over the characters of blocks, beside a few lines of Python that say the same."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from copydesk.kernels.characters import (
    count_characters,
    count_shared_words,
    find_long_words,
    hash_ngrams,
    key_words,
    look_up_codes,
    read_blocks,
    sum_weights,
)
from copydesk.noise.characters import COUNTED, CharacterCounts, Chunk, Kind, describe_code_points, read_chunks
from copydesk.noise.characters import count_characters as count_blocks

BLOCKS = st.lists(
    st.text(st.sampled_from("abcdefABÉé1٣ \t\u00a0,.!|@/©€…本語ー\U0001f600\U000e0001"), max_size=40), max_size=6
)
ONE = np.array([1], dtype=np.int64)
FOLDS = describe_code_points().folded
MASK = 2**64 - 1
KEYS = [3, 5, 2**63, MASK]


def read(texts: list[str]) -> Chunk:
    return next(read_chunks(texts))


def look_up(code: int) -> int:
    return int(describe_code_points().kinds[min(code, 0x20000)])


@settings(deadline=None)
@given(st.lists(st.text(), max_size=5), st.integers(1, 9))
def test_blocks_are_decoded_up_to_the_longest(texts: list[str], longest: int) -> None:
    (chunk,) = read_chunks(texts, longest)
    heads = [text[:longest] for text in texts]
    assert chunk.codes.tolist() == [ord(char) for char in "".join(f" {head}" for head in heads) + " "]
    assert chunk.kinds.tolist() == [look_up(code) for code in chunk.codes.tolist()]
    assert (chunk.ends - chunk.starts).tolist() == [len(head) for head in heads]


@settings(deadline=None)
@given(st.binary(max_size=12))
def test_bytes_that_are_no_utf8_are_read_to_their_end_and_no_further(content: bytes) -> None:
    utf8 = np.frombuffer(content, dtype=np.uint8)
    read_blocks(utf8, ONE * 0, ONE * len(content), 99, FOLDS)


@pytest.mark.parametrize(("from_", "to"), [(-1, 2), (0, 4), (2, 1)])
def test_blocks_outside_of_their_bytes_are_refused(from_: int, to: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        read_blocks(np.zeros(3, dtype=np.uint8), ONE * from_, ONE * to, 99, FOLDS)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(KEYS)), max_size=40), st.integers(0, 63))
def test_shared_words_are_counted_as_one_by_one(words: list[tuple[int, int]], prose: int) -> None:
    is_prose = [bool(prose >> row & 1) for row in range(6)]
    words.sort(key=lambda word: word[0])
    rows = np.array([row for row, _ in words], dtype=np.int64)
    keys = np.array([key for _, key in words], dtype=np.uint64)
    owners = {key: {row for row, other in words if other == key} for _, key in words}
    for row, counts in enumerate(count_shared_words(keys, rows, np.array(is_prose)).T.tolist()):
        others = [owners[key] - {row} for key in owners if row in owners[key]]
        n_prose = [sum(is_prose[other] for other in group) for group in others]
        assert counts == [len(others), sum(n > 0 for n in n_prose), sum(n > 2 for n in n_prose), sum(map(bool, others))]


@pytest.mark.parametrize("rows", [[-1], [2], [1, 0]])
def test_rows_that_are_none_or_out_of_order_are_refused(rows: list[int]) -> None:
    keys = np.zeros(len(rows), dtype=np.uint64)
    with pytest.raises(ValueError, match="outside"):
        count_shared_words(keys, np.array(rows), np.zeros(2, dtype=np.bool_))


def count_block(text: str) -> list[int]:
    """Small letters, words with a capital, short words, words of 25, addresses, slashes between spaces."""
    kinds = [look_up(ord(char)) for char in f" {text} "]
    inner = range(1, len(kinds) - 1)
    spaces = [i for i, kind in enumerate(kinds) if kind & Kind.SPACE]
    words = [(i + 1, j) for i, j in pairwise(spaces)]
    special = [i for i in inner if not kinds[i] & Kind.LOWER]
    addresses = [
        kinds[i] & Kind.AT
        or kinds[i] & kinds[i - 1] & Kind.SLASH
        or (kinds[i] & Kind.FULL_STOP and kinds[i - 1] & Kind.LETTER and kinds[i + 1] & Kind.LOWER)
        for i in special
    ]
    return [
        len(inner) - len(special),
        sum(1 for i in special if kinds[i] & Kind.UPPER and kinds[i - 1] & Kind.SPACE),
        sum(1 for i, j in words if j - i <= 3 and kinds[i] & Kind.LOWER),
        sum(1 for i, j in words if j - i >= 25),
        sum(map(bool, addresses)),
        sum(1 for i in special if kinds[i] & Kind.SLASH and kinds[i - 1] & kinds[i + 1] & Kind.SPACE),
    ]


@settings(deadline=None)
@given(BLOCKS)
def test_characters_are_counted_as_one_by_one(texts: list[str]) -> None:
    counts = count_blocks(read(texts))
    for i, text in enumerate(texts):
        kinds = [look_up(ord(char)) for char in text]
        others = [kind for kind in kinds if not kind & Kind.LOWER]
        assert counts.of_kind[:, i].tolist() == [sum(1 for kind in others if kind & one) for one in COUNTED]
        assert counts.tail[:, i].tolist() == [*kinds[::-1], 0, 0, 0, 0][:4]
        assert counts.first[i] == (kinds or [Kind.SPACE])[0]
        assert list_counts(counts, i) == [count if k != 3 else count > 0 for k, count in enumerate(count_block(text))]


def list_counts(counts: CharacterCounts, block: int) -> list[int]:
    names = ("lower", "capital_words", "short_words", "has_long_word", "addresses", "slashes")
    return [int(getattr(counts, name)[block]) for name in names]


def mix(key: int, code: int) -> int:
    mixed = (key ^ code) * 0x9E3779B97F4A7C15 & MASK
    return mixed ^ mixed >> 29


def key_word(word: str) -> int:
    folded = [int(FOLDS[ord(char)]) for char in word]
    key = len(word)
    for letter in [*folded[:6], *folded[-1:] * max(0, 6 - len(word)), *folded[:-4:-1]]:
        key = mix(key, letter)
    return key


def list_long_words(texts: list[str]) -> list[tuple[int, int]]:
    found = []
    for row, text in enumerate(texts):
        run = ""
        for char, behind in pairwise(f"{text}  "):
            kind, next_kind = look_up(ord(char)), look_up(ord(behind))
            if kind & Kind.LETTER and not kind & Kind.UNSPACED:
                run += char
                continue
            found += [(row, key_word(run))] * (len(run) >= 5)
            found += [(row, mix(ord(char), ord(behind)))] * bool(kind & next_kind & Kind.UNSPACED)
            run = ""
    return found


@settings(deadline=None)
@given(BLOCKS)
def test_long_words_are_found_as_one_by_one(texts: list[str]) -> None:
    chunk = read(texts)
    rows, keys = find_long_words(chunk.codes, chunk.kinds, chunk.starts, chunk.ends, FOLDS)
    assert list(zip(rows.tolist(), keys.tolist(), strict=True)) == list_long_words(texts)


@settings(deadline=None)
@given(st.text(st.sampled_from("abcABC19"), min_size=3, max_size=12))
def test_key_of_a_word_is_made_of_its_letters(word: str) -> None:
    codes = np.array([ord(char) for char in f" {word} "], dtype=np.uint32)
    assert key_words(codes, ONE, ONE + len(word), FOLDS).tolist() == [key_word(word)]


def hash_window(codes: list[int], multiplier: int) -> int:
    total = 0
    for code in codes:
        spread = code * 0x9E3779B1 & 0xFFFFFFFF
        total = (total * 31 + (spread ^ spread >> 15)) & 0xFFFFFFFF
    mixed = total * multiplier & 0xFFFFFFFF
    return (mixed ^ mixed >> 13) >> 16


@settings(deadline=None)
@given(st.text(st.sampled_from("abAB1é本\U0001f600"), max_size=30))
def test_ngrams_are_hashed_as_one_by_one(text: str) -> None:
    codes = np.array([ord(char) for char in text], dtype=np.uint32)
    folded = [*look_up_codes(codes, FOLDS).tolist(), 0, 0, 0, 0]
    of_three, of_five = hash_ngrams(codes, FOLDS)
    assert of_three.tolist() == [hash_window(folded[i : i + 3], 0x27D4EB2F) for i in range(len(text))]
    assert of_five.tolist() == [hash_window(folded[i : i + 5], 0x85EBCA77) for i in range(len(text))]


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**16 - 1), max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_weights_are_summed_between_two_offsets(buckets: list[int], start: int, length: int) -> None:
    weights = np.random.default_rng(0).integers(-(2**31), 2**31, 2**16).astype(np.int32)
    start = min(start, len(buckets))
    end = min(start + length, len(buckets))
    sums = sum_weights(np.array(buckets, dtype=np.uint32), ONE * start, ONE * end, weights)
    assert sums.tolist() == [weights[buckets[start:end]].sum(dtype=np.int64)]


def test_code_points_behind_the_table_have_the_number_of_its_last_row() -> None:
    table = np.array([5, 6, 7], dtype=np.uint32)
    assert look_up_codes(np.array([0, 2, 3, 2**32 - 1], dtype=np.uint32), table).tolist() == [5, 7, 7, 7]


@pytest.mark.parametrize(("start", "end"), [(0, 1), (1, 4), (3, 2), (-1, 2), (1, 2**62)])
def test_spans_outside_of_the_text_are_refused(start: int, end: int) -> None:
    numbers = np.zeros(4, dtype=np.uint32)
    with pytest.raises(ValueError, match="outside"):
        count_characters(numbers, ONE * start, ONE * end, ONE)


@pytest.mark.parametrize("spans", [[(0, 5)], [(-1, 3)], [(0, 3), (2, 4)]])
def test_blocks_that_overlap_or_reach_beyond_the_text_are_refused(spans: list[tuple[int, int]]) -> None:
    numbers = np.zeros(4, dtype=np.uint32)
    starts, ends = (np.array(offsets, dtype=np.int64) for offsets in zip(*spans, strict=True))
    with pytest.raises(ValueError, match="outside"):
        find_long_words(numbers, numbers, starts, ends, FOLDS)


@pytest.mark.parametrize(("start", "end"), [(0, 2), (2, 5), (-1, 3)])
def test_words_that_are_too_short_or_outside_have_no_key(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        key_words(np.zeros(4, dtype=np.uint32), ONE * start, ONE * end, FOLDS)


@pytest.mark.parametrize("array", ["starts", "ends", "kinds"])
def test_arrays_of_another_length_are_refused(array: str) -> None:
    arrays: dict[str, NDArray[np.generic]] = {"kinds": np.zeros(4, dtype=np.uint32), "starts": ONE, "ends": ONE}
    arrays[array] = np.zeros(2, dtype=arrays[array].dtype)
    with pytest.raises(ValueError, match="shape"):
        find_long_words(np.zeros(4, dtype=np.uint32), arrays["kinds"], arrays["starts"], arrays["ends"], FOLDS)  # type: ignore[arg-type]
