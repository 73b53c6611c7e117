"""Quotation marks around places: which of them open, which close, told from how the same text uses them.

No convention holds: English opens with “, German closes with it, Swedish does both with ”.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.places import MarkNumbers, find_quotes
from copydesk.text.characters import make_lookup
from copydesk.text.places import Places
from copydesk.text.sheets import Offsets, Sheet

_MARKS: Final = "“”„«»\"'’‘"
_FIRST_SINGLE: Final = 1 + _MARKS.index("'")
_SPECIAL: Final = MarkNumbers(
    straight=1 + _MARKS.index('"'),
    opening_guillemet=1 + _MARKS.index("«"),
    closing_guillemet=1 + _MARKS.index("»"),
    first_single=_FIRST_SINGLE,
)
_N_MARKS: Final = len(_MARKS) + 1
_NUMBERS: Final = make_lookup({mark: number for number, mark in enumerate(_MARKS, 1)})
_OPENS: Final = 1
_CLOSES: Final = -1
_FAR: Final = 9


class _Quotes(NamedTuple):
    """The marks of a sheet: where, which by its number in `_MARKS`, and whether it opens, closes or may do either."""

    offsets: Offsets
    marks: NDArray[np.uint8]
    roles: NDArray[np.int8]


def describe_quotes(sheet: Sheet, places: Places) -> dict[str, NDArray[np.generic]]:
    """Describe the marks at each place, what such marks do elsewhere in the text, and the clear ones around."""
    left, right = _number_marks(sheet, places.offsets - 1), _number_marks(sheet, places.offsets)
    mark = np.where(right > 0, right, left).astype(np.int64)
    quotes = _read_quotes(sheet)
    key = places.document * _N_MARKS + mark
    owner = sheet.find_texts(quotes.offsets) * _N_MARKS + quotes.marks
    opens, closes = (
        np.where(mark > 0, np.bincount(owner[quotes.roles == role], minlength=sheet.n_texts * _N_MARKS)[key], 0)
        for role in (_OPENS, _CLOSES)
    )
    columns: dict[str, NDArray[np.generic]] = {
        "mark_left": left,
        "mark_right": right,
        "mark_opens": np.log1p(opens),
        "mark_closes": np.log1p(closes),
        "mark_open_share": (opens + 0.5) / (opens + closes + 1),
    }
    return columns | _look_around(places, quotes, mark >= _FIRST_SINGLE)


def _number_marks(sheet: Sheet, offsets: Offsets) -> NDArray[np.uint8]:
    return _NUMBERS[np.minimum(sheet.codes[offsets], len(_NUMBERS) - 1)]


def _read_quotes(sheet: Sheet) -> _Quotes:
    """Return the marks but for apostrophes: one behind a space opens, one before a space or comma closes."""
    return _Quotes(*find_quotes(sheet.codes, sheet.kinds, _NUMBERS, _SPECIAL))


def _look_around(places: Places, quotes: _Quotes, is_single: NDArray[np.bool_]) -> dict[str, NDArray[np.generic]]:
    """Return the nearest clear mark of the line before and behind each place, and how many unclear ones are between."""
    at = places.offsets
    before, behind = np.zeros(len(at), dtype=np.int8), np.zeros(len(at), dtype=np.int8)
    until = np.full(len(at), _FAR)
    for single in (False, True):
        chosen = np.flatnonzero(is_single == single)
        mine = (quotes.marks >= _FIRST_SINGLE) == single
        offsets, roles = quotes.offsets[mine], quotes.roles[mine]
        clear = np.flatnonzero(roles)
        if not len(clear):
            continue
        previous = np.searchsorted(offsets[clear], at[chosen] - 1) - 1
        event = clear[previous.clip(0)]
        in_line = (previous >= 0) & (offsets[event] >= places.line_start[chosen])
        before[chosen] = np.where(in_line, roles[event], 0)
        following = np.searchsorted(offsets[clear], at[chosen], side="right")
        event = clear[following.clip(max=len(clear) - 1)]
        in_line = (following < len(clear)) & (offsets[event] < places.line_end[chosen])
        behind[chosen] = np.where(in_line, roles[event], 0)
        first = np.searchsorted(offsets, at[chosen], side="right")
        until[chosen] = np.where(in_line, event - first, _FAR).clip(max=_FAR)
    return {"clear_before": before, "clear_behind": behind, "marks_until_clear": until}
