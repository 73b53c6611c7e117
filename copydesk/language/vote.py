"""The vote on the language of texts. Which voter is believed when was measured; see docs/language.md."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from unicodedata import category

from copydesk.language.voters import (
    UNDETERMINED,
    Answer,
    FirstAnswer,
    ask_cld2,
    ask_langdetect,
    ask_langid,
    fold_text,
    list_langdetect_languages,
    lower_capitals,
)

LONG_CHARS: Final = 60
"""From this length on an opinion on a text is worth more than its document's language."""
_MIN_LETTERS: Final = 4
_MIN_LETTERS_IF_DIFFERENT: Final = 12
_LETTERS_PER_SIGN: Final = 4
_COUNTED_CHARS: Final = 100
_FIRST_MARK: Final = "\u0300"
_FIRST_SIGN: Final = "\u2e80"
"""From here on one character, Chinese, Japanese or Korean, says as much as several letters."""

_STANDS_BYTES: Final = 100
_SURE_LETTERS: Final = 25
_DOUBTFUL: Final = frozenset({"bs", "ms", "nn", "sr"})
"""CLD2 gives these to texts of their neighbours (Croatian, Indonesian, Bokmål), sure as it may be."""
_LANGID_TELLS: Final = 0.2
_LANGID_SUPPORTS: Final = 0.5

_RIGHT: Final = {
    "stands": 0.99,
    "long two": 0.99,
    "short two": 0.97,
    "long one": 0.87,
    "short one": 0.6,
}
"""How often votes were right on one half of the development texts, by length and by how many voters agree."""
_CLOSE: Final = frozenset({"bs", "hr", "ms"})
_RIGHT_IF_CLOSE: Final = 0.8


class Opinion(NamedTuple):
    """What the vote on one text gave.

    Attributes:
        language: ISO 639-1, 639-3 where there is none, or `und`.
        confidence: how often such a vote was right, from 0 to 1.
        is_sure: voters agree, on enough text, so that the document's language is no better guess.
    """

    language: str
    confidence: float
    is_sure: bool


UNDECIDED: Final = Opinion(UNDETERMINED, 0.0, is_sure=False)


def vote_languages(texts: Sequence[str], *, only_sure: bool = False) -> list[Opinion]:
    """Return an opinion on each text; equal texts are looked at once.

    With `only_sure` short texts get an opinion only where it is sure, for less work: it is for blocks, which take the
    language of their document where they are not.
    """
    folded = [fold_text(text) for text in texts]
    opinions = _vote_distinct(dict.fromkeys(folded), only_sure=only_sure)
    return [opinions[text] for text in folded]


def _vote_distinct(texts: Iterable[str], *, only_sure: bool) -> dict[str, Opinion]:
    opinions, opened = {}, {}
    for text in texts:
        is_short = only_sure and len(text) < LONG_CHARS
        if is_short and _count_letters(text) < _SURE_LETTERS:
            opinions[text] = UNDECIDED
            continue
        first = ask_cld2(text, guess=not is_short)
        if _stands_alone(first):
            opinions[text] = _make_opinion(first.language, "stands", is_sure=True)
        elif is_short and not first.is_confident:
            opinions[text] = UNDECIDED
        else:
            opened[text] = first
    small = [lower_capitals(text) for text in opened]
    for text, small_text, second in zip(opened, small, ask_langdetect(small), strict=True):
        opinions[text] = _settle_vote(small_text, opened[text], second, only_sure=only_sure)
    return opinions


def _stands_alone(first: FirstAnswer) -> bool:
    return first.is_confident and first.n_bytes >= _STANDS_BYTES and first.language not in _DOUBTFUL


def _settle_vote(text: str, first: FirstAnswer, second: str, *, only_sure: bool) -> Opinion:
    n_letters = _count_letters(text)
    if n_letters < _MIN_LETTERS:
        return UNDECIDED
    size = "long" if n_letters >= LONG_CHARS else "short"
    if first.language == second:
        return _make_opinion(second, f"{size} two", is_sure=n_letters >= _SURE_LETTERS)
    if only_sure and n_letters < LONG_CHARS:
        return UNDECIDED
    third = ask_langid(text)
    if first.language == third.language:
        return _make_opinion(first.language, f"{size} two", is_sure=n_letters >= LONG_CHARS)
    if n_letters < _MIN_LETTERS_IF_DIFFERENT:
        return UNDECIDED
    return _make_opinion(_choose_voter(first, second, third), f"{size} one", is_sure=False)


def _make_opinion(language: str, who: str, *, is_sure: bool) -> Opinion:
    if language == UNDETERMINED:
        return UNDECIDED
    right = _RIGHT[who]
    return Opinion(language, min(right, _RIGHT_IF_CLOSE) if language in _CLOSE else right, is_sure)


def _count_letters(text: str) -> int:
    """Count letters and the marks that Indic scripts write vowels with, up to what is plenty."""
    start = text[:_COUNTED_CHARS]
    if max(start, default="") < _FIRST_MARK:
        return sum(map(str.isalpha, start))
    return sum(_LETTERS_PER_SIGN if sign >= _FIRST_SIGN else 1 for sign in start if category(sign)[0] in "LM")


def _choose_voter(first: FirstAnswer, second: str, third: Answer) -> str:
    """Choose where CLD2 differs from both others."""
    if third.score < _LANGID_TELLS and first.language != UNDETERMINED:
        return first.language
    is_own = first.is_confident and first.language not in _DOUBTFUL | list_langdetect_languages()
    if is_own and not (second == third.language and third.score >= _LANGID_SUPPORTS):
        return first.language
    return third.language
