"""Counting characters, sharing words, and the arithmetic over documents that features are made of."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.noise import characters
from copydesk.noise.characters import COUNTED, CharacterCounts, Kind, count_characters, read_chunks
from copydesk.noise.segments import Documents, find_documents
from copydesk.noise.vocabulary import SharedWords, find_words, share_words

BLOCKS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip).map(str.strip)
NUMBERS = st.lists(st.tuples(st.integers(0, 3), st.floats(-50, 50, width=32)), min_size=1, max_size=40)


def count(*texts: str) -> CharacterCounts:
    (chunk,) = read_chunks(texts)
    return count_characters(chunk)


def share(is_prose: list[bool], *texts: str) -> SharedWords:
    (chunk,) = read_chunks(texts)
    return share_words(find_words(chunk), np.array(is_prose), make_documents(["one"] * len(texts)))


def make_documents(ids: list[str]) -> Documents:
    return find_documents(pl.Series([ids[:i].count(id_) for i, id_ in enumerate(ids)], dtype=pl.Int64))


@given(st.lists(BLOCKS, min_size=1, max_size=8))
def test_characters_are_counted_as_python_counts_them(texts: list[str]) -> None:
    counts = count(*texts)
    known = [[c for c in text if ord(c) < 0x20000] for text in texts]
    assert counts.count(Kind.UPPER).tolist() == [sum(map(str.isupper, text)) for text in known]
    assert counts.count(Kind.DIGIT).tolist() == [sum(map(str.isdecimal, text)) for text in known]
    assert counts.lower.tolist() == [sum(map(str.islower, text)) for text in known]


@pytest.mark.parametrize("kind", COUNTED)
def test_each_kind_is_counted_in_a_field_of_its_own(kind: Kind) -> None:
    example = {Kind.UPPER: "B", Kind.DIGIT: "7", Kind.SPACE: "\t", Kind.UNSPACED: "本", Kind.PUNCTUATION: "!"}
    named = {Kind.SIGN: "*", Kind.COMMA: ";", Kind.STOP: "。", Kind.MONEY: "€", Kind.MARK: "©", Kind.BAR: "|"}
    text = "x" + (example | named | {Kind.AT: "@"})[kind] * 3 + "x"
    assert count("a", text, "b").count(kind).tolist() == [0, 3, 0]


def test_counts_do_not_depend_on_how_the_blocks_are_chunked(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["One, two.", "Drei 4", "五", "Six @seven"] * 5
    whole = count(*texts)
    monkeypatch.setattr(characters, "_CHUNK_CHARS", 12)
    parts = [count_characters(chunk) for chunk in read_chunks(texts)]
    assert len(parts) > 1
    assert (np.concatenate([part.of_kind for part in parts], axis=1) == whole.of_kind).all()


def test_words_that_start_with_a_capital_are_counted() -> None:
    assert count("The old Town hall", "iPhone and eBay").capital_words.tolist() == [2, 0]


def test_short_words_are_counted() -> None:
    assert count("the law of the Sea in 2020").short_words.tolist() == [5]


def test_a_long_word_is_seen_in_its_own_block_only() -> None:
    assert count("short", "x" * 30, "short").has_long_word.tolist() == [False, True, False]


@pytest.mark.parametrize("text", ["see https://example.org/a", "desk@example.org", "on example.org today"])
def test_addresses_are_seen(text: str) -> None:
    assert count(text).addresses[0] > 0


@pytest.mark.parametrize("text", ["He left. she stayed", "at 3.5 percent", "the end.Then"])
def test_full_stops_are_no_addresses(text: str) -> None:
    assert count(text).addresses[0] == 0


def test_words_are_looked_up_in_the_prose_of_other_blocks() -> None:
    shared = share([True, False, False], "harbour closed today", "Harbour Garden", "Garden")
    assert shared.in_prose.tolist() == [0.0, 0.5, 0.0]
    assert shared.elsewhere.tolist() == [pytest.approx(1 / 3), 1.0, 1.0]


def test_a_word_said_twice_in_a_block_is_one_word() -> None:
    assert share([False], "harbour harbour").n_words.tolist() == [1]


def test_blocks_without_long_words_share_nothing() -> None:
    assert share([True, False], "harbour", "to be").in_prose.tolist() == [0.0, -1.0]


def test_scripts_without_spaces_share_pairs_of_characters() -> None:
    assert share([True, False], "港は閉鎖された", "閉鎖").in_prose.tolist()[1] == 1.0


@given(NUMBERS)
def test_sums_and_windows_end_where_a_document_ends(rows: list[tuple[int, float]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    documents = make_documents([str(number) for number, _ in rows])
    values = np.array([value for _, value in rows], dtype=np.float32)
    (average,) = documents.average([values], 5)
    running, least = documents.accumulate(values), documents.track_least(values.astype(np.float64))
    for i, (number, _) in enumerate(rows):
        mine = [j for j, (other, _) in enumerate(rows) if other == number]
        before = values[[j for j in mine if j <= i]]
        near = values[[j for j in mine if abs(j - i) <= 2]]
        assert average[i] == pytest.approx(near.mean(), abs=1e-4)
        assert running[i] == pytest.approx(before.sum(), abs=1e-4)
        assert least[i] == pytest.approx(before.min(), abs=1e-5)


@given(NUMBERS, st.integers(-4, 4).filter(bool))
def test_shifts_stay_inside_a_document(rows: list[tuple[int, float]], by: int) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    documents = make_documents([str(number) for number, _ in rows])
    shifted = documents.shift(np.array([value for _, value in rows]), by, -99)
    for i, (number, _) in enumerate(rows):
        inside = 0 <= i - by < len(rows) and rows[i - by][0] == number
        assert shifted[i] == (rows[i - by][1] if inside else -99)


def test_last_and_next_chosen_rows_are_of_the_same_document() -> None:
    documents = make_documents(["a", "a", "b", "b", "b"])
    chosen = np.array([True, False, False, True, False])
    assert documents.find_last(chosen).tolist() == [0, 0, -1, 3, 3]
    assert documents.find_next(chosen).tolist() == [0, -1, 3, 3, -1]
