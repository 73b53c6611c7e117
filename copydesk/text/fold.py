"""Folding: one spelling for the many a typographer has, so that rules stay short."""

import re
from typing import Final

import polars as pl

_SPELLINGS: Final = {
    "'": "’‘ʼ‛′´`",
    '"': "«»“”„‟″＂",
    "-": "‐‑‒–—―−",
    ":": "：",
    "...": "…",
    "": "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
}
"""What stands for what: the key is how each of these characters is spelled once folded."""
_FOLDED: Final = {char: spelling for spelling, chars in _SPELLINGS.items() for char in chars}
_FOLDABLE: Final = re.compile(f"[{''.join(_FOLDED)}]")
_NOT_ALPHANUMERIC: Final = re.compile(r"[\W_]+")
_ASCII_SMALL: Final = bytes(range(128)).lower() + bytes(128)
_ASCII_SIGNS: Final = bytes(code for code in range(128) if not chr(code).isalnum())
_BULLETS: Final = re.compile(r"^(?:[-*•·▪►▸●○◆■+>]\s+)+")
_ODD_SPACES: Final = r"[\s\x1c-\x1f]{2,}|[^\S ]|[\x1c-\x1f]"
_NOT_FOLDED: Final = rf"[{''.join(_FOLDED)}]|{_ODD_SPACES}|^ | $|{_BULLETS.pattern}"


def fold_text(text: str) -> str:
    """Return `text` with one kind of apostrophe, quotation mark, dash and space, and no bullet in front.

    This is what the rules see. Case is kept.
    """
    spelled = _FOLDABLE.sub(_spell_char, text)
    return _BULLETS.sub("", " ".join(spelled.split()))


def fold_texts(texts: pl.Series) -> pl.Series:
    """Fold many texts at once, each as `fold_text` does."""
    is_other = texts.str.contains(_NOT_FOLDED)
    if not is_other.any():
        return texts
    text = pl.col("text").str.replace_many(_FOLDED).str.replace_all(_ODD_SPACES, " ")
    folded = texts.filter(is_other).to_frame("text").select(
        text.str.strip_chars(" ").str.replace(_BULLETS.pattern, "")
    )  # fmt: skip
    return texts.clone().scatter(is_other.arg_true(), folded.to_series())


def _spell_char(match: re.Match[str]) -> str:
    return _FOLDED[match[0]]


def squash_text(text: str) -> str:
    """Return only the letters and digits of `text`, case folded: what two copies of a passage share."""
    if text.isascii():  # the same, only faster
        return text.encode().translate(_ASCII_SMALL, _ASCII_SIGNS).decode()
    return _NOT_ALPHANUMERIC.sub("", text).casefold()
