"""Telling encodings, and repairing what went wrong before."""

import unicodedata
from contextlib import suppress
from encodings.aliases import aliases
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.errors import UnreadableSourceError
from copydesk.reading import decode_bytes, repair_text

SENTENCES = {
    "af": "Môre sê die burgemeester of die brug weer oopgaan; gister was die hoë water nog te gevaarlik.",
    "ar": "قالت رئيسة البلدية إن الجسر القديم سيفتح من جديد في الربيع بعد سنتين من العمل.",
    "be": "Мэр горада сказала, што стары мост зноў адкрыецца вясной, пасля двух гадоў рамонту.",
    "bg": "Кметът каза, че старият мост ще бъде отворен отново през пролетта, след две години ремонт.",
    "bs": "Gradonačelnica je rekla da će stari most opet biti otvoren u proljeće, poslije dvije godine čekanja.",
    "ca": "L’alcaldessa va dir que el pont vell tornarà a obrir a la primavera, després de dos anys d’obres.",
    "cs": "Starostka řekla, že starý most se znovu otevře na jaře, po dvou letech oprav, které přišly dráž.",
    "da": "Borgmesteren sagde, at den gamle bro åbner igen til foråret, efter to års arbejde.",
    "de": "Die Bürgermeisterin sagte, dass die alte Brücke im Frühjahr wieder öffnet.",
    "el": "Η δήμαρχος είπε ότι η παλιά γέφυρα θα ανοίξει ξανά την άνοιξη, ύστερα από δύο χρόνια έργων.",
    "es": "La alcaldesa dijo que el puente viejo volverá a abrir en la próxima primavera.",
    "et": "Linnapea ütles, et vana sild avatakse kevadel uuesti, pärast kahte aastat tööd.",
    "fa": "شهردار گفت که پل قدیمی در بهار دوباره باز می شود، پس از دو سال کار و هزینه بسیار.",
    "fi": "Pormestari sanoi, että vanha silta avataan jälleen keväällä, kahden vuoden töiden jälkeen, jotka venyivät.",
    "fr": "La maire a dit que le vieux pont rouvrira au printemps, après deux années de travaux plus chers que prévu.",
    "he": "ראשת העיר אמרה שהגשר הישן ייפתח שוב באביב, אחרי שנתיים של עבודות יקרות.",
    "hr": "Gradonačelnica je rekla da će se stari most ponovno otvoriti u proljeće, nakon dvije godine radova.",
    "hu": "A polgármester azt mondta, hogy a régi híd tavasszal újra megnyílik, két évnyi munka után.",
    "is": "Borgarstjórinn sagði að gamla brúin yrði opnuð aftur í vor, eftir tveggja ára vinnu sem varð dýr.",
    "it": "La sindaca ha detto che il vecchio ponte riaprirà in primavera, perché i lavori finiranno più tardi.",
    "ja": "市長は、古い橋が二年間の工事を終えて、春にふたたび開通すると述べた。",
    "ko": "시장은 낡은 다리가 이 년 동안의 공사를 마치고 봄에 다시 열린다고 말했다.",
    "lt": "Merė sakė, kad senasis tiltas vėl bus atidarytas pavasarį, po dvejų metų darbų, kurie kainavo daugiau.",
    "lv": "Mēre sacīja, ka vecais tilts pavasarī atkal tiks atvērts pēc divu gadu darbiem, kuri bija dārgāki.",
    "mk": "Градоначалничката рече дека стариот мост повторно ќе се отвори напролет, по две години работа.",
    "nb": "Ordføreren sa at den gamle broen åpner igjen til våren, etter to år med arbeid som ble dyrere.",
    "nl": "De burgemeester zei dat de oude brug in het voorjaar weer opengaat; de financiële problemen zijn geëindigd.",
    "pl": "Burmistrz powiedziała, że stary most zostanie znów otwarty wiosną, po dwóch latach prac droższych.",
    "pt": "A presidente da câmara disse que a ponte velha voltará a abrir na primavera.",
    "ro": "Primarul a spus cã podul vechi se va deschide din nou în primăvară, după doi ani de lucrări și aşteptări.",
    "ru": "Мэр сказала, что старый мост снова откроется весной, после двух лет ремонта, который вышел дороже.",
    "sk": "Primátorka povedala, že starý most sa znova otvorí na jar, po dvoch rokoch opráv, ktoré vyšli drahšie.",
    "sl": "Županja je povedala, da se bo stari most spomladi znova odprl, po dveh letih del, ki so bila dražja.",
    "sq": "Kryetarja tha se ura e vjetër do të hapet përsëri në pranverë, pas dy vjet punimesh që kushtuan më shumë.",
    "sr": "Градоначелница је рекла да ће стари мост поново бити отворен у пролеће, после две године радова.",
    "sv": "Borgmästaren sade att den gamla bron öppnar igen till våren, efter två års arbete som blev dyrare.",
    "th": "นายกเทศมนตรีกล่าวว่าสะพานเก่าจะเปิดอีกครั้งในฤดูใบไม้ผลิ หลังจากซ่อมมาสองปี",
    "tr": "Belediye başkanı eski köprünün iki yıllık çalışmanın ardından ilkbaharda yeniden açılacağını söyledi.",
    "uk": "Мерка сказала, що старий міст знову відкриють навесні, після двох років ремонту, і всі її слова записали.",
    "vi": "Thị trưởng nói rằng cây cầu cũ sẽ mở lại vào mùa xuân, sau hai năm sửa chữa tốn kém hơn dự tính.",
    "tw": "市長說，這座老橋經過兩年的施工，將在春天重新開放，費用比預計的要高。",
    "zh": "市长说，这座老桥经过两年的施工，将在春天重新开放，费用比预计的要高。",
}
PAGES_OF = {
    ("cp1252", "iso-8859-1"): "af ca da de es fi fr is it nb nl pt sq sv",
    ("cp1250", "iso-8859-2"): "bs cs hr hu pl sk sl",
    ("cp1251", "iso-8859-5"): "be bg mk ru sr",
    ("koi8-r",): "ru",
    ("cp1251", "koi8-u"): "uk",
    ("cp1253", "iso-8859-7"): "el",
    ("cp1254", "iso-8859-9"): "tr",
    ("cp1255",): "he",
    ("cp1256",): "ar fa",
    ("iso-8859-6",): "ar",
    ("cp1257", "iso-8859-13"): "et lt lv",
    ("cp1258",): "vi",
    ("tis-620", "cp874"): "th",
    ("gb18030", "gbk"): "zh",
    ("big5",): "tw",
    ("shift_jis", "euc-jp", "iso-2022-jp"): "ja",
    ("euc-kr", "cp949"): "ko",
}
IN_CODE_PAGES = [
    (language, encoding)
    for encodings, languages in PAGES_OF.items()
    for encoding in encodings
    for language in languages.split()
]
WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8", "utf-8-sig"]


def fit(language: str, encoding: str) -> bytes:
    """Encode a sentence as far as the code page goes. That of Vietnamese holds tones apart from their letters."""
    text = SENTENCES[language]
    if encoding == "cp1258":
        text = "".join(c if c.encode(encoding, "ignore") else unicodedata.normalize("NFD", c) for c in text)
    return text.encode(encoding, errors="ignore")


@pytest.mark.parametrize(("language", "encoding"), IN_CODE_PAGES)
def test_code_page_is_told_from_a_sentence(language: str, encoding: str) -> None:
    content = fit(language, encoding)
    assert decode_bytes(content).text == content.decode(encoding)


@pytest.mark.parametrize(("language", "encoding"), IN_CODE_PAGES)
def test_code_page_is_recorded_under_a_name_that_decodes(language: str, encoding: str) -> None:
    content = fit(language, encoding) * 5
    decoded = decode_bytes(content)
    assert content.decode(decoded.encoding) == decoded.text


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("language", SENTENCES)
def test_unicode_is_told_with_and_without_a_mark(language: str, encoding: str) -> None:
    decoded = decode_bytes(SENTENCES[language].encode(encoding))
    assert (decoded.text, decoded.repairs) == (SENTENCES[language], ())


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_utf_8_with_few_bad_bytes_keeps_all_else(share: float) -> None:
    text = SENTENCES["ru"] * 10
    content = bytearray(text.encode())
    wrong = range(0, int(len(text) * share * 0.2), 20)
    for place in wrong:
        content[place] = 0xFF
    decoded = decode_bytes(bytes(content))
    assert (decoded.encoding, decoded.repairs) == ("utf-8", ("invalid_bytes",))
    assert sum(char != "\ufffd" for char in decoded.text) >= len(text) - 2 * len(wrong)


@pytest.mark.parametrize(("encoding", "cut"), [("utf-8", 1), ("utf-16", 1), ("utf-32", 2)])
def test_text_cut_off_within_a_character_loses_that_one_only(encoding: str, cut: int) -> None:
    text = SENTENCES["ru"].rstrip(".")
    decoded = decode_bytes(text.encode(encoding)[:-cut])
    assert (decoded.text, decoded.repairs) == (text[:-1] + "\ufffd", ("cut_off",))


def test_utf_8_marked_in_error_is_read_as_what_it_is() -> None:
    content = b"\xef\xbb\xbf" + fit("fr", "cp1252") * 3
    assert SENTENCES["fr"] in decode_bytes(content).text


def test_line_of_another_encoding_in_utf_8_is_marked() -> None:
    content = SENTENCES["fr"].encode() * 8 + "\ncafé\n".encode("cp1252") + SENTENCES["fr"].encode() * 8
    decoded = decode_bytes(content)
    assert "\ncaf\ufffd\n" in decoded.text
    assert decoded.repairs == ("invalid_bytes",)


@pytest.mark.parametrize("declared", ["iso-8859-2", "ISO_8859-2", "latin2"])
def test_declared_encoding_settles_what_the_bytes_leave_open(declared: str) -> None:
    assert decode_bytes("Zażółć gęślą jaźń".encode("iso-8859-2"), declared).text == "Zażółć gęślą jaźń"


@pytest.mark.parametrize(
    "head", ['<meta charset="windows-1257">', "<meta http-equiv=x content='text/html; charset=cp1257'>"]
)
def test_encoding_stated_in_markup_settles_what_the_bytes_leave_open(head: str) -> None:
    markup = f"<html><head>{head}</head><body>Mažų žuvų šešėliai</body></html>"
    assert decode_bytes(markup.encode("cp1257")).text == markup


@pytest.mark.parametrize(
    "declared",
    [
        "koi8-r",
        "utf-16",
        "utf-7",
        "gb18030",
        "windows-1256",
        "iso-8859-1",
        "rot13",
        "zlib",
        "unicode_escape",
        "x" * 5000,
        "\0",
        "",
    ],
)
@pytest.mark.parametrize(
    ("language", "encoding"), [("ru", "cp1251"), ("ru", "utf-8"), ("fr", "utf-8"), ("fr", "cp1252")]
)
def test_declared_encoding_that_does_not_fit_is_passed_over(declared: str, language: str, encoding: str) -> None:
    content = fit(language, encoding) * 3
    assert decode_bytes(content, declared).text == content.decode(encoding)


@pytest.mark.parametrize(
    ("language", "wrong"),
    [(language, "latin-1") for language in ("fr", "de", "cs", "ru", "el", "tr", "pl", "uk", "ja")]
    + [("fr", "cp1252"), ("de", "cp1252"), ("fr", "cp1250"), ("de", "cp1250"), ("ru", "cp1251")],
)
def test_mojibake_is_undone(language: str, wrong: str) -> None:
    text = SENTENCES[language]
    broken = text.encode().decode(wrong)
    assert repair_text(f"{SENTENCES['sv']}\n{broken}") == (f"{SENTENCES['sv']}\n{text}", ("mojibake",))


@pytest.mark.parametrize("language", SENTENCES)
def test_sound_text_stays_as_it_is(language: str) -> None:
    text = f"“{SENTENCES[language]}” – « {SENTENCES[language].upper()} »…\r\n€ 5 £ ½ Ã ½ É»"
    assert repair_text(text) == (text, ())


@pytest.mark.parametrize(
    ("broken", "text"), [("Ã©tÃ©", "été"), ("itâ€™s", "it’s"), ("MÃ¤rz", "März"), ("aquÃ\xad", "aquí")]
)
def test_mojibake_of_a_word_is_undone(broken: str, text: str) -> None:
    assert repair_text(broken) == (text, ("mojibake",))


@pytest.mark.parametrize("text", ["AMANHÃ”", "dit “Été”", "CAFÉ» !", "В»", "Ð…", "Ã€ 5"])
def test_capital_beside_a_sign_is_no_mojibake(text: str) -> None:
    assert repair_text(f"{text} – {text}") == (f"{text} – {text}", ())


def test_signs_that_stand_as_control_characters_are_restored() -> None:
    assert repair_text("l\x92\x9cuvre \x96 \x93bien\x94 \x85") == ("l’œuvre – “bien” \x85", ("c1_controls",))


def test_control_characters_that_may_be_letters_of_another_system_stay() -> None:
    assert repair_text("d\x8ej\x88 vu \x93") == ("d\x8ej\x88 vu \x93", ())


@pytest.mark.parametrize(
    ("text", "repaired"), [("a\ud83d\ude00b", "a😀b"), ("a\ud83db", "a\ufffdb"), ("a\ude00\ud83db", "a\ufffd\ufffdb")]
)
def test_halves_of_characters_are_joined_or_marked(text: str, repaired: str) -> None:
    assert repair_text(text) == (repaired, ("surrogates",))


def test_nul_characters_are_taken_out() -> None:
    assert decode_bytes(b"The bridge \0opens" + b" again in spring" * 20).repairs == ("nul",)


@pytest.mark.parametrize(
    "char", ["\ue000", "\U000f0001", "\u00ad", "\u200c", "\u200d", "\u200e", "\u2028", "\x85", "\ufeff", "\r"]
)
def test_character_that_needs_no_repair_stays(char: str) -> None:
    text = f"Une première{char}ligne."
    assert decode_bytes(text.encode()) == (text, "utf-8", ())


def test_ascii_with_control_characters_is_not_taken_for_utf_16() -> None:
    with pytest.raises(UnreadableSourceError) as caught:
        decode_bytes(b"The bridge \x07opens\x01 again in spring." * 4)
    assert caught.value.reason == "binary"


def test_character_cut_through_by_the_end_of_the_sample_does_no_harm() -> None:
    text = "x" + "😀я " * 5000
    assert decode_bytes(text.encode("utf-16-le")).text == text


@pytest.mark.parametrize("content", [b"\0\1\2", b"\0\1", b"\1"])
def test_few_control_characters_are_binary(content: bytes) -> None:
    with pytest.raises(UnreadableSourceError) as caught:
        decode_bytes(content)
    assert caught.value.reason == "binary"


@pytest.mark.parametrize("seed", range(5))
def test_wide_binary_content_is_refused(seed: int) -> None:
    with pytest.raises(UnreadableSourceError) as caught:
        decode_bytes(Random(seed).randbytes(5000))
    assert caught.value.reason == "binary"


@given(st.binary(max_size=300), st.none() | st.text(max_size=12) | st.sampled_from(sorted(aliases)))
def test_any_bytes_become_text_or_are_refused(content: bytes, declared: str | None) -> None:
    with suppress(UnreadableSourceError):
        decoded = decode_bytes(content, declared)
        assert decoded.text.encode().strip()


@given(st.lists(st.sampled_from(sorted(SENTENCES)), min_size=1, max_size=6), st.sampled_from(WIDE))
def test_text_in_unicode_comes_back_exactly(languages: list[str], encoding: str) -> None:
    text = "\n".join(SENTENCES[language] for language in languages)
    assert decode_bytes(text.encode(encoding))[::2] == (text, ())


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_becomes_one_that_can_be_stored(text: str) -> None:
    repaired, repairs = repair_text(text)
    assert "\0" not in repaired
    assert repaired.encode() == text.encode("utf-8", "surrogatepass") or repairs
