"""Blocks as letters and digits: hashes tell equal passages, wherever they stand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copydesk.noise.copies import squash_blocks
from copydesk.noise.title_words import find_title_words, list_long_words

PASSAGES = st.text(st.sampled_from("abAB12 é.-'"), max_size=12)


def squash(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


@given(st.lists(PASSAGES, min_size=1, max_size=6))
def test_blocks_have_one_hash_if_and_only_if_their_letters_and_digits_are_equal(texts: list[str]) -> None:
    squashed = squash_blocks(texts)
    rows = np.arange(len(texts))
    hashes = squashed.hash_spans(rows, 0, squashed.lengths).tolist()
    assert squashed.lengths.tolist() == [len(squash(text)) for text in texts]
    for one, one_hash in zip(texts, hashes, strict=True):
        assert [squash(one) == squash(other) for other in texts] == [one_hash == other for other in hashes]


@given(PASSAGES, st.text("xyz!", max_size=5))
def test_a_passage_has_the_same_hash_wherever_it_stands(passage: str, before: str) -> None:
    squashed = squash_blocks([passage, f"{before}{passage}"])
    size, start = squashed.lengths[:1], len(squash(before))
    alone = squashed.hash_spans(np.array([0]), 0, size)
    assert alone == squashed.hash_spans(np.array([1]), np.array([start]), size + start)


def test_long_words_are_the_same_in_capitals() -> None:
    assert list_long_words("Harbour CLOSED, “council” says") == list_long_words("the HARBOUR: closed, Council... says")


def test_short_words_are_left_out() -> None:
    assert list_long_words("The sea is far") == frozenset()


def test_scripts_with_short_words_give_pairs_of_characters() -> None:
    assert len(list_long_words("港は閉鎖")) == 3
    assert list_long_words("閉鎖") < list_long_words("港は閉鎖")


def test_words_are_found_in_the_row_where_they_stand() -> None:
    assert find_title_words(["Menu", "", "the harbour", "古い 港町"]).rows.tolist() == [0, 2, 3, 3]
