"""Gluing texts for training the cutter."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from training.seams import align_texts, glue_lines, insert_furniture, list_furniture

LINES = st.lists(st.text(alphabet="abA. ", min_size=1, max_size=20).map(str.strip).filter(bool), max_size=12)


def cut_at(text: str, seams: set[int]) -> list[str]:
    edges = [0, *sorted(seams), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    return [line.strip() for piece in pieces for line in piece.split("\n") if line.strip()]


@given(LINES, st.integers(0, 9))
def test_cutting_at_the_seams_gives_the_lines_back(lines: list[str], seed: int) -> None:
    text, seams = glue_lines(lines, 0.3, 0.2, random.Random(seed))
    assert cut_at(text, seams) == lines


def test_inserted_furniture_stands_between_seams() -> None:
    text, seams = "One went. Two came. Three stayed.Four slept.", {33}
    longer, moved = insert_furniture(text, seams, ["Read also"], random.Random(1))
    pieces = cut_at(longer, moved)
    assert "Read also" in pieces
    assert "Four slept." in pieces
    assert (
        " ".join(piece for piece in pieces if piece != "Read also").replace(".Four", ". Four").count("One went.") == 1
    )
    assert longer.replace(" Read also", "") == text


def test_a_glued_rendering_is_aligned_with_one_that_has_lines() -> None:
    is_seam = align_texts("HomeNews.The bridge is open. Read this", "Home\nNews.\nThe bridge is open.\nRead this")
    assert [is_seam(4), is_seam(9), is_seam(13), is_seam(29)] == [True, True, False, True]


def test_what_the_other_rendering_does_not_hold_is_not_known() -> None:
    assert align_texts("HomeNews", "Something else")(4) is None


def test_furniture_comes_from_the_rules() -> None:
    assert "Lire aussi" in " ".join(list_furniture())
