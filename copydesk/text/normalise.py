"""Normalising a content block for publication; the verbatim text stays beside it."""

import re
import unicodedata
from typing import Final

import polars as pl

# Control characters, byte-order marks, soft hyphens, zero-width spaces, bidi controls. Joiners (U+200C, U+200D) stay:
# Persian, Indic scripts and emoji need them.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
# A link in brackets, or at the end of a sentence, whose line stood apart from the mark.
_BROKEN_OFF: Final = re.compile(r"""\n(?=[,)\]](?:[\s.,;:!?)\]"”»]|$)|\.(?:\s|$))|(?<=[(\[])\n""")


def normalise_text(text: str) -> str:
    """Return `text` in NFC, without control characters, every run of white space one space, none at the ends.

    A line break before a full stop, a comma or a closing bracket, or behind an opening one, becomes nothing.
    """
    joined = _BROKEN_OFF.sub("", text) if "\n" in text else text
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", joined)).split())


# What leaves a text as it is: single spaces between characters that neither vanish nor compose with others, by range.
# Any other text is normalised for itself, so a character may be missing here.
_PLAIN: Final = (
    r"!-~¡-\x{ac}®-˿Ͱ-ͳ͵-ͽͿ-ΆΈ-ϿЀ-҂Ҋ-ԯ־׀׆א-ת؛؞-ؿء-يﹰﹲ٠-ٯٱ-ە"
    r"ぁ-ゖァ-ヺ、-〩〰-〿・-ヿ一-鿿가-힣‐-‧‰-⁞₠-₿→-⇿─-➿"
)
_NOT_PLAIN: Final = rf"[^ {_PLAIN}]|  |^ | $"


def normalise_texts(texts: pl.Series) -> pl.Series:
    """Normalise many texts at once, each as `normalise_text` does."""
    rows = texts.str.contains(_NOT_PLAIN).arg_true()
    if rows.is_empty():
        return texts
    return texts.scatter(rows, [normalise_text(text) for text in texts[rows]])
