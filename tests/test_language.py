"""The language of documents and of their blocks."""

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langdetect import detector_factory

from copydesk import Settings, clean
from copydesk.errors import WrongUseError
from copydesk.language import find_foreign_blocks, prepare_detector, settle_languages
from copydesk.language.profiles import load_profiles, score_texts
from copydesk.language.vote import Opinion, vote_languages
from copydesk.language.voters import LANGUAGES, list_langdetect_languages
from copydesk.schemas import BLOCK_LANGUAGES
from copydesk.schemas import LANGUAGES as DOCUMENT_LANGUAGES
from copydesk.settings import LanguageSettings
from tests.gold import ROOT

SENTENCES = {
    "fr": "Le conseil municipal a voté lundi soir la fermeture du vieux port pour au moins deux ans.",
    "en": "The town council voted on Monday evening to close the old harbour for at least two years.",
    "de": "Der Gemeinderat stimmte am Montagabend für die Schließung des alten Hafens für zwei Jahre.",
    "es": "El ayuntamiento votó el lunes por la noche cerrar el viejo puerto durante al menos dos años.",
    "ru": "Городской совет в понедельник вечером проголосовал за закрытие старого порта на два года.",
    "ar": "صوت مجلس المدينة مساء الاثنين على إغلاق الميناء القديم لمدة عامين على الأقل بسبب الأشغال.",
    "zh": "市议会周一晚间投票决定关闭旧港口至少两年，以便进行维修工程，许多渔民对此表示反对。",
    "ja": "市議会は月曜日の夜、古い港を少なくとも二年間閉鎖することを投票で決めた。漁師の多くは反対した。",
    "he": "מועצת העיר הצביעה ביום שני בערב לסגור את הנמל הישן לשנתיים לפחות בגלל העבודות.",
    "no": "Kommunestyret vedtok mandag kveld å stenge den gamle havnen i minst to år, sier ordføreren.",
    "is": "Bæjarstjórnin samþykkti á mánudagskvöld að loka gömlu höfninni í að minnsta kosti tvö ár.",
    "sw": "Baraza la mji lilipiga kura Jumatatu jioni kufunga bandari ya zamani kwa angalau miaka miwili.",
    "zu": "Umkhandlu wedolobha uvote ngoMsombuluko kusihlwa ukuvala itheku elidala okungenani iminyaka emibili.",
    "haw": "Ua koho ka ʻaha kūkākūkā o ke kūlanakauhale i ka pō Pōʻakahi e pani i ke awa kahiko no nā makahiki ʻelua.",
}
SHORT_LINES = ("Un an plus tard", "Read more", "Gerhard Schröder", "OK", "12 345", "", "VIEUX PORT", "Наука", "市议会")
MIXED = [*SENTENCES.values(), *SHORT_LINES, *(text[:35] for text in SENTENCES.values())] * 3


def languages_of(*texts: str) -> list[str]:
    return [opinion.language for opinion in vote_languages(texts)]


@pytest.mark.parametrize("language", SENTENCES)
def test_language_of_a_sentence_is_found(language: str) -> None:
    assert languages_of(SENTENCES[language]) == [language]


@pytest.mark.parametrize("language", ["fr", "en", "de", "es", "ru", "no"])
def test_language_of_a_short_line_is_found(language: str) -> None:
    assert languages_of(SENTENCES[language][:35]) == [language]


@pytest.mark.parametrize("language", ["fr", "de", "es", "ru", "is"])
def test_capitals_are_read_like_small_letters(language: str) -> None:
    text = SENTENCES[language][:60]
    assert languages_of(text.upper()) == languages_of(text) == [language]


@pytest.mark.parametrize(
    "text", ["", "12 345", "OK", "*** --- ***", "https://example.org/the-old-harbour-closes-on-monday"]
)
def test_text_that_cannot_tell_is_undetermined(text: str) -> None:
    assert vote_languages([text]) == [Opinion("und", 0.0, is_sure=False)]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
@settings(deadline=None)  # the first example loads what voters need
def test_any_text_gets_a_language_and_a_confidence(texts: list[str]) -> None:
    for language, confidence, is_sure in vote_languages(texts):
        assert language.isalpha()
        assert 0 <= confidence < 1
        assert (language == "und") == (confidence == 0)
        assert not (is_sure and language == "und")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.text("aeinrst éßİя市 한", max_size=90))
@settings(deadline=None)
def test_opinion_on_a_text_does_not_depend_on_its_neighbours(texts: list[str], text: str) -> None:
    assert vote_languages([*texts, text])[-1:] == vote_languages([text])


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_answers_are_the_same_in_batches_of_any_size(size: int) -> None:
    by_batch = [
        opinion for start in range(0, len(MIXED), size) for opinion in vote_languages(MIXED[start : start + size])
    ]
    assert by_batch == vote_languages(MIXED)


def test_answers_are_the_same_from_many_threads() -> None:
    prepare_detector(LanguageSettings())
    with ThreadPoolExecutor(4) as pool:
        assert [found for (found,) in pool.map(vote_languages, ([text] for text in MIXED))] == vote_languages(MIXED)


def test_answers_are_the_same_from_many_processes() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        halves = pool.map(vote_languages, (MIXED[::2], MIXED[1::2]))
        assert list(halves) == [vote_languages(MIXED[::2]), vote_languages(MIXED[1::2])]


def add_up_grams_one_by_one(text: str) -> list[float]:
    """What langdetect's own detector would multiply if it drew each n-gram of the text once."""
    detector_factory.init_factory()
    factory = detector_factory._factory
    detector = factory.create()
    detector.text = text
    detector.cleaning_text()
    smoothing = detector.ALPHA_DEFAULT / detector.BASE_FREQ
    shares = np.array([factory.word_lang_prob_map[gram] for gram in detector._extract_ngrams()])
    sums = np.log1p(shares / smoothing).sum(axis=0) if len(shares) else np.zeros(len(factory.langlist))
    return [float(sums[factory.langlist.index(language)]) for language in load_profiles().languages]


@given(st.lists(st.text("aAbB ÉéßĐ’0€яЯ市丁カん한ạế😀ςș", max_size=40), min_size=1, max_size=3))
@settings(deadline=None)  # the first example loads both kinds of profiles
def test_profiles_are_evaluated_as_langdetect_reads_them(texts: list[str]) -> None:
    expected = np.array([add_up_grams_one_by_one(text) for text in texts])
    assert score_texts(texts) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_long_texts_are_scored_like_short_ones() -> None:
    text = " ".join(SENTENCES.values()) * 20
    assert score_texts([text])[0] == pytest.approx(add_up_grams_one_by_one(text), rel=1e-4)


def make_blocks(*rows: tuple[str, str, float, bool, int]) -> pl.DataFrame:
    """Make block languages from document, language, confidence, is_sure and number of characters."""
    numbered = [(row[0], index, *row[1:]) for index, row in enumerate(rows)]
    return pl.DataFrame(numbered, schema=dict(BLOCK_LANGUAGES.columns), orient="row")


def make_languages(**languages: str) -> pl.DataFrame:
    rows = [(document_id, language, 0.4) for document_id, language in languages.items()]
    return pl.DataFrame(rows, schema=dict(DOCUMENT_LANGUAGES.columns), orient="row")


def test_document_takes_the_language_of_most_of_its_characters() -> None:
    blocks = make_blocks(("a", "fr", 0.99, True, 300), ("a", "en", 0.99, True, 100), ("a", "en", 0.99, True, 100))
    settled = settle_languages(blocks, make_languages(a="en"))
    assert settled.documents.rows() == [("a", "fr", 0.594)]


def test_short_blocks_vote_only_where_there_are_no_long_ones() -> None:
    blocks = make_blocks(
        ("a", "en", 0.97, True, 59),
        ("a", "en", 0.97, True, 59),
        ("a", "fr", 0.99, True, 60),
        ("b", "de", 0.97, True, 30),
    )
    settled = settle_languages(blocks, make_languages(a="en", b="en"))
    assert settled.documents["language"].to_list() == ["fr", "de"]


def test_first_opinion_stands_where_no_block_can_tell() -> None:
    settled = settle_languages(make_blocks(("a", "und", 0.0, False, 3)), make_languages(a="fr", b="de"))
    assert settled.documents.rows() == [("a", "fr", 0.4), ("b", "de", 0.4)]


def test_block_that_is_not_sure_takes_the_language_of_its_document() -> None:
    blocks = make_blocks(("a", "fr", 0.99, True, 300), ("a", "en", 0.6, False, 20), ("a", "en", 0.99, True, 90))
    settled = settle_languages(blocks, make_languages(a="fr"))
    assert settled.blocks["language"].to_list() == ["fr", "fr", "en"]


def test_menu_in_another_language_does_not_decide_for_the_document() -> None:
    menu = "\n".join(["Home", "World news", "Latest sports", "Weather", "Subscribe now", "Most read stories"])
    assert clean(f"{menu}\n{SENTENCES['fr']}\n{SENTENCES['fr'].replace('lundi', 'mardi')}").language == "fr"


def test_paragraphs_of_two_languages_keep_their_own() -> None:
    document = clean(f"{SENTENCES['fr']}\n{SENTENCES['fr'].replace('lundi', 'mardi')}\n{SENTENCES['en']}")
    assert [paragraph.language for paragraph in document.paragraphs] == ["fr", "fr", "en"]


def test_short_paragraph_takes_the_language_of_its_document() -> None:
    document = clean(f"{SENTENCES['fr']}\nUn an plus tard\n{SENTENCES['fr'].replace('lundi', 'mardi')}")
    assert document.paragraphs[1].language == "fr"


def test_langdetect_alone_can_be_asked() -> None:
    alone = Settings(language=LanguageSettings(detector="langdetect"))
    document = clean(f"{SENTENCES['zu']}\n{SENTENCES['fr']}\n{SENTENCES['fr'].replace('lundi', 'mardi')}", alone)
    # It has no profile of Zulu, which the vote does know.
    assert document.language == "fr"
    assert document.paragraphs[0].language != "zu"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("documents", "language"),
        ("paragraphs", "language"),
        ("paragraphs", "paragraph_language"),
        ("removed", "language"),
    ],
)
def test_every_language_that_can_be_found_may_be_published(table: str, column: str) -> None:
    suite = json.loads((ROOT / "expectations" / f"{table}.json").read_text(encoding="utf-8"))
    (allowed,) = (
        expectation["kwargs"]["value_set"]
        for expectation in suite["expectations"]
        if expectation["kwargs"].get("column") == column and "value_set" in expectation["kwargs"]
    )
    assert (LANGUAGES | list_langdetect_languages()) - set(allowed) == set()


def test_unknown_detector_is_refused() -> None:
    with pytest.raises(WrongUseError, match=r"language\.detector should be one of vote, langdetect, is 'cld'"):
        LanguageSettings(detector="cld")


def find_foreign(document_language: str, texts: Sequence[str]) -> list[float]:
    rows = [("a", index, text) for index, text in enumerate(texts)]
    blocks = pl.DataFrame(rows, schema=["document_id", "block_index", "text"], orient="row")
    return [round(sure, 2) for sure in find_foreign_blocks(blocks, make_languages(a=document_language)).tolist()]


def test_block_in_another_language_than_its_document_is_foreign() -> None:
    assert find_foreign("fr", [SENTENCES["fr"], SENTENCES["en"]]) == [0.0, 0.98]


def test_block_too_short_to_tell_is_no_foreigner() -> None:
    assert find_foreign("fr", ["Read more", "12 345", ""]) == [0.0] * 3


def test_nothing_is_foreign_to_a_document_of_unknown_language() -> None:
    assert find_foreign("und", [SENTENCES["en"]]) == [0.0]


def test_close_neighbours_are_not_foreign_to_each_other() -> None:
    assert find_foreign("da", [SENTENCES["no"]]) == [0.0]
