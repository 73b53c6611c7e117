"""Folding and normalising: many texts at once come out as each for itself."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.text.fold import fold_text, fold_texts
from copydesk.text.normalise import normalise_text, normalise_texts

SPECIAL = [
    *"’‘`«»“„–—…：•-*·>",
    " ",
    "  ",
    "\t",
    "\n",
    "\x1c",
    "\x85",
    "\u00a0",
    "\u00ad",
    "\u200b",
    "\u200c",
    "\u2028",
]
COMBINED = ["e\u0301", "\u1100\u1161", "\u0928\u093c", "\u212b", "\u302a", "가\u11a8", "か\u3099"]
PIECES = st.sampled_from([*SPECIAL, *COMBINED, "Le", "été", "港"]) | st.characters(exclude_categories=["Cs"])
TEXTS = st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=1, max_size=5)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_texts_are_folded_together_as_one_by_one(texts: list[str]) -> None:
    assert fold_texts(pl.Series(texts)).to_list() == [fold_text(text) for text in texts]


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_texts_are_normalised_together_as_one_by_one(texts: list[str]) -> None:
    assert normalise_texts(pl.Series(texts)).to_list() == [normalise_text(text) for text in texts]


def test_no_character_is_taken_for_plain_that_normalising_changes() -> None:
    characters = [chr(i) for i in range(0x110000) if not 0xD800 <= i < 0xE000]
    for before in ("", "a", "か", "가", "क"):
        texts = [before + char for char in characters]
        assert normalise_texts(pl.Series(texts)).to_list() == [normalise_text(text) for text in texts]


def test_a_mark_that_stood_on_a_line_of_its_own_closes_up() -> None:
    assert normalise_text("He told\nthe Lamp\n, a paper (\nin town\n), so\n.5 more") == (
        "He told the Lamp, a paper (in town), so .5 more"
    )
