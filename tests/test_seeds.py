"""The five seeds against their hand-made labels: the first acceptance test."""

from typing import Any

import pytest

from copydesk import clean_many
from copydesk.text.normalise import normalise_text
from tests.gold import read_gold, read_seed

GOLD = read_gold()
CLEANED = clean_many(read_seed(gold["file"]) for gold in GOLD)
BOTH = pytest.mark.parametrize(("gold", "index"), [pytest.param(g, i, id=g["file"]) for i, g in enumerate(GOLD)])


@BOTH
def test_paragraphs_are_those_of_the_gold_labels(gold: dict[str, Any], index: int) -> None:
    wanted = [
        (b["label"], b["start"], b["end"], normalise_text(b["text"])) for b in gold["blocks"] if b["role"] == "content"
    ]
    found = [(p.label, p.char_start, p.char_end, p.text) for p in CLEANED[index].paragraphs]
    assert found == wanted


@BOTH
def test_removed_blocks_are_those_of_the_gold_labels(gold: dict[str, Any], index: int) -> None:
    wanted = [
        (b["role"], b["label"], b["start"], b["end"], b["text"]) for b in gold["blocks"] if b["role"] != "content"
    ]
    found = [(r.role, r.label, r.char_start, r.char_end, r.text) for r in CLEANED[index].removed]
    assert found == wanted


@BOTH
@pytest.mark.parametrize("fact", ["language", "title", "published", "source_url"])
def test_fact_is_that_of_the_gold_labels(gold: dict[str, Any], index: int, fact: str) -> None:
    assert getattr(CLEANED[index], fact) == gold[fact]


@BOTH
def test_authors_are_those_of_the_gold_labels(gold: dict[str, Any], index: int) -> None:
    assert list(CLEANED[index].authors) == gold["authors"]


@BOTH
def test_every_removed_block_states_its_reason(gold: dict[str, Any], index: int) -> None:
    assert all(block.reason and 0 < block.score <= 1 for block in CLEANED[index].removed)
