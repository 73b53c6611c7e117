"""langdetect as it comes, for those who must: one text at a time, n-grams drawn at random from a fixed seed."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from langdetect import DetectorFactory, LangDetectException, detector_factory

from copydesk.language.vote import LONG_CHARS, UNDECIDED, Opinion
from copydesk.language.voters import fold_text, lower_capitals, read_code

_MIN_LETTERS: Final = 12
_MIN_CONFIDENCE: Final = 0.5


@cache
def load_langdetect() -> None:
    """Load langdetect's own detector; its first use is not safe among threads."""
    # Without a seed langdetect draws its samples at random and short texts change language from call to call.
    DetectorFactory.seed = 0
    detector_factory.init_factory()


def detect_by_langdetect(texts: Sequence[str]) -> list[Opinion]:
    """Return langdetect's opinion on each text, with its own probability; equal texts are looked at once."""
    load_langdetect()
    opinions = {text: _detect_text(lower_capitals(fold_text(text))) for text in dict.fromkeys(texts)}
    return [opinions[text] for text in texts]


def _detect_text(text: str) -> Opinion:
    if sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return UNDECIDED
    detector = detector_factory._factory.create()  # the public calls make one too, but look for profiles each time
    detector.append(text)
    try:
        best = detector.get_probabilities()[0]
    except (LangDetectException, IndexError):
        return UNDECIDED
    if best.prob < _MIN_CONFIDENCE:
        return UNDECIDED
    return Opinion(read_code(best.lang), round(best.prob, 4), is_sure=len(text) >= LONG_CHARS)
