"""langdetect's own profiles, evaluated exactly for many texts at once.

langdetect draws n-grams of a text at random until one language seems certain, and averages seven such walks. Here
every n-gram of the text counts, with the same profiles, the same choice of n-grams and the same smoothing: naive Bayes,
as in its source (Nakatani Shuyo, "Language Detection Library for Java", 2010). Nothing is drawn, so the scores of a
text depend on nothing but the text.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
from langdetect.detector import Detector
from langdetect.utils.ngram import NGram
from numpy.typing import NDArray

from copydesk.kernels.grams import GramTable, Spelled, make_gram_table, sum_grams

_SMOOTHING: Final = Detector.ALPHA_DEFAULT / Detector.BASE_FREQ
_N_CODES: Final = 0x10000
_FIRST_MARK: Final = 0x300
# Their n-grams fill some 10 MB; more at once is slower.
_CHUNK_CHARS: Final = 16_000

Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


class Profiles(NamedTuple):
    """The n-grams of all languages as one table.

    Attributes:
        languages: langdetect's codes, sorted.
        letters: number of each code point below 0x10000, after langdetect's own folding; 0 stands for no letter, 1 for
            a space and the highest number for all that no profile knows.
        is_capital: whether the folded code point is a capital.
        grams: what each n-gram gains a language: its log-probability, less that of an n-gram which the language does
            not know.
    """

    languages: tuple[str, ...]
    letters: Numbers
    is_capital: NDArray[np.bool_]
    grams: GramTable


@cache
def load_profiles() -> Profiles:
    """Read the profiles that langdetect brings: 55 languages, 88,000 n-grams; takes a quarter of a second."""
    profiles = sorted(_read_profiles(), key=lambda profile: str(profile["name"]))
    folded = [NGram.normalize(chr(code)) for code in range(_N_CODES)]
    known = sorted({letter for profile in profiles for gram in profile["freq"] for letter in gram} - {" "})
    numbers = {letter: number for number, letter in enumerate(["", " ", *known])}
    unknown = len(numbers)
    keys, gains = _tabulate(profiles, numbers, unknown + 1)
    return Profiles(
        languages=tuple(profile["name"] for profile in profiles),
        letters=np.array([numbers.get(letter, unknown) for letter in folded]),
        is_capital=np.array([letter.isupper() for letter in folded]),
        grams=make_gram_table(keys, gains, unknown + 1),
    )


def _tabulate(profiles: Sequence[Mapping[str, Any]], numbers: Mapping[str, int], base: int) -> tuple[Numbers, Scores]:
    keys = [np.array([_number_gram(gram, numbers, base) for gram in profile["freq"]]) for profile in profiles]
    ordered = np.unique(np.concatenate(keys))
    gains = np.zeros((len(ordered), len(profiles)), np.float32)
    for column, profile in enumerate(profiles):
        totals = np.array(profile["n_words"])[[len(gram) - 1 for gram in profile["freq"]]]
        shares = np.array(list(profile["freq"].values())) / totals
        gains[np.searchsorted(ordered, keys[column]), column] = np.log1p(shares / _SMOOTHING)
    return ordered, gains


def _read_profiles() -> Iterator[dict[str, Any]]:
    for file in (files("langdetect") / "profiles").iterdir():
        if not file.name.startswith((".", "_")):
            yield json.loads(file.read_text(encoding="utf-8"))


def _number_gram(gram: str, numbers: Mapping[str, int], base: int) -> int:
    key = 0
    for letter in gram:
        key = key * base + numbers[letter]
    return key


def score_texts(texts: Sequence[str]) -> Scores:
    """Return log-likelihoods, one row a text and one column a language of `load_profiles`.

    They are relative: 0 for a language that knows no n-gram of the text. Texts should be in NFC, without addresses.
    """
    profiles = load_profiles()
    cleaned = [_clean_text(text) for text in texts]
    return np.concatenate(
        [
            np.zeros((0, len(profiles.languages)), np.float32),
            *(_score_chunk(chunk, profiles) for chunk in _cut_chunks(cleaned)),
        ]
    )


def _clean_text(text: str) -> str:
    return str(NGram.normalize_vi(Detector.MAIL_RE.sub(" ", Detector.URL_RE.sub(" ", text))))


def _cut_chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start = size = 0
    for end, text in enumerate(texts, 1):
        size += len(text) + 1
        if size > _CHUNK_CHARS or end == len(texts):
            yield texts[start:end]
            start, size = end, 0


def _score_chunk(texts: Sequence[str], profiles: Profiles) -> Scores:
    """Add up the n-grams that langdetect's `_extract_ngrams` chooses, text by text and in order."""
    rows, codes, is_start = _spell_texts(texts)
    letters, is_capital = profiles.letters[codes], profiles.is_capital[codes]
    return sum_grams(Spelled(rows, letters, is_capital, is_start), profiles.grams, len(texts))


def _spell_texts(texts: Sequence[str]) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Return row and code point of every character, each text led by a space, and where these spaces are.

    Code points from U+10000, of which no profile knows any, all count as U+FFFF.

    Text in another script loses its Latin letters, as in langdetect's `cleaning_text`.
    """
    lengths = np.array([len(text) + 1 for text in texts])
    rows = np.repeat(np.arange(len(texts)), lengths)
    joined = " " + " ".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    is_start = np.zeros(len(codes), bool)
    is_start[np.cumsum(lengths) - lengths] = True
    is_latin = (codes >= ord("A")) & (codes <= ord("z"))
    is_other = codes >= _FIRST_MARK
    n_latin, n_other = (np.bincount(rows, mask, minlength=len(texts)) for mask in (is_latin, is_other))
    keeps = ~(is_latin & (n_latin * 2 < n_other)[rows])
    return rows[keeps], np.minimum(codes[keeps], _N_CODES - 1), is_start[keeps]
