"""Articles for training with other furniture around them."""

import random
from typing import Any

import pytest

from copydesk.labels import NOISE_LABELS, Label
from training.bank import CONTENT, Bank, read_bank
from training.folds import N_FOLDS
from training.reword import join_pieces, reword_record, split_record, surround_text

LINES = read_bank()
PARAGRAPHS = [
    f"The council met for the {nth} time this year." for nth in ("first", "second", "third", "fourth", "fifth")
]


def make_record(layout: str = "b") -> dict[str, Any]:
    blocks: list[dict[str, Any]] = []
    text = ""
    for role, label, line in (
        ("noise", "share", "Press here to tell a friend"),
        *(("content", "paragraph", paragraph) for paragraph in PARAGRAPHS),
        ("noise", "repeated", PARAGRAPHS[0]),
    ):
        text += "\n" if text else ""
        blocks.append({"start": len(text), "end": len(text) + len(line), "role": role, "label": label, "text": line})
        text += line
    return {"id": "r", "origin": "written", "lang": "en", "layout": layout, "raw_text": text, "blocks": blocks}


def list_texts(record: dict[str, Any], role: str) -> list[str]:
    return [block["text"] for block in record["blocks"] if block["role"] == role]


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("layout", ["a", "e"])
def test_blocks_of_a_reworded_record_stand_where_they_say(number: int, layout: str) -> None:
    record = reword_record(make_record(layout), LINES, 0, number)
    assert all(record["raw_text"][block["start"] : block["end"]] == block["text"] for block in record["blocks"])
    assert "".join(record["raw_text"].split()) == "".join("".join(block["text"].split()) for block in record["blocks"])


@pytest.mark.parametrize("number", range(8))
def test_a_reworded_record_keeps_its_article(number: int) -> None:
    record = reword_record(make_record(), LINES, 0, number)
    assert [text for text in list_texts(record, "content") if text in PARAGRAPHS] == PARAGRAPHS
    assert PARAGRAPHS[0] in list_texts(record, "noise")


def test_rewording_exchanges_furniture() -> None:
    shares = [list_texts(reword_record(make_record(), LINES, 0, number), "noise")[0] for number in range(8)]
    assert len(set(shares)) > 4


def test_furniture_of_a_wrapped_record_is_wrapped_as_its_article_is() -> None:
    record = make_record("e")
    width = max(map(len, record["raw_text"].splitlines()))
    for number in range(8):
        assert max(map(len, reword_record(record, LINES, 0, number)["raw_text"].splitlines())) <= width


def test_rewording_is_the_same_every_time() -> None:
    assert reword_record(make_record(), LINES, 1, 3) == reword_record(make_record(), LINES, 1, 3)


def test_splitting_and_joining_gives_the_record_back() -> None:
    record = make_record()
    joined = join_pieces(record, split_record(record), "again")
    assert (joined["raw_text"], joined["blocks"]) == (record["raw_text"], record["blocks"])


@pytest.mark.parametrize("number", range(8))
def test_a_surrounded_text_keeps_its_paragraphs_in_order(number: int) -> None:
    page = {"id": "p", "lang": "fr", "gold_paragraphs": PARAGRAPHS, "gold_text": None}
    content = list_texts(surround_text(page, LINES, 2, number), "content")
    unwrapped = [" ".join(text.split()) for text in content]
    assert [text for text in unwrapped if text in PARAGRAPHS] == PARAGRAPHS


def test_every_label_has_lines_in_every_fold() -> None:
    wanted = {label.value for label in NOISE_LABELS if label != Label.REPEATED} | {CONTENT}
    assert {(label, fold) for language, label, fold in LINES if language == "en"} == {
        (label, fold) for label in wanted for fold in range(N_FOLDS)
    }


def test_no_line_of_the_bank_stands_twice_in_a_language() -> None:
    for language in {language for language, _, _ in LINES}:
        lines = [line for (known, _, _), some in LINES.items() if known == language for line in some]
        assert len(lines) == len(set(lines)), language


def test_a_language_without_a_bank_borrows_english_lines() -> None:
    line = Bank(LINES, 0, "zu", 0, random.Random(0)).draw_line("share")
    assert line in LINES["en", "share", 0]
