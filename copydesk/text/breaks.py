"""Line breaks that part no blocks: where a parser set each node of a page on a line of its own.

A sentence with links in it then stands on several lines. Wrapped lines (`lines.py`) are another matter: those are full.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.words import find_wanted
from copydesk.text.characters import Kind
from copydesk.text.lines import Lines, count_breaks
from copydesk.text.sheets import Offsets, Sheet
from copydesk.text.words import TEXT_MIX, Words, hash_spans

Floats = NDArray[np.float32]
Columns = dict[str, NDArray[np.generic]]

_INNER: Final = (Kind.LOWER, Kind.STOP, Kind.MARK, Kind.CLOSER)
"""What a line starts with that starts in the middle of a sentence."""
_MIN_INNER: Final = 4
_MANY: Final = 8
_MANY_WORDS: Final = 30
_MANY_BREAKS: Final = 3
_AROUND: Final = 5
_NONE: Final = -1
N_FEATURES: Final = 49


class Breaks(NamedTuple):
    """Line breaks that may part no blocks, ascending.

    Attributes:
        behind: the number of the line behind each.
        features: [n_breaks, N_FEATURES].
    """

    behind: Offsets
    features: Floats


def measure_breaks(sheet: Sheet, lines: Lines, words: Words) -> Breaks:
    """Find and measure the line breaks that may part no blocks. None of the features is tied to a language."""
    n_breaks = count_breaks(sheet, lines)
    behind = _find_candidates(sheet, lines, n_breaks)
    if not len(behind):
        return Breaks(behind, np.zeros((0, N_FEATURES), np.float32))
    words_of = np.searchsorted(words.starts, np.append(lines.starts, len(sheet.kinds)))
    per_line = _describe_lines(sheet, lines, words, words_of) | {"gap": n_breaks.clip(max=_MANY_BREAKS)}
    columns = _put_around(per_line, lines, behind) | _describe_gap(sheet, lines, behind)
    columns |= _count_edge_words(sheet, lines, words, words_of, behind) | _describe_pages(per_line, lines, behind)
    by_column = np.empty((N_FEATURES, len(behind)), dtype=np.float32)
    for row, column in zip(by_column, columns.values(), strict=True):
        row[:] = column
    return Breaks(behind, by_column.T)


def _find_candidates(sheet: Sheet, lines: Lines, n_breaks: Offsets) -> Offsets:
    """Return the lines that may go on what the line before began.

    One break is between them, and a full stop only before a line that starts as the middle of a sentence does. Where
    few lines of a text start so, none is broken. A bullet, or a dash as in front of list items, always starts a block.
    """
    first, second, is_next = sheet.kinds[lines.starts], sheet.kinds[lines.starts + 1], n_breaks == 1
    is_item = (first == Kind.BULLET) | (first == Kind.DASH) & (second == Kind.SPACE)
    goes_on = is_next & np.isin(first, _INNER)
    behind_stop = np.append(False, sheet.kinds[lines.ends[:-1] - 1] == Kind.STOP)[: len(first)]
    is_broken = np.bincount(lines.document[goes_on], minlength=sheet.n_texts) >= _MIN_INNER
    candidates = is_next & (goes_on | ~behind_stop) & ~is_item & is_broken[lines.document]
    return np.flatnonzero(candidates)


def _describe_lines(sheet: Sheet, lines: Lines, words: Words, words_of: Offsets) -> Columns:
    """Describe each line: its edges, its length, its words, where its first sentence ends and its last one starts."""
    kinds, starts, ends = sheet.kinds, lines.starts, lines.ends
    first, last = words_of[:-1], words_of[1:]
    capitals = np.append(0, np.cumsum(kinds[words.starts] == Kind.UPPER))
    stops = np.flatnonzero((kinds[:-1] == Kind.STOP) & (kinds[1:] < Kind.LOWER))
    stop, next_stop = np.searchsorted(stops, starts), np.searchsorted(stops, ends)
    edges = np.concatenate([[-1], stops, [len(kinds)]])
    return {
        "first_kind": kinds[starts],
        "last_kind": kinds[ends - 1],
        "log_size": np.log1p(ends - starts),
        "n_words": (last - first).clip(max=_MANY_WORDS),
        "capitals": (capitals[last] - capitals[first]) / (last - first).clip(1),
        "n_stops": (next_stop - stop).clip(max=_MANY),
        "until_stop": np.log1p(np.minimum(edges[stop + 1], ends) - starts),
        "since_stop": np.log1p(ends - np.maximum(edges[next_stop] + 1, starts)),
    }


def _put_around(per_line: Columns, lines: Lines, behind: Offsets) -> Columns:
    """Return the descriptions of the two lines at a break, and some of the lines before and behind those."""
    n_lines = len(lines.starts)
    here = lines.document[behind]
    columns: Columns = {}
    for step, names in (
        (-1, tuple(per_line)),
        (0, tuple(name for name in per_line if name != "gap")),
        (-2, ("first_kind", "last_kind", "log_size", "n_words")),
        (1, ("gap", "first_kind", "last_kind", "log_size", "n_words")),
    ):
        line = (behind + step).clip(0, n_lines - 1)
        inside = (lines.document[line] == here) & (line == behind + step)
        columns |= {f"{name}_{step:+d}": np.where(inside, per_line[name][line], _NONE) for name in names}
    return columns


def _describe_gap(sheet: Sheet, lines: Lines, behind: Offsets) -> Columns:
    kinds, codes, end, start = sheet.kinds, sheet.codes, lines.ends[behind - 1], lines.starts[behind]
    return {
        "second_last_kind": kinds[end - 2],
        "second_kind": kinds[start + 1],
        "ends_comma": codes[end - 1] == ord(","),
        "ends_colon": codes[end - 1] == ord(":"),
        "starts_comma": codes[start] == ord(","),
        "starts_colon": codes[start] == ord(":"),
    }


def _count_edge_words(sheet: Sheet, lines: Lines, words: Words, words_of: Offsets, behind: Offsets) -> Columns:
    """Count where else in the text the words at a break stand: amid a line, small or not, or at its ends."""
    sides = ("left", "right")
    if not len(words.starts):
        return {f"{side}_{name}": np.zeros(len(behind)) for side in sides for name in _PLACES_OF_WORDS}
    nth = np.concatenate([words_of[behind] - 1, words_of[behind]])
    edges = nth.clip(0, len(words.starts) - 1)
    owner = sheet.find_texts(words.starts[edges])
    # A line without words may have none before or behind it in its text.
    is_there = ((nth == edges) & (owner == np.tile(lines.document[behind], 2))).reshape(2, -1)
    hashes = hash_spans(words, words.starts[edges], words.ends[edges]) + owner.astype(np.uint64) * TEXT_MIX
    wanted, inverse = np.unique(hashes, return_inverse=True)
    found, which = find_wanted(words.hashed, sheet.starts, TEXT_MIX, wanted)
    line = np.searchsorted(words_of, found, side="right") - 1
    is_first, is_last = found == words_of[line], found == words_of[line + 1] - 1
    is_amid, is_capital = ~is_first & ~is_last, sheet.kinds[words.starts[found]] == Kind.UPPER
    groups = (is_amid & ~is_capital, is_amid & is_capital, is_first & ~is_last, is_last & ~is_first, is_first & is_last)
    counts = [np.bincount(which[chosen], minlength=len(wanted)).clip(max=_MANY) for chosen in groups]
    return {
        f"{side}_{name}": np.where(there, count[rows], 0)
        for side, rows, there in zip(sides, inverse.reshape(len(sides), -1), is_there, strict=True)
        for name, count in zip(_PLACES_OF_WORDS, counts, strict=True)
    }


_PLACES_OF_WORDS: Final = ("small", "name", "first", "last", "alone")


def _describe_pages(per_line: Columns, lines: Lines, behind: Offsets) -> Columns:
    """Tell how many lines of the text, and of those near, start as the middle of a sentence does, or end as its end."""
    first, last = per_line["first_kind"], per_line["last_kind"]
    is_inner = np.isin(first, _INNER)
    bounds = np.searchsorted(lines.document, np.stack([lines.document[behind], lines.document[behind] + 1]))
    near = np.stack([np.maximum(bounds[0], behind - _AROUND), np.minimum(bounds[1], behind + _AROUND)])
    n_lines = bounds[1] - bounds[0]
    columns: Columns = {"n_lines": np.log1p(n_lines)}
    for name, chosen in (("inner", is_inner), ("ending", last == Kind.STOP), ("small", first == Kind.LOWER)):
        sums = np.append(0, np.cumsum(chosen))
        columns[f"{name}_share"] = (sums[bounds[1]] - sums[bounds[0]]) / n_lines
        columns[f"{name}_near"] = (sums[near[1]] - sums[near[0]]) / (near[1] - near[0])
    return columns
