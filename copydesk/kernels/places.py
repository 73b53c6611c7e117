"""Lines of texts that stand end to end, and the places inside them where two blocks may have been glued."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.library import bind_kernel, lend_array, refuse_outside

Bools = NDArray[np.bool_]
Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint8]
Offsets = NDArray[np.int64]

_N_PAIRS: Final = 256
_N_DISTANCES: Final = 6
_N_COUNTS: Final = 4

_look_up_kinds: Final = bind_kernel("look_up_kinds", "pnpnp")
_strip_spans: Final = bind_kernel("strip_spans", "pnppn", returns=True)
_find_lines: Final = bind_kernel("find_lines", "pnpnppp", returns=True)
_count_breaks: Final = bind_kernel("count_breaks", "ppnpppnp", returns=True)
_find_glued: Final = bind_kernel("find_glued", "pnpp", returns=True)
_find_signs: Final = bind_kernel("find_signs", "ppnp", returns=True)
_find_humps: Final = bind_kernel("find_humps", "pnp", returns=True)
_find_inside_addresses: Final = bind_kernel("find_inside_addresses", "ppnpnp", returns=True)
_measure_sentences: Final = bind_kernel("measure_sentences", "pnpppnp", returns=True)
_count_capitals: Final = bind_kernel("count_capitals", "pnpnp", returns=True)
_find_quotes: Final = bind_kernel("find_quotes", "ppnpnnnnnppp", returns=True)


class MarkNumbers(NamedTuple):
    """The numbers of some quotation marks; all from `first_single` on may be apostrophes."""

    straight: int
    opening_guillemet: int
    closing_guillemet: int
    first_single: int


def look_up_kinds(codes: Codes, table: Kinds) -> Kinds:
    """Return the kind of each code point; the last row of the table is for all that it does not reach."""
    if not len(table):
        raise ValueError("An empty table.")
    kinds = np.empty(len(codes), dtype=np.uint8)
    _look_up_kinds(lend_array(codes, np.uint32), len(codes), *_lend_kinds(table), lend_array(kinds, np.uint8))
    return kinds


def strip_spans(kinds: Kinds, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """Return spans without the white space at their ends; one that holds nothing else is empty, at its end."""
    starts, ends = starts.copy(), ends.copy()
    spans = lend_array(starts, np.int64), lend_array(ends, np.int64, starts.shape)
    refuse_outside(_strip_spans(*_lend_kinds(kinds), *spans, len(starts)))
    return starts, ends


def find_lines(kinds: Kinds, bounds: Offsets) -> tuple[Offsets, Offsets, Offsets]:
    """Return where lines start and end, without white space, and the number of the text of each.

    `bounds` are where texts start, and where another would.
    """
    room = (len(kinds) + 1) // 2
    lines = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    arrays = (lend_array(array, np.int64) for array in lines)
    n = _find_lines(*_lend_kinds(kinds), lend_array(bounds, np.int64), len(bounds) - 1, *arrays)
    starts, ends, texts = (array[:n].copy() for array in lines)
    return starts, ends, texts


def count_breaks(codes: Codes, kinds: Kinds, starts: Offsets, ends: Offsets, texts: Offsets) -> Offsets:
    """Return how many line breaks stand between each line and the one before; -1 for the first of a text."""
    counts = np.empty(len(starts), dtype=np.int64)
    arrays = (lend_array(array, np.int64, starts.shape) for array in (starts, ends, texts))
    refuse_outside(_count_breaks(*_lend_sheet(codes, kinds), *arrays, len(starts), lend_array(counts, np.int64)))
    return counts


def find_glued(kinds: Kinds, is_pair: Bools) -> Offsets:
    """Return where the kind of the characters changes as it may between blocks, with nothing between them.

    `is_pair` tells for [16 * the kind before + the kind behind] whether a place may be there.
    """
    places = np.empty(len(kinds), dtype=np.int64)
    n = _find_glued(*_lend_kinds(kinds), lend_array(is_pair, np.bool_, (_N_PAIRS,)), lend_array(places, np.int64))
    return places[:n].copy()


def find_signs(codes: Codes, kinds: Kinds) -> Offsets:
    """Return the hashtags and copyright signs behind a space, and dashes as in front of list items."""
    places = np.empty(len(kinds), dtype=np.int64)
    n = _find_signs(*_lend_sheet(codes, kinds), lend_array(places, np.int64))
    return places[:n].copy()


def find_humps(kinds: Kinds) -> Offsets:
    """Return the capitals behind a small letter."""
    places = np.empty(len(kinds), dtype=np.int64)
    n = _find_humps(*_lend_kinds(kinds), lend_array(places, np.int64))
    return places[:n].copy()


def find_inside_addresses(codes: Codes, kinds: Kinds, offsets: Offsets) -> Bools:
    """Tell which offsets, ascending, lie in a web or mail address."""
    inside = np.empty(len(offsets), dtype=np.bool_)
    status = _find_inside_addresses(
        *_lend_sheet(codes, kinds), lend_array(offsets, np.int64), len(offsets), lend_array(inside, np.bool_)
    )
    refuse_outside(status)
    return inside


def measure_sentences(kinds: Kinds, at: Offsets, line_start: Offsets, line_end: Offsets) -> Offsets:
    """Return [6, n] what is around places, which ascend, in their lines.

    How far back the last stop is, the one before it, how far on the next one, 200 at most; how many more marks open
    than close in the 200 characters before; how far white space is before and behind, 40 at most.
    """
    found = np.empty((_N_DISTANCES, len(at)), dtype=np.int64)
    offsets = (lend_array(array, np.int64, at.shape) for array in (at, line_start, line_end))
    refuse_outside(_measure_sentences(*_lend_kinds(kinds), *offsets, len(at), lend_array(found, np.int64)))
    return found


def count_capitals(kinds: Kinds, bounds: Offsets) -> Offsets:
    """Return [4, n_texts] capitals right behind a stop, behind a small letter, behind a stop and a space; line breaks.

    `bounds` are where texts start, and where another would.
    """
    counts = np.empty((_N_COUNTS, len(bounds) - 1), dtype=np.int64)
    arrays = lend_array(bounds, np.int64), len(bounds) - 1, lend_array(counts, np.int64)
    refuse_outside(_count_capitals(*_lend_kinds(kinds), *arrays))
    return counts


def find_quotes(
    codes: Codes, kinds: Kinds, numbers: Kinds, marks: MarkNumbers
) -> tuple[Offsets, Kinds, NDArray[np.int8]]:
    """Return the quotation marks but for apostrophes: where, which by its number, and its role.

    The role is 1 of marks that open, -1 of those that close, 0 where either may be. `numbers` are those of all marks by
    code point; its last row is for other characters.
    """
    if not len(numbers):
        raise ValueError("An empty table.")
    n_chars = len(codes)
    found = np.empty(n_chars, dtype=np.int64), np.empty(n_chars, dtype=np.uint8), np.empty(n_chars, dtype=np.int8)
    arrays = (lend_array(array, array.dtype) for array in found)
    n = _find_quotes(*_lend_sheet(codes, kinds), *_lend_kinds(numbers), *marks, *arrays)
    offsets, which, roles = found
    return offsets[:n].copy(), which[:n].copy(), roles[:n].copy()


def _lend_kinds(kinds: Kinds) -> tuple[int, int]:
    return lend_array(kinds, np.uint8), len(kinds)


def _lend_sheet(codes: Codes, kinds: Kinds) -> tuple[int, int, int]:
    return lend_array(codes, np.uint32, kinds.shape), *_lend_kinds(kinds)
