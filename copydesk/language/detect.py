"""Language detection with langdetect, made deterministic and safe for threads."""

from functools import cache
from typing import Final

import polars as pl
from langdetect import DetectorFactory, LangDetectException, detector_factory

from copydesk.schemas import LANGUAGES, Languages, Texts

UNDETERMINED: Final = "und"
_MIN_LETTERS: Final = 12
_MIN_CONFIDENCE: Final = 0.5
_PROSE_CHARS: Final = 60
_ENOUGH_CHARS: Final = 3_000
_MOSTLY_CAPITALS: Final = 0.6

Answer = tuple[str, float]


@cache
def prepare_detector() -> None:
    """Load langdetect's profiles; call it before threads start, its first use is not safe among them."""
    # Without a seed langdetect draws its samples at random and short texts change language from call to call.
    DetectorFactory.seed = 0
    detector_factory.init_factory()


def detect_text(text: str) -> Answer:
    """Return the language of `text` and a confidence from 0 to 1; `und` and 0 where the text cannot tell."""
    prepare_detector()
    n_letters = sum(map(str.isalpha, text))
    if n_letters < _MIN_LETTERS:
        return UNDETERMINED, 0.0
    if sum(map(str.isupper, text)) > _MOSTLY_CAPITALS * n_letters:
        text = text.lower()
    detector = detector_factory._factory.create()  # the public calls make one too, but look for profiles each time
    detector.append(text)
    try:
        best = detector.get_probabilities()[0]
    except (LangDetectException, IndexError):
        return UNDETERMINED, 0.0
    if best.prob < _MIN_CONFIDENCE:
        return UNDETERMINED, 0.0
    return best.lang.partition("-")[0], round(best.prob, 4)


def detect_languages(texts: Texts) -> Languages:
    """Detect the language of each document from its long lines; from all of it where there are none."""
    answers = [detect_text(_choose_sample(text)) for text in texts["text"]]
    return LANGUAGES.check(_add_answers(texts.select("document_id"), answers, "language"))


def _choose_sample(text: str) -> str:
    lines = [line for line in text.splitlines() if len(line) >= _PROSE_CHARS]
    return "\n".join(lines or [text])[:_ENOUGH_CHARS]


def detect_paragraph_languages(paragraphs: pl.DataFrame) -> pl.DataFrame:
    """Add `paragraph_language` and `paragraph_language_confidence` to paragraphs.

    Needs `text`, and the document's `language` and `language_confidence`, which a paragraph too short to tell takes.
    """
    columns = ("text", "language", "language_confidence")
    answers = [
        detect_text(text) if len(text) >= _PROSE_CHARS else (language, confidence)
        for text, language, confidence in paragraphs.select(columns).iter_rows()
    ]
    return _add_answers(paragraphs, answers, "paragraph_language")


def _add_answers(frame: pl.DataFrame, answers: list[Answer], column: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.Series(column, [language for language, _ in answers], dtype=pl.String),
        pl.Series(f"{column}_confidence", [confidence for _, confidence in answers], dtype=pl.Float64),
    )
