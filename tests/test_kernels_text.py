"""Kernels over texts that stand end to end, beside a few lines of Python that say the same."""

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from copydesk.kernels import places as kernels
from copydesk.kernels.words import Hashed, find_furniture, find_members, find_wanted, hash_spans
from copydesk.text.characters import Kind
from copydesk.text.places import _TABLE
from copydesk.text.quotes import _NUMBERS, _SPECIAL
from copydesk.text.sheets import Sheet, lay_out
from copydesk.text.words import find_words, hash_phrases

CHARS = st.sampled_from("abcABÉß12  \n\r\t\u00a0.!:;,([©#“”„«»\"'’-–*•@/w本\U0001f600")
TEXTS = st.lists(st.text(CHARS, max_size=40), max_size=4)
STEP = np.uint64(0xA0761D6478BD642F)
ONE = np.array([1], dtype=np.int64)


def list_kinds(sheet: Sheet) -> list[Kind]:
    return [Kind(kind) for kind in sheet.kinds.tolist()]


def find_runs(sheet: Sheet) -> list[tuple[int, int]]:
    marks = "".join("w" if kind >= Kind.LOWER else " " for kind in sheet.kinds.tolist())
    return [match.span() for match in re.finditer("w+", marks)]


def draw_places(sheet: Sheet, seed: int) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    return np.sort(random.integers(0, len(sheet.kinds), 8))


@settings(deadline=None)
@given(TEXTS)
def test_words_are_runs_of_letters_and_digits(texts: list[str]) -> None:
    sheet = lay_out(texts)
    words = find_words(sheet.codes, sheet.kinds)
    assert list(zip(words.starts.tolist(), words.ends.tolist(), strict=True)) == find_runs(sheet)
    assert words.n_before.tolist() == [0, *np.cumsum(sheet.kinds >= Kind.LOWER).tolist()]


@settings(deadline=None)
@given(TEXTS)
def test_hash_of_a_word_is_the_one_it_has_alone(texts: list[str]) -> None:
    sheet = lay_out(texts)
    words = find_words(sheet.codes, sheet.kinds)
    hashes = hash_spans(words.hashed, words.starts, words.ends)
    assert hashes.tolist() == [hash_phrases([sheet.text[start:end]])[0] for start, end in find_runs(sheet)]


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=90), st.sets(st.integers(0, 2**64 - 1), max_size=9))
def test_members_are_told_from_other_hashes(hashes: list[int], others: set[int]) -> None:
    members = others | set(hashes[::3])
    found = find_members(np.array(hashes, dtype=np.uint64), np.array(sorted(members), dtype=np.uint64))
    assert found.tolist() == [one in members for one in hashes]


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("ab "), max_size=12), min_size=1, max_size=4), st.sets(st.integers(0, 9)))
def test_wanted_words_are_found_in_their_own_text_only(texts: list[str], chosen: set[int]) -> None:
    sheet = lay_out(texts)
    words = find_words(sheet.codes, sheet.kinds)
    owners = [int(sheet.find_texts(np.array([start]))[0]) for start in words.starts.tolist()]
    keys = [
        (int(hash_phrases([sheet.text[start:end]])[0]) + text * int(STEP)) % 2**64
        for (start, end), text in zip(find_runs(sheet), owners, strict=True)
    ]
    wanted = sorted({key for i, key in enumerate(keys) if i in chosen})
    found, which = find_wanted(words.hashed, sheet.starts, STEP, np.array(wanted, dtype=np.uint64))
    expected = [(i, wanted.index(key)) for i, key in enumerate(keys) if key in wanted]
    assert list(zip(found.tolist(), which.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The end. Read More here", ["Read"]),  # the first two words of furniture
        ("The end. Read\nMore here", []),
        ("Read More Now The mayor", ["The"]),  # behind furniture that starts a line
        ("we saw Read More Now The mayor", ["Read"]),  # which a sentence does not
        ("It ended. Share The mayor", ["Share", "The"]),
    ],
)
def test_furniture_is_found_behind_a_space(text: str, found: list[str]) -> None:
    sheet = lay_out([text])
    words = find_words(sheet.codes, sheet.kinds)
    whole = np.sort(hash_phrases(["Read More Now", "Share"]))
    places = find_furniture(words.hashed, sheet.kinds, whole, hash_phrases(["Read More"]))
    assert [sheet.text[place:].split()[0] for place in places.tolist()] == found


@settings(deadline=None)
@given(TEXTS)
def test_lines_stand_between_breaks_without_white_space(texts: list[str]) -> None:
    sheet = lay_out(texts)
    lines = zip(*(array.tolist() for array in kernels.find_lines(sheet.kinds, sheet.starts)), strict=True)
    found = [(document, sheet.text[start:end]) for start, end, document in lines]
    expected = [(i, line.strip()) for i, text in enumerate(texts) for line in re.split(r"[\n\r]", text)]
    assert found == [(i, line) for i, line in expected if line]


@settings(deadline=None)
@given(TEXTS)
def test_breaks_between_lines_are_counted(texts: list[str]) -> None:
    sheet = lay_out(texts)
    starts, ends, owners = kernels.find_lines(sheet.kinds, sheet.starts)
    counts = kernels.count_breaks(sheet.codes, sheet.kinds, starts, ends, owners)
    gaps = [sheet.text[end:start] for end, start in zip(ends[:-1].tolist(), starts[1:].tolist(), strict=True)]
    same = (owners[1:] == owners[:-1]).tolist()
    expected = [len(re.findall(r"\r\n|[\n\r]", gap)) if one else -1 for gap, one in zip(gaps, same, strict=True)]
    assert counts.tolist() == [-1, *expected][: len(starts)]


@settings(deadline=None)
@given(TEXTS, st.integers(0, 99))
def test_spans_are_stripped_as_texts_are(texts: list[str], seed: int) -> None:
    sheet = lay_out(texts)
    starts, ends = (np.array(edges) for edges in zip(*pairwise(draw_places(sheet, seed).tolist()), strict=True))
    stripped = zip(*(array.tolist() for array in kernels.strip_spans(sheet.kinds, starts, ends)), strict=True)
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    assert [sheet.text[start:end] for start, end in stripped] == [sheet.text[start:end].strip() for start, end in spans]


@settings(deadline=None)
@given(TEXTS)
def test_places_of_a_kind_are_found_as_one_by_one(texts: list[str]) -> None:
    sheet = lay_out(texts)
    kinds = list_kinds(sheet)
    humps = [i for i in range(1, len(kinds)) if kinds[i - 1 : i + 1] == [Kind.LOWER, Kind.UPPER]]
    assert kernels.find_humps(sheet.kinds).tolist() == humps
    items = [m.start() + 1 for m in re.finditer(r"[ \t\u00a0][-*](?=[ \t\u00a0][ABÉ\"(\[©#“„«])", sheet.text)]
    signs = [m.start() + 1 for m in re.finditer(r"[ \t\u00a0][#©]", sheet.text)]
    assert kernels.find_signs(sheet.codes, sheet.kinds).tolist() == sorted(items + signs)


@pytest.mark.parametrize(
    ("text", "seams"),
    [
        ("KourskLes", [6]),
        ("AFPLe", [3]),
        ("Le port.Plus", [8]),
        ("3.5 and 12Plus", [10]),
        ("l’Orient", []),
        ("peut-être", []),
        ("« Oui »Non", [7]),
        ("one•two", [3]),
    ],
)
def test_places_are_where_kinds_change_without_a_space(text: str, seams: list[int]) -> None:
    assert (kernels.find_glued(lay_out([text]).kinds, _TABLE) - 1).tolist() == seams


@settings(deadline=None)
@given(TEXTS, st.integers(0, 99))
def test_offsets_in_addresses_are_told_token_by_token(texts: list[str], seed: int) -> None:
    sheet = lay_out(texts)
    places = draw_places(sheet, seed)
    inside = kernels.find_inside_addresses(sheet.codes, sheet.kinds, places)
    assert inside.tolist() == [is_inside_address(sheet.text, place) for place in places.tolist()]


def is_inside_address(text: str, place: int) -> bool:
    token = next((m for m in re.finditer(r"\S+", text) if m.start() <= place < m.end()), None)
    if token is None:
        return False
    starts = [m.start() + m[0].index(m[1]) for m in re.finditer(r"(:)/|ww(\.)", token[0]) if m[1]]
    starts += [m.end() - 1 for m in re.finditer(r"(?=ww\.)ww\.", token[0])]
    return "@" in token[0] or any(token.start() + start < place for start in starts)


@settings(deadline=None)
@given(TEXTS, st.integers(0, 99))
def test_sentences_are_measured_as_one_by_one(texts: list[str], seed: int) -> None:
    sheet = lay_out([*texts, "a. b" * 80 + "x" * 300])
    kinds, places = list_kinds(sheet), draw_places(sheet, seed)
    breaks = [i for i, kind in enumerate(kinds) if kind == Kind.BREAK]
    line_start = np.array([max([b + 1 for b in breaks if b < at], default=0) for at in places.tolist()])
    line_end = np.array([min(b for b in breaks if b >= at) for at in places.tolist()])
    found = kernels.measure_sentences(sheet.kinds, places, line_start, line_end).T.tolist()
    lines = zip(places.tolist(), line_start.tolist(), line_end.tolist(), strict=True)
    assert found == [measure_sentence(kinds, *line) for line in lines]


def measure_sentence(kinds: list[Kind], at: int, line_start: int, line_end: int) -> list[int]:
    floor, ceiling = max(line_start, at - 200), min(line_end, at + 200)
    stops = [i for i, kind in enumerate(kinds) if kind == Kind.STOP]
    before, behind = [floor, floor, *(s for s in stops if floor < s < at)], [s for s in stops if at <= s < ceiling]
    window = kinds[floor:at]
    spaces = [i for i, kind in enumerate(kinds) if kind <= Kind.SPACE]
    return [
        at - before[-1],
        at - before[-2],
        min([*behind, ceiling]) - at,
        window.count(Kind.OPENER) + window.count(Kind.FRONT) - window.count(Kind.CLOSER),
        min(40, at - max((i for i in spaces if i < at), default=-1) - 1),
        min(40, min(i for i in spaces if i >= at) - at),
    ]


@settings(deadline=None)
@given(TEXTS)
def test_capitals_are_counted_as_one_by_one(texts: list[str]) -> None:
    sheet = lay_out(texts)
    counts = kernels.count_capitals(sheet.kinds, sheet.starts).T.tolist()
    kinds = list_kinds(sheet)
    for text, (start, end) in enumerate(pairwise(sheet.starts.tolist())):
        before = [kinds[max(0, i - 2) : i] for i in range(start, end) if kinds[i] == Kind.UPPER]
        glued, fused = (sum(1 for pair in before if pair[-1] == kind) for kind in (Kind.STOP, Kind.LOWER))
        spaced = before.count([Kind.STOP, Kind.SPACE])
        assert counts[text] == [glued, fused, spaced, kinds[start:end].count(Kind.BREAK)]


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("“Oui” dit-il", [1, -1]),
        ("il a dit « oui » hier", [1, -1]),
        ('("a b", c', [1, -1]),
        ("l’eau, 'a' et b' c", [1, -1, -1]),
        ("un mot”encore", [0]),
    ],
)
def test_roles_of_quotation_marks_are_told_by_what_is_around(text: str, roles: list[int]) -> None:
    sheet = lay_out([text])
    _, _, found = kernels.find_quotes(sheet.codes, sheet.kinds, _NUMBERS, _SPECIAL)
    assert found.tolist() == roles


def make_hashed(n_before: list[int], starts: list[int], ends: list[int]) -> Hashed:
    numbers = np.ones(3, dtype=np.uint64)
    spans = np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
    return Hashed(*spans, np.array(n_before, dtype=np.int32), numbers, numbers)


@pytest.mark.parametrize("numbers", [[0, 9, 9], [-5, 0, 0]])
def test_counts_of_letters_that_have_no_hash_are_not_followed(numbers: list[int]) -> None:
    assert hash_spans(make_hashed(numbers, [], []), ONE * 0, ONE).tolist() == [0]


@pytest.mark.parametrize(("starts", "ends"), [([-1], [1]), ([0], [4]), ([1, 0], [2, 1])])
def test_words_outside_of_the_text_or_out_of_order_are_refused(starts: list[int], ends: list[int]) -> None:
    hashed, none = make_hashed([0, 1, 2], starts, ends), np.zeros(0, dtype=np.uint64)
    with pytest.raises(ValueError, match="outside"):
        find_wanted(hashed, np.array([0, 2]), STEP, none)
    with pytest.raises(ValueError, match="outside"):
        find_furniture(hashed, np.zeros(2, dtype=np.uint8), none, none)


KINDS = np.full(4, Kind.LOWER, dtype=np.uint8)
CODES = np.full(4, ord("a"), dtype=np.uint32)


@pytest.mark.parametrize(
    "call",
    [
        lambda: kernels.strip_spans(KINDS, ONE, ONE * 5),
        lambda: kernels.strip_spans(KINDS, -ONE, ONE),
        lambda: kernels.count_breaks(CODES, KINDS, ONE, ONE * 5, ONE),
        lambda: kernels.find_inside_addresses(CODES, KINDS, ONE * 4),
        lambda: kernels.measure_sentences(KINDS, ONE * 2, ONE * 3, ONE * 4),
        lambda: kernels.measure_sentences(KINDS, ONE * 2, ONE, ONE * 5),
        lambda: kernels.measure_sentences(KINDS, np.array([2, 1]), np.array([0, 0]), np.array([4, 4])),
        lambda: kernels.count_capitals(KINDS, np.array([0, 5])),
        lambda: hash_spans(make_hashed([0, 1, 2], [], []), ONE, ONE * 3),
    ],
)
def test_offsets_outside_of_the_text_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="outside"):
        call()
