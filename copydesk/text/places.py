"""Places: where in a line two blocks may have been glued. What is no place is never cut."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels import places as kernels
from copydesk.kernels.words import find_furniture, find_wanted
from copydesk.text.characters import N_KINDS, Kind, Kinds
from copydesk.text.lexicon import Lexicon
from copydesk.text.lines import Lines
from copydesk.text.sheets import Offsets, Sheet
from copydesk.text.words import TEXT_MIX, Hashes, Words, find_members, hash_spans

_LETTERS: Final = (Kind.LOWER, Kind.UPPER, Kind.LETTER)
_WORDS: Final = (*_LETTERS, Kind.DIGIT)
_STARTS: Final = (Kind.UPPER, Kind.LETTER, Kind.DIGIT)
_GLUED: Final = (
    ((Kind.LOWER, Kind.LETTER, Kind.DIGIT), (Kind.UPPER,)),
    ((Kind.UPPER,), (Kind.LOWER, Kind.LETTER)),
    (_LETTERS, (Kind.DIGIT,)),
    ((Kind.STOP,), (*_STARTS, Kind.FRONT, Kind.OPENER, Kind.CLOSER, Kind.QUOTE, Kind.APOSTROPHE, Kind.DASH)),
    ((Kind.CLOSER, Kind.OPENER, Kind.QUOTE, Kind.APOSTROPHE), _STARTS),
    ((Kind.CLOSER, Kind.QUOTE), (Kind.FRONT, Kind.OPENER, Kind.CLOSER, Kind.QUOTE, Kind.DASH)),
    ((Kind.OPENER,), (Kind.FRONT,)),
    (_WORDS, (Kind.FRONT, Kind.OPENER, Kind.QUOTE, Kind.DASH)),
    ((Kind.MARK,), (*_STARTS, Kind.FRONT, Kind.OPENER, Kind.QUOTE, Kind.DASH)),
    (tuple(kind for kind in Kind if kind not in (Kind.BREAK, Kind.BULLET)), (Kind.BULLET,)),
)
"""Pairs of neighbours between which a seam may be: what stands before it, what stands behind it."""


def _make_table() -> NDArray[np.bool_]:
    table = np.zeros((N_KINDS, N_KINDS), dtype=bool)
    for before, behind in _GLUED:
        table[np.ix_(before, behind)] = True
    return table.reshape(-1)


_TABLE: Final = _make_table()


@dataclass(frozen=True, slots=True)
class Places:
    """Places in a sheet, ascending, and the nearest words; of words glued together only the nearest counts.

    Attributes:
        offsets: where the second block would start.
        document: the number of the text.
        line_start: where the line starts.
        line_end: where it ends, exclusive.
        left_start: where the last word before the place starts; the place itself if the line has none.
        left_end: where it ends, exclusive.
        right_start: where the first word behind the place starts.
        right_end: where it ends, exclusive.
        left: hash of the word before.
        right: hash of the word behind.
        fused: hash of both together where nothing stands between them, else 0.
    """

    offsets: Offsets
    document: Offsets
    line_start: Offsets
    line_end: Offsets
    left_start: Offsets
    left_end: Offsets
    right_start: Offsets
    right_end: Offsets
    left: Hashes
    right: Hashes
    fused: Hashes


def find_places(sheet: Sheet, lines: Lines, words: Words, lexicon: Lexicon) -> Places:
    """Return the places inside lines at which a block may start."""
    offsets = np.union1d(kernels.find_glued(sheet.kinds, _TABLE), _find_spaced(sheet, words, lexicon))
    line = (np.searchsorted(lines.starts, offsets, side="right") - 1).clip(0)
    inside = (offsets > lines.starts[line]) & (offsets < lines.ends[line])
    offsets, line = offsets[inside], line[inside]
    humps = _find_humps(sheet.kinds)
    left_start, left_end = _find_word_before(words, humps, offsets, lines.starts[line])
    right_start, right_end = _find_word_behind(words, humps, offsets, lines.ends[line])
    left, right = hash_spans(words, left_start, left_end), hash_spans(words, right_start, right_end)
    touches = (left_end == offsets) & (right_start == offsets)
    fused = np.where(touches, hash_spans(words, left_start, right_end), np.uint64(0))
    is_stop = sheet.codes[offsets - 1] == ord(".")
    never = is_stop & (left_end == offsets - 1) & find_members(left, lexicon.abbreviations)
    never[never] = ~_are_words(sheet, words, offsets[never], left_start[never], left[never])
    # Of one initial the cutter decides (M.Dupont, vitamin D.The); two in a row, as in J.K.Rowling, end no block.
    is_initial = (sheet.kinds[left_start] == Kind.UPPER) & (left_end - left_start == 1)
    never |= is_stop & is_initial & (sheet.codes[left_start - 1] == ord("."))
    never |= is_stop & (right_start == offsets) & find_members(right, lexicon.domains)
    never |= find_members(fused, lexicon.names) | kernels.find_inside_addresses(sheet.codes, sheet.kinds, offsets)
    never |= touches & (find_members(left, lexicon.name_starts) | _find_inside_tags(sheet, offsets))
    # A line without words is one block, also where other texts of the sheet have words.
    never |= (left_start == left_end) & (right_start == right_end)
    keep = ~never
    return Places(
        offsets=offsets[keep],
        document=lines.document[line[keep]],
        line_start=lines.starts[line[keep]],
        line_end=lines.ends[line[keep]],
        left_start=left_start[keep],
        left_end=left_end[keep],
        right_start=right_start[keep],
        right_end=right_end[keep],
        left=left[keep],
        right=right[keep],
        fused=fused[keep],
    )


def _are_words(sheet: Sheet, words: Words, offsets: Offsets, starts: Offsets, hashes: Hashes) -> NDArray[np.bool_]:
    """Tell which abbreviations are ordinary words of their text, of another language: German "an", Swedish "sig".

    They are small, not before a digit, and stand elsewhere in the text in front of a small letter, without a full stop.
    """
    kinds = sheet.kinds
    may_be: NDArray[np.bool_] = (kinds[starts] == Kind.LOWER) & (kinds[offsets] != Kind.DIGIT)
    if may_be.any():
        wanted, which = np.unique(hashes + sheet.find_texts(offsets).astype(np.uint64) * TEXT_MIX, return_inverse=True)
        found, which_found = find_wanted(words.hashed, sheet.starts, TEXT_MIX, wanted)
        ends = words.ends[found]
        is_plain = (kinds[ends] == Kind.SPACE) & (kinds[np.minimum(ends + 1, len(kinds) - 1)] == Kind.LOWER)
        is_known = np.zeros(len(wanted), dtype=bool)
        is_known[which_found[is_plain]] = True
        may_be &= is_known[which]
    return may_be


def _find_inside_tags(sheet: Sheet, offsets: Offsets) -> NDArray[np.bool_]:
    """Tell which offsets lie in a hashtag that another follows: "#TwoWords #more"."""
    if not (sheet.codes == ord("#")).any():
        return np.zeros(len(offsets), dtype=bool)
    spaces = np.flatnonzero(sheet.kinds <= Kind.SPACE)
    nth = np.searchsorted(spaces, offsets)
    starts, ends = spaces[nth - 1] + 1, np.minimum(spaces[nth] + 1, len(sheet.codes) - 1)
    inside: NDArray[np.bool_] = (sheet.codes[starts] == ord("#")) & (sheet.codes[ends] == ord("#"))
    return inside


def _find_spaced(sheet: Sheet, words: Words, lexicon: Lexicon) -> Offsets:
    """Return the few places behind a space.

    Something must speak for them: furniture that a rule names starts or ends there, hashtags or a copyright sign
    follow, or a dash as in front of list items.
    """
    signs = kernels.find_signs(sheet.codes, sheet.kinds)
    furniture = find_furniture(words.hashed, sheet.kinds, lexicon.furniture, lexicon.furniture_starts)
    return np.union1d(signs, furniture)


def _find_humps(kinds: Kinds) -> Offsets:
    """Return where a capital follows a small letter, ascending, with the end of all as the last."""
    return np.append(kernels.find_humps(kinds), len(kinds))


def _find_word_before(words: Words, humps: Offsets, at: Offsets, line_start: Offsets) -> tuple[Offsets, Offsets]:
    nth = (np.searchsorted(words.starts, at) - 1).clip(0)
    is_there = (words.starts[nth] >= line_start) & (words.starts[nth] < at)
    start = np.where(is_there, words.starts[nth], at)
    end = np.where(is_there, np.minimum(words.ends[nth], at), at)
    hump = humps[(np.searchsorted(humps, end) - 1).clip(0)]
    return np.where((hump < end) & (hump > start), hump, start), end


def _find_word_behind(words: Words, humps: Offsets, at: Offsets, line_end: Offsets) -> tuple[Offsets, Offsets]:
    nth = np.searchsorted(words.ends, at, side="right").clip(max=len(words.ends) - 1)
    is_there = (words.ends[nth] > at) & (words.starts[nth] < line_end)
    start = np.where(is_there, np.maximum(words.starts[nth], at), at)
    end = np.where(is_there, words.ends[nth], at)
    hump = humps[np.searchsorted(humps, start, side="right").clip(max=len(humps) - 1)]
    return start, np.where((hump > start) & (hump < end), hump, end)
