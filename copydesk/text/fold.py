"""Folding: one spelling for the many a typographer has, so that rules stay short."""

import re
from typing import Final

_CHARACTERS: Final = str.maketrans(
    dict.fromkeys("’‘ʼ‛′´`", "'")
    | dict.fromkeys("«»“”„‟″＂", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("：", ":")
    | {"…": "..."}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
)
_NOT_ALPHANUMERIC: Final = re.compile(r"[\W_]+")
_BULLETS: Final = re.compile(r"^(?:[-*•·▪►▸●○◆■+>]\s+)+")


def fold_text(text: str) -> str:
    """Return `text` with one kind of apostrophe, quotation mark, dash and space, and no bullet in front.

    This is what the rules see. Case is kept.
    """
    return _BULLETS.sub("", " ".join(text.translate(_CHARACTERS).split()))


def squash_text(text: str) -> str:
    """Return only the letters and digits of `text`, case folded: what two copies of a passage share."""
    return _NOT_ALPHANUMERIC.sub("", text).casefold()
