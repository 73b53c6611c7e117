"""Cutting texts into blocks."""

import time

import pytest

from copydesk.noise.model import load_model
from copydesk.noise.rules import load_rule_book
from copydesk.text.cut import Piece, cut_texts

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


def cut_text(text: str) -> list[Piece]:
    return cut_texts([text], load_rule_book(), load_model().cutter)[0]


def list_blocks(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in cut_text(text)]


@pytest.mark.parametrize(("text", "blocks"), GLUED)
def test_glued_blocks_are_cut(text: str, blocks: list[str]) -> None:
    assert list_blocks(text) == blocks


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


def test_pieces_of_one_line_share_its_number() -> None:
    assert [line for line, _, _ in cut_text("Menu\nFin.Le début")] == [0, 1, 1]


def test_seams_of_a_huge_line_are_found_in_good_time() -> None:
    line = " ".join(f"word{i}Other https://example.org/a{i}" for i in range(20_000))
    started = time.perf_counter()
    cut_text(line)
    assert time.perf_counter() - started < 60
