"""The language of documents and paragraphs."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from copydesk import clean
from copydesk.language.detect import detect_text, prepare_detector

SENTENCES = {
    "fr": "Le conseil municipal a voté lundi soir la fermeture du vieux port pour au moins deux ans.",
    "en": "The town council voted on Monday evening to close the old harbour for at least two years.",
    "de": "Der Gemeinderat stimmte am Montagabend für die Schließung des alten Hafens für zwei Jahre.",
    "es": "El ayuntamiento votó el lunes por la noche cerrar el viejo puerto durante al menos dos años.",
    "ru": "Городской совет в понедельник вечером проголосовал за закрытие старого порта на два года.",
    "ar": "صوت مجلس المدينة مساء الاثنين على إغلاق الميناء القديم لمدة عامين على الأقل بسبب الأشغال.",
    "zh": "市议会周一晚间投票决定关闭旧港口至少两年，以便进行维修工程，许多渔民对此表示反对。",
    "ja": "市議会は月曜日の夜、古い港を少なくとも二年間閉鎖することを投票で決めた。漁師の多くは反対した。",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_language_of_a_sentence_is_found(language: str) -> None:
    assert detect_text(SENTENCES[language])[0] == language


def test_capitals_are_read_like_small_letters() -> None:
    assert detect_text(SENTENCES["de"].upper())[0] == "de"


@pytest.mark.parametrize("text", ["", "12 345", "OK", "*** --- ***"])
def test_text_that_cannot_tell_is_undetermined(text: str) -> None:
    assert detect_text(text) == ("und", 0.0)


def test_answers_are_the_same_from_many_threads() -> None:
    prepare_detector()
    texts = list(SENTENCES.values()) * 5
    alone = [detect_text(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detect_text, texts)) == alone


def test_menu_in_another_language_does_not_decide_for_the_document() -> None:
    menu = "\n".join(["Home", "World news", "Latest sports", "Weather", "Subscribe now", "Most read stories"])
    assert clean(f"{menu}\n{SENTENCES['fr']}\n{SENTENCES['fr'].replace('lundi', 'mardi')}").language == "fr"


def test_paragraphs_of_two_languages_keep_their_own() -> None:
    document = clean(f"{SENTENCES['fr']}\n{SENTENCES['fr'].replace('lundi', 'mardi')}\n{SENTENCES['en']}")
    assert [paragraph.language for paragraph in document.paragraphs] == ["fr", "fr", "en"]


def test_short_paragraph_takes_the_language_of_its_document() -> None:
    document = clean(f"{SENTENCES['fr']}\nUn an plus tard\n{SENTENCES['fr'].replace('lundi', 'mardi')}")
    assert document.paragraphs[1].language == "fr"
