"""Kernels over blocks as a whole, beside what Python's regular expressions and counters say."""

import re
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.kernels.blocks import count_copies, find_dates
from copydesk.noise.characters import lay_out_texts, read_chunks

YEAR = r"(?:19|20)\d\d"
DAY_FIRST = rf"\d{{1,2}}\.? [^\W\d_]{{3,10}}\.?,? {YEAR}"
MONTH_FIRST = rf"[^\W\d_]{{3,9}} \d{{1,2}}, {YEAR}"
PATTERNS = (
    YEAR,
    r"\d{1,2}[:h]\d\d",
    rf"\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|{DAY_FIRST}|{MONTH_FIRST}",
)
NUMBERS = ["1", "2", "9", "0", "19", "20", "2021", "12", "٣"]
PIECES = [*NUMBERS, " ", ".", ",", "/", "-", ":", "h", "May", "Sept", "été", "x" * 7]
BLOCKS = st.lists(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), min_size=1, max_size=4)
TEXTS = ["", "a", "b", "aa", "a" * 8, "a" * 9, "é"]
ONE = np.array([1], dtype=np.int64)


@settings(deadline=None)
@given(BLOCKS)
def test_dates_are_found_where_patterns_match(texts: list[str]) -> None:
    (chunk,) = read_chunks(texts)
    found = find_dates(*chunk[1:])
    for pattern, holds in zip(PATTERNS, found, strict=True):
        assert holds.tolist() == [bool(re.search(pattern, text)) for text in texts]


@pytest.mark.parametrize(
    "text", ["1.2.2020", "on 12/31/99", "1. May 2020", "31 décembre, 1999", "le 2 Sept., 2021", "May 12, 2020"]
)
def test_dates_of_many_kinds_are_found(text: str) -> None:
    (chunk,) = read_chunks([text])
    assert find_dates(*chunk[1:]).has_date.tolist() == [True]


def test_date_that_two_blocks_make_up_is_none() -> None:
    (chunk,) = read_chunks(["12", "May 2020", "May", "1, 2020"])
    assert not find_dates(*chunk[1:]).has_date.any()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(TEXTS)), max_size=20))
def test_copies_are_counted_within_their_document(blocks: list[tuple[int, str]]) -> None:
    texts = lay_out_texts(pl.Series([text for _, text in blocks], dtype=pl.String))
    counts = count_copies(*texts, np.array([document for document, _ in blocks], dtype=np.int64))
    expected = Counter(blocks)
    assert counts.tolist() == [expected[block] for block in blocks]


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (0, 3), (2, 1)])
def test_blocks_outside_of_the_text_are_refused(start: int, end: int) -> None:
    numbers = np.zeros(2, dtype=np.uint32)
    with pytest.raises(ValueError, match="outside"):
        find_dates(numbers, numbers, ONE * start, ONE * end)
    with pytest.raises(ValueError, match="outside"):
        count_copies(np.zeros(2, dtype=np.uint8), ONE * start, ONE * end, ONE)
