"""Three voters on the language of a text: CLD2, langdetect's profiles, and py3langid.

Each is asked for a code of ISO 639-1, or of 639-3 where there is none; `und` says that it cannot tell. None draws at
random, so equal texts get equal answers.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import pycld2

from copydesk.language.profiles import load_profiles, score_texts

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED: Final = "und"
_MAX_CHARS: Final = 1_000
"""Of a text, the most that is looked at: its language shows long before."""

_SOFT_HYPHEN: Final = "\u00ad"
_ADDRESS: Final = re.compile(r"https?://\S+|[\w.+-]{1,64}@[\w-]{1,255}[\w.-]*")
# What CLD2 refuses as no text: controls and non-characters.
_REFUSED: Final = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_MOSTLY_CAPITALS: Final = 0.6

# Codes that are older than today's standard, that name a script too, or that name no language.
_CODES: Final = {
    "bh": "bho",
    "iw": "he",
    "jw": "jv",
    "nb": "no",
    "sr-ME": "sr",
    "tlh": UNDETERMINED,
    "un": UNDETERMINED,
    "xx-Bugi": "bug",
    "xx-Goth": "got",
    "zh-Hant": "zh",
    "zh-cn": "zh",
    "zh-tw": "zh",
    "zzp": UNDETERMINED,
}
_CLD2_SHARE: Final = 90
# A block is looked at twice, before and after it is labelled, and menus stand on page after page.
_REMEMBERED: Final = 1 << 15


def read_code(code: str) -> str:
    """Return our code for the code of any voter: `zh` for `zh-cn`, `he` for `iw`, `und` for `tlh`, Klingon."""
    return _CODES.get(code, code)


_CLD2_CODES: Final = dict(pycld2.LANGUAGES)
LANGUAGES: Final = frozenset(read_code(_CLD2_CODES[name]) for name in pycld2.DETECTED_LANGUAGES) - {UNDETERMINED}
"""Every language the vote can name; langdetect's 54 are among them."""


class Answer(NamedTuple):
    """What a voter says.

    Attributes:
        language: its code.
        score: from 0 to 1; what it means differs by voter.
    """

    language: str
    score: float


class FirstAnswer(NamedTuple):
    """What CLD2 says.

    Attributes:
        language: its code.
        n_bytes: how much of the text it could read.
        is_confident: it calls its answer reliable, for nine tenths of the text or more.
    """

    language: str
    n_bytes: int
    is_confident: bool


def fold_text(text: str) -> str:
    """Return what voters look at: the start of `text` in NFC, without web and mail addresses."""
    start = unicodedata.normalize("NFC", text[:_MAX_CHARS].replace(_SOFT_HYPHEN, ""))
    return _ADDRESS.sub(" ", start) if "://" in start or "@" in start else start


def lower_capitals(text: str) -> str:
    """Return `text` in small letters if it is mostly capitals; voters that look at capitals take it for German."""
    n_capitals = sum(map(str.isupper, text))
    return text.lower() if n_capitals and n_capitals > _MOSTLY_CAPITALS * sum(map(str.isalpha, text)) else text


def ask_cld2(text: str, *, guess: bool = True) -> FirstAnswer:
    """Ask CLD2; where it is not confident, for its best guess, or `und` if it shall not guess."""
    code, n_bytes, is_confident = _detect_cld2(text, False)
    if not is_confident:
        code = _detect_cld2(text, True)[0] if guess else UNDETERMINED
    language = _CODES.get(code, code)
    if language not in LANGUAGES:  # CLD2 also names scripts
        return FirstAnswer(UNDETERMINED, n_bytes, is_confident=False)
    return FirstAnswer(language, n_bytes, is_confident)


@lru_cache(_REMEMBERED)
def _detect_cld2(text: str, guess: bool, /) -> tuple[str, int, bool]:
    """Return CLD2's code, how many bytes it read, and whether it is confident."""
    try:
        found = pycld2.detect(text, isPlainText=True, bestEffort=guess)
    except pycld2.error:
        found = pycld2.detect(_REFUSED.sub(" ", text), isPlainText=True, bestEffort=guess)
    is_reliable, n_bytes, ((_, code, share, _), *_) = found
    return code, n_bytes, is_reliable and share >= _CLD2_SHARE


def ask_langdetect(texts: Sequence[str]) -> list[str]:
    """Ask langdetect's profiles for the likeliest language of each text."""
    languages = [read_code(code) for code in load_profiles().languages]
    scores = score_texts(texts)
    best = scores.argmax(axis=1).tolist()
    tells = scores.max(axis=1) > 0
    return [languages[column] if tell else UNDETERMINED for column, tell in zip(best, tells, strict=True)]


@cache
def list_langdetect_languages() -> frozenset[str]:
    """Return the codes of the languages that langdetect has a profile of."""
    return frozenset(read_code(code) for code in load_profiles().languages)


def ask_langid(text: str) -> Answer:
    """Ask py3langid; the score is its probability, softened for the length of the text."""
    language, score = _load_langid().classify(text)
    return Answer(read_code(language), float(score))


@cache
def _load_langid() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - few texts need it

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # What CLD2 does not know are dialects, which it finds in short texts of their big neighbours.
    identifier.set_languages([label for label in identifier.labels if label in LANGUAGES])
    return identifier
