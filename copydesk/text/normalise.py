"""Normalising a content block for publication; the verbatim text stays beside it."""

import re
import unicodedata
from typing import Final

# Control characters, byte-order marks, soft hyphens, zero-width spaces, bidi controls. Joiners (U+200C, U+200D) stay:
# Persian, Indic scripts and emoji need them.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def normalise_text(text: str) -> str:
    """Return `text` in NFC, without control characters, every run of white space one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())
