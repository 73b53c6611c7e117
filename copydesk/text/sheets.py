"""Sheets: texts laid end to end, so that one array operation reads them all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copydesk.text.characters import Codes, Kinds, read_codes, read_kinds

Offsets = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Texts laid end to end, a line break before, between and behind.

    Attributes:
        text: all of them.
        starts: [n_texts + 1] where each starts; the last is where another would.
        codes: [n_chars] the code points.
        kinds: [n_chars] what each character is.
    """

    text: str
    starts: Offsets
    codes: Codes
    kinds: Kinds

    @property
    def n_texts(self) -> int:
        """How many texts there are."""
        return len(self.starts) - 1

    def find_texts(self, offsets: Offsets) -> Offsets:
        """Return the number of the text that each offset lies in."""
        return np.searchsorted(self.starts, offsets, side="right") - 1


def lay_out(texts: Sequence[str]) -> Sheet:
    """Lay texts end to end."""
    text = "\n".join(["", *texts, ""])
    codes = read_codes(text)
    return Sheet(text, np.cumsum([1, *(len(text) + 1 for text in texts)]), codes, read_kinds(codes))
