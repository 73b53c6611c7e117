"""Letters and words of headlines, and n-grams of languages: the part in C says what a simple implementation says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.kernels.characters import BlockCodes, find_headline_words, sum_letters
from copydesk.kernels.grams import Spelled, make_gram_table, sum_grams
from copydesk.noise.characters import Kind, describe_code_points, read_chunks
from copydesk.noise.vocabulary import key_words, mix_keys

TEXTS = st.lists(st.text(st.sampled_from("abCÉ1 ,.-日本ж€"), max_size=30), max_size=6)
FOLDS = describe_code_points().folded
BASE = 3
SPACE = 1


@given(TEXTS)
def test_sums_of_letters_are_those_of_letters_added_one_by_one(texts: list[str]) -> None:
    (chunk,) = read_chunks(texts)
    spread = np.arange(1 << 16, dtype=np.uint64)
    found = sum_letters(BlockCodes(*chunk[1:]), Kind.LETTER | Kind.DIGIT, spread, BASE)
    letters = [[ord(char) for char in text if char.isalpha() or char.isdecimal()] for text in texts]
    joined = [code for block in letters for code in block]
    sums = [sum(code * BASE**i for i, code in enumerate(joined[:n])) % 2**64 for n in range(len(joined) + 1)]
    assert found.lengths.tolist() == list(map(len, letters))
    assert found.first.tolist() == [sum(map(len, letters[:i])) for i in range(len(letters))]
    assert found.sums.tolist() == sums


def key_headline(text: str) -> list[int]:
    keys = []
    for word in "".join(" " if char in " ,.-" else char for char in text).split():
        (chunk,) = read_chunks([word])
        if word[0] in "日本":
            codes = chunk.codes[chunk.starts[0] : chunk.ends[0]]
            keys += mix_keys(codes[:-1], codes[1:]).tolist()
        elif len(word) > 3:
            keys += key_words(chunk, chunk.starts, chunk.ends).tolist()
    return keys


@given(TEXTS)
def test_words_of_headlines_are_those_found_one_by_one(texts: list[str]) -> None:
    (chunk,) = read_chunks(texts)
    marks = np.array([(chr(c) in " ,.-") + 2 * (chr(c) in "日本") for c in chunk.codes], dtype=np.uint32)
    rows, keys = find_headline_words(chunk.codes, marks, chunk.starts, chunk.ends, FOLDS)
    expected = [(row, key) for row, text in enumerate(texts) for key in key_headline(text)]
    assert list(zip(rows.tolist(), keys.tolist(), strict=True)) == expected


def test_blocks_outside_of_their_text_are_refused() -> None:
    codes = np.arange(4, dtype=np.uint32)
    starts, ends = np.array([0]), np.array([5])
    with pytest.raises(ValueError, match="outside"):
        find_headline_words(codes, codes, starts, ends, FOLDS)
    with pytest.raises(ValueError, match="outside"):
        sum_letters(BlockCodes(codes, codes, starts, ends), 1, np.zeros(1, dtype=np.uint64), BASE)


@given(st.lists(st.lists(st.tuples(st.integers(SPACE, 4), st.booleans()), max_size=12), max_size=4))
def test_sums_of_grams_are_those_of_grams_added_one_by_one(texts: list[list[tuple[int, bool]]]) -> None:
    base, n_languages = 5, 3
    keys = np.arange(1, base**3, 2)
    gains = np.random.default_rng(0).random((len(keys), n_languages), dtype=np.float32)
    spelled = [(row, *letter) for row, text in enumerate(texts) for letter in [(SPACE, False), *text]]
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)])[:-1]
    is_start = np.zeros(len(spelled), dtype=bool)
    is_start[starts] = True
    columns = np.array(spelled, dtype=np.int64).reshape(-1, 3).T
    found = sum_grams(
        Spelled(columns[0].copy(), columns[1].copy(), columns[2] > 0, is_start),
        make_gram_table(keys, gains, base),
        len(texts),
    )
    expected = np.zeros((len(texts), n_languages), dtype=np.float32)
    for row, text in enumerate(texts):
        for key in list_grams([(SPACE, False), *text], base):
            if key % 2:
                expected[row] += gains[key // 2]
    assert found.tolist() == expected.tolist()


def list_grams(letters: list[tuple[int, bool]], base: int) -> list[int]:
    grams = []
    for i in range(1, len(letters)):
        (before, was_capital), (letter, is_capital) = letters[i - 1 : i + 1]
        if is_capital and was_capital:
            continue
        if letter != SPACE:
            grams.append(letter)
        if letter != SPACE or before != SPACE:
            grams.append(before * base + letter)
        if before != SPACE:
            grams.append((letters[i - 2][0] * base + before) * base + letter)
    return grams


def test_texts_that_are_not_there_are_refused() -> None:
    table = make_gram_table(np.array([7]), np.zeros((1, 2), dtype=np.float32), 5)
    marks = np.zeros(2, dtype=bool)
    with pytest.raises(ValueError, match="outside"):
        sum_grams(Spelled(np.array([0, 1]), np.array([1, 2]), marks, marks), table, 1)
