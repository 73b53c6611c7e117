"""Conservation: every character that is not white space is published exactly once, and the text can be rebuilt."""

from collections import Counter

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.assemble import rebuild_texts
from copydesk.cleaning import clean_tables
from copydesk.schemas import Tables
from copydesk.settings import Settings
from tests.gold import read_gold, read_seed

FURNITURE = [
    "Partager",
    "Trending",
    "- One headline",
    "#a #b",
    "© 2024 X",
    "By Jane Roe",
    "2024-05-01",
    "***",
    "Photo: AFP",
    "Related:",
    "Le texte continue ici, il a plus de douze mots, et il se termine par un point.",
    "Fin.Le début",
    "KourskLes",
    "...",
    "”Il",
    "« Oui »",
    "\x00",
    "\u200b",
    "a" * 300,
    "La phrase est longue et coupée à la...",
]
SEPARATORS = ["\n", "\n\n", "\r\n", " ", "", "\t", "\u2028", "\x1c", "\u00a0", "\x85"]
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)
PAGE = st.lists(st.sampled_from(FURNITURE + SEPARATORS) | ANY_TEXT, max_size=30).map("".join)


def clean_one(text: str) -> Tables:
    return clean_tables([text], Settings())


def list_spans(tables: Tables) -> list[tuple[int, int]]:
    columns = ("char_start", "char_end")
    return sorted([*tables.paragraphs.select(columns).iter_rows(), *tables.removed.select(columns).iter_rows()])


@given(PAGE)
@settings(max_examples=150, deadline=None)
def test_every_character_is_in_exactly_one_block(text: str) -> None:
    covered = Counter(i for start, end in list_spans(clean_one(text)) for i in range(start, end))
    assert [i for i, char in enumerate(text) if not char.isspace() and covered[i] != 1] == []
    assert max(covered.values(), default=1) == 1


@given(PAGE)
@settings(max_examples=150, deadline=None)
def test_the_text_can_be_rebuilt_from_the_tables(text: str) -> None:
    assert rebuild_texts(clean_one(text)) == {"0": text}


@given(PAGE)
@settings(max_examples=100, deadline=None)
def test_kept_and_removed_characters_add_up(text: str) -> None:
    tables = clean_one(text)
    row = tables.documents.row(0, named=True)
    removed = sum(not char.isspace() for block in tables.removed["text"] for char in block)
    assert row["n_chars_raw"] == sum(not char.isspace() for char in text) == row["n_chars_kept"] + removed


@given(PAGE)
@settings(max_examples=100, deadline=None)
def test_published_paragraphs_are_clean(text: str) -> None:
    for paragraph in clean_one(text).paragraphs["text"]:
        # As polars knows letters: its Unicode is newer than that of older Pythons.
        assert pl.Series([paragraph]).str.contains(r"[\p{L}\p{N}]").all()
        assert paragraph == " ".join(paragraph.split())
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in paragraph)


@given(st.lists(PAGE, min_size=2, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_document_does_not_depend_on_its_batch(texts: list[str]) -> None:
    together = clean_tables(texts, Settings())
    for i, text in enumerate(texts):
        alone = clean_one(text)
        for table, whole in zip(alone[1:], together[1:], strict=True):
            mine = whole.filter(whole["document_id"] == str(i))
            ids = ("document_id", "paragraph_id")
            assert table.drop(ids, strict=False).equals(mine.drop(ids, strict=False))


def test_the_seeds_can_be_rebuilt_together() -> None:
    texts = [read_seed(gold["file"]) for gold in read_gold()]
    assert rebuild_texts(clean_tables(texts, Settings())) == {str(i): text for i, text in enumerate(texts)}
