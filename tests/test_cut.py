"""Cutting texts into blocks."""

import time
from itertools import chain, pairwise

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from copydesk.cleaning import make_frame
from copydesk.noise.model import load_model
from copydesk.noise.rules import load_rule_book
from copydesk.text.characters import Kind, read_codes, read_folds, read_kinds
from copydesk.text.cut import cut_blocks
from copydesk.text.words import hash_phrases

GLUED = [
    pytest.param("La séance est levée.Ni le maire ni", ["La séance est levée.", "Ni le maire ni"], id="sentence"),
    pytest.param("Il en compte 1.100.Plus tard", ["Il en compte 1.100.", "Plus tard"], id="after a number"),
    pytest.param("Fini en 2024.L'armée part", ["Fini en 2024.", "L'armée part"], id="before an elided article"),
    pytest.param("Il part.”Je reviens”, dit-il", ["Il part.", "”Je reviens”, dit-il"], id="closing mark that opens"),
    pytest.param(
        "Il dit : “Je pars.”La foule rit", ["Il dit : “Je pars.”", "La foule rit"], id="closing mark that closes"
    ),
    pytest.param("Er sagt: „Ich gehe.“Dann ging er", ["Er sagt: „Ich gehe.“", "Dann ging er"], id="German quotes"),
    pytest.param("Han sagde: »Jeg går.«Så gik han", ["Han sagde: »Jeg går.«", "Så gik han"], id="Danish quotes"),
    pytest.param(
        "Fin du texte.«\u00a0Oui\u00a0», dit-il", ["Fin du texte.", "«\u00a0Oui\u00a0», dit-il"], id="French quotes"
    ),
    pytest.param("Elle rit !Et lui ?Non", ["Elle rit !", "Et lui ?", "Non"], id="exclamation and question"),
    pytest.param("Το τέλος ήρθε.Μετά έφυγαν", ["Το τέλος ήρθε.", "Μετά έφυγαν"], id="Greek"),
    pytest.param("Он ушёл.Потом вернулся", ["Он ушёл.", "Потом вернулся"], id="Russian"),
    pytest.param("انتهى الاجتماع.بدأ التصويت", ["انتهى الاجتماع.", "بدأ التصويت"], id="Arabic"),
    pytest.param("बैठक समाप्त हुई।मतदान शुरू", ["बैठक समाप्त हुई।", "मतदान शुरू"], id="Hindi"),
    pytest.param("Acabou.¿Quién ganó?", ["Acabou.", "¿Quién ganó?"], id="inverted mark"),
    pytest.param("Les points : • un • deux", ["Les points :", "• un", "• deux"], id="bullets"),
    pytest.param(
        "Six mois à KourskLes combats à Koursk, les pires",
        ["Six mois à Koursk", "Les combats à Koursk, les pires"],
        id="heading without a stop",
    ),
]
WHOLE = [
    "M.Dupont est venu.",
    "The U.S.Army moved.",
    "J.K.Rowling wrote it.",
    "See Mr.Smith",
    "Visitez d’Alembert.fr demain",
    "Prix : 3.000 euros",
    "A YouTube video on you and tube",
    "Booking.Com was down",
    "ASP.NET is old",
    "Voir https://example.org/a.Html?b=C.D demain",
    "MacBook and iPhone",
    "Il attend... puis part",
    "Le (petit) chat",
    "今日は晴れ。明日は雨。",
    "vitamine B.A",
    "Il a dit “oui” à Koursk",
]


def cut_texts(*texts: str) -> pl.DataFrame:
    return cut_blocks(make_frame(texts), load_rule_book(), load_model().cutting)


def list_blocks(text: str) -> list[str]:
    return cut_texts(text)["text"].to_list()


@pytest.mark.parametrize(("text", "blocks"), GLUED)
def test_glued_blocks_are_cut(text: str, blocks: list[str]) -> None:
    assert list_blocks(text) == blocks


def test_an_abbreviation_that_is_a_word_of_the_text_may_end_a_block() -> None:
    before = "Der Hafen bleibt zu, sagt die Stadt, und bietet Hilfe an."
    behind = "Viele nehmen das Angebot an und hoffen auf den Sommer. Andere ziehen fort."
    assert list_blocks(f"{before}{behind}") == [before, behind]


@pytest.mark.parametrize("text", WHOLE)
def test_ordinary_text_is_not_cut(text: str) -> None:
    assert list_blocks(text) == [text]


@pytest.mark.parametrize("separator", ["\n", "\n\n", "\r\n", "\r", "\u2028", "\v", " \n\u00a0"])
def test_lines_become_blocks_without_the_space_around_them(separator: str) -> None:
    assert list_blocks(f"  One line{separator}\tanother ") == ["One line", "another"]


WRAPPED = """The harbour was closed on Monday after a
crane fell across two of its four piers
and blocked the only way out for ships.

Nobody was hurt, the port authority said
in a short statement that it published
early in the morning.
"""


def test_hard_wrapped_paragraphs_are_joined() -> None:
    assert [block.split()[0] for block in list_blocks(WRAPPED)] == ["The", "Nobody"]


def test_list_items_in_a_wrapped_text_stay_apart() -> None:
    assert list_blocks(f"{WRAPPED}\n- one\n- two")[2:] == ["- one", "- two"]


def test_short_lines_are_not_joined() -> None:
    assert list_blocks("Home\nWorld\nSport\nCulture\nOpinion\nWeather") == [
        "Home",
        "World",
        "Sport",
        "Culture",
        "Opinion",
        "Weather",
    ]


def test_lines_of_one_length_that_start_anew_are_not_joined() -> None:
    log = "\n".join(f"2024-05-03 10:20:{second} INFO the pump of the harbour is on" for second in range(10, 20))
    assert len(list_blocks(log)) == 10


SOUP = """Home
World
Sport
The council of
Northport
said on Monday that the old bridge will be closed for good. The news was first reported by
the Evening Lamp
, a paper of the town, which had seen
a letter
to the mayor.
Nobody was asked, said
Ann Miller
, who lives by the river and crosses
the bridge
twice a day.
Most Read
A ferry for the summer
More rain on Friday
Contact
"""


def test_a_sentence_that_was_broken_at_its_links_is_joined() -> None:
    blocks = list_blocks(SOUP)
    assert any("Ann Miller\n, who lives" in block and block.endswith("twice a day.") for block in blocks)
    assert {"Home", "World", "Sport", "Most Read", "More rain on Friday", "Contact"} <= set(blocks)


def test_a_list_item_starts_a_block_amid_broken_sentences() -> None:
    assert "• A tunnel" in list_blocks(SOUP.replace("Most Read", "Others want\n• A tunnel\n• a ferry"))
    assert "- a ferry" in list_blocks(SOUP.replace("Most Read", "Others want\n- a tunnel\n- a ferry"))


def test_many_short_lines_are_read_in_good_time() -> None:
    started = time.perf_counter()
    cut_texts("the bridge\n, of\n" * 50_000)
    assert time.perf_counter() - started < 60


def test_pieces_of_one_line_share_its_number() -> None:
    assert cut_texts("Menu\nFin.Le début")["line_index"].to_list() == [0, 1, 1]


def test_seams_of_a_huge_line_are_found_in_good_time() -> None:
    line = " ".join(f"word{i}Other https://example.org/a{i}" for i in range(20_000))
    started = time.perf_counter()
    cut_texts(line)
    assert time.perf_counter() - started < 60


@pytest.mark.parametrize("furniture", ["Publicité", "Partager"])
def test_furniture_between_sentences_is_cut_off(furniture: str) -> None:
    before = "Le marché aux fleurs a rouvert hier dans la vieille ville, après trois mois de travaux sur les pavés."
    behind = "Les marchands s'en réjouissent et promettent de baisser leurs prix dès la semaine prochaine."
    text = "\n".join([f"{before}{behind}", f"{before} {furniture} {behind}{before}", f"{behind}{before}"])
    assert any(block.startswith(furniture[:9]) for block in list_blocks(text))


def test_a_heading_glued_at_both_ends_stands_alone() -> None:
    before = "The town council met on Monday to hear what the new bridge will cost, and who is to pay for it."
    behind = "Most of those who live by the river want a tunnel, and said so at length. Nobody else spoke of it."
    assert list_blocks(f"{before}A costly bridge{behind}{before}")[1] == "A costly bridge"


@pytest.mark.parametrize("gap", [" ", "", "\n", "\u3000", "\x00", "a\u0301", "\U0001f600", "。", "«»“”"])
def test_texts_without_words_or_with_odd_characters_are_cut(gap: str) -> None:
    assert "".join(list_blocks(gap * 3)).replace("\n", "") == (gap * 3).strip().replace("\n", "")


PIECES = st.sampled_from(
    [
        "Le port est fermé.",
        "Menu",
        "AFP",
        "12",
        "”",
        "« Oui »",
        "(dpa)",
        ".",
        "https://a.org/B",
        "•",
        "-",
        "Ёлка",
        "東京。",
        ", said the mayor",
        "of",
    ]
)
GLUE = st.sampled_from(["", " ", "\n", "\r\n", "\u00a0", "\n\n", "\t"])
PAGES = st.lists(st.tuples(PIECES, GLUE), max_size=30).map(lambda parts: "".join(chain.from_iterable(parts)))


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=80), PAGES), min_size=1, max_size=4))
def test_every_character_but_white_space_is_in_one_block(texts: list[str]) -> None:
    blocks = cut_texts(*texts)
    for i, text in enumerate(texts):
        mine = blocks.filter(pl.col("document_id") == str(i))
        spans = list(mine.select("char_start", "char_end").iter_rows())
        assert mine["text"].to_list() == [text[start:end] for start, end in spans]
        assert all(block.strip() == block != "" for block in mine["text"])
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert "".join("".join(mine["text"]).split()) == "".join(text.split())
        assert mine["block_index"].to_list() == list(range(mine.height))


@settings(deadline=None)
@given(st.lists(PAGES, min_size=2, max_size=4))
@example(["Le port est fermé.", "”\nMenu« Oui »\n.Menu\nMenu\nMenu"])
@example(["Le port est fermé.•", ".•Le port est fermé."])
def test_a_text_is_cut_the_same_alone_and_among_others(texts: list[str]) -> None:
    together = cut_texts(*texts).drop("document_id").rows()
    assert together == [row for text in texts for row in cut_texts(text).drop("document_id").rows()]


@given(st.text(max_size=40), st.text(max_size=40))
def test_hashes_tell_phrases_apart_by_their_letters_and_digits(one: str, other: str) -> None:
    def read_letters(phrase: str) -> list[object]:
        codes = read_codes(phrase)
        return list(read_folds()[codes[read_kinds(codes) >= Kind.LOWER]])

    first, second, quoted = hash_phrases([one, other, f"« {one} » !"]).tolist()
    assert (first == second) == (read_letters(one) == read_letters(other))
    assert quoted == first


def test_hash_of_a_phrase_does_not_depend_on_the_others() -> None:
    phrases = ["Read more", "", "...", "Lire aussi"]
    assert hash_phrases(phrases).tolist() == [hash_phrases([phrase])[0] for phrase in phrases]
    assert hash_phrases([]).tolist() == []
