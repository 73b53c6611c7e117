"""What is measured of the places where two blocks may have been glued, for all places of many texts at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels import places as kernels
from copydesk.kernels.words import find_wanted
from copydesk.text.characters import Kind
from copydesk.text.lexicon import Lexicon
from copydesk.text.places import Places
from copydesk.text.quotes import describe_quotes
from copydesk.text.sheets import Sheet
from copydesk.text.words import TEXT_MIX, Words, find_members, hash_spans

Columns = dict[str, NDArray[np.generic]]

N_FEATURES: Final = 55
_FAR: Final = 200
_MANY: Final = 8
_LONG_WORD: Final = 20
_MANY_WORDS: Final = 30


def measure_places(sheet: Sheet, places: Places, words: Words, lexicon: Lexicon) -> NDArray[np.float32]:
    """Return [n_places, N_FEATURES]. None of the features is tied to a language."""
    columns = (
        _describe_characters(sheet, places)
        | _describe_words(sheet, places)
        | _count_words(sheet, places, words)
        | _describe_pieces(sheet, places, words)
        | _find_furniture(places, words, lexicon)
        | _describe_sentence(sheet, places)
        | describe_quotes(sheet, places)
        | _describe_page(sheet, places)
    )
    by_column = np.empty((N_FEATURES, len(places.offsets)), dtype=np.float32)
    for row, column in zip(by_column, columns.values(), strict=True):
        row[:] = column
    return by_column.T


def _describe_characters(sheet: Sheet, places: Places) -> Columns:
    offsets, ends = places.offsets, places.line_end
    return {f"kind_{step:+d}": sheet.kinds[np.minimum(offsets + step, ends)] for step in (-2, -1, 0, 1, 2)}


def _describe_words(sheet: Sheet, places: Places) -> Columns:
    is_capital = sheet.kinds == Kind.UPPER
    right_length = places.right_end - places.right_start
    second = np.minimum(places.right_start + 1, len(is_capital) - 1)
    return {
        "left_length": (places.left_end - places.left_start).clip(max=_LONG_WORD),
        "right_length": right_length.clip(max=_LONG_WORD),
        "left_initial": sheet.kinds[places.left_start],
        "right_capitals": is_capital[places.right_start] & ((right_length == 1) | is_capital[second]),
        "marks_to_right": (places.right_start - places.offsets).clip(max=_MANY),
    }


def _count_words(sheet: Sheet, places: Places, words: Words) -> Columns:
    """Count how often the words around stand in the same text: small, first in a sentence, as names; and at places."""
    mixed = places.document.astype(np.uint64) * TEXT_MIX
    sides = {"left": places.left, "right": places.right, "fused": places.fused}
    keys = np.concatenate([side + mixed for side in sides.values()])
    wanted, inverse = np.unique(keys, return_inverse=True)
    rows = dict(zip(sides, inverse.reshape(len(sides), -1), strict=True))
    found, which = find_wanted(words.hashed, sheet.starts, TEXT_MIX, wanted)
    starts = words.starts[found]
    before, further = sheet.kinds[starts - 1], sheet.kinds[starts - 2]
    is_capital = sheet.kinds[starts] == Kind.UPPER
    is_first = (before == Kind.BREAK) | (before == Kind.SPACE) & (further <= Kind.MARK) & (further != Kind.OTHER)
    groups = {"small": ~is_capital, "first": is_capital & is_first, "name": is_capital & ~is_first}
    counts = {name: np.bincount(which[chosen], minlength=len(wanted)) for name, chosen in groups.items()}
    counts["repeats"] = np.bincount(inverse, minlength=len(wanted))
    columns: Columns = {
        f"{side}_{name}": count[rows[side]].clip(max=_MANY) for name, count in counts.items() for side in sides
    }
    for name in counts:
        columns[f"fused_{name}"] = np.where(places.fused != 0, columns[f"fused_{name}"], 0)
    return columns


def _describe_pieces(sheet: Sheet, places: Places, words: Words) -> Columns:
    """Describe the text back to the place before, or the start of the line, and on to the place behind, or its end."""
    at, (before, behind) = places.offsets, _find_pieces(places)
    first, here, last = (np.searchsorted(words.starts, offsets) for offsets in (before, at, behind))
    capitals = np.append(0, np.cumsum(sheet.kinds[words.starts] == Kind.UPPER))
    n_left, n_right = here - first, last - here
    return {
        "log_before": np.log1p(at - before),
        "log_behind": np.log1p(behind - at),
        "words_before": n_left.clip(max=_MANY_WORDS),
        "words_behind": n_right.clip(max=_MANY_WORDS),
        "capitals_before": (capitals[here] - capitals[first]) / n_left.clip(1),
        "capitals_behind": (capitals[last] - capitals[here]) / n_right.clip(1),
        "to_line_end": np.log1p(places.line_end - at),
    }


def _find_pieces(places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    before = np.maximum(np.append(0, places.offsets[:-1]), places.line_start)
    behind = np.append(places.offsets[1:], places.line_end[-1:])
    return before, np.minimum(behind, places.line_end)


def _find_furniture(places: Places, words: Words, lexicon: Lexicon) -> Columns:
    """Tell whether the pieces around a place are furniture that a rule names, or start or end like it."""
    at, (before, behind) = places.offsets, _find_pieces(places)
    last = len(words.starts) - 1
    two_behind = words.ends[(np.searchsorted(words.ends, at, side="right") + 1).clip(max=last)]
    two_before = words.starts[(np.searchsorted(words.starts, at) - 2).clip(0)]
    return {
        "left_is_furniture": find_members(hash_spans(words, before, at), lexicon.furniture),
        "right_is_furniture": find_members(hash_spans(words, at, behind), lexicon.furniture),
        "left_ends_furniture": find_members(
            hash_spans(words, np.clip(two_before, before, at), at), lexicon.furniture_ends
        ),
        "right_starts_furniture": find_members(
            hash_spans(words, at, np.clip(two_behind, at, behind)), lexicon.furniture_starts
        ),
    }


def _describe_sentence(sheet: Sheet, places: Places) -> Columns:
    lines = places.offsets, places.line_start, places.line_end
    since, since_second, until, in_marks, before, behind = kernels.measure_sentences(sheet.kinds, *lines)
    return {
        "since_stop": np.log1p(since),
        "since_stop_2": np.log1p(since_second),
        "until_stop": np.log1p(until),
        "in_marks": in_marks,
        "token_before": before,
        "token_behind": behind,
    }


def _describe_page(sheet: Sheet, places: Places) -> Columns:
    """Describe how much of the text seems glued: how often a capital follows a full stop or a small letter at once."""
    here = places.document
    glued, fused, spaced, n_breaks = kernels.count_capitals(sheet.kinds, sheet.starts)
    size = np.diff(sheet.starts)
    _, line, per_line = np.unique(places.line_start, return_inverse=True, return_counts=True)
    line_size = places.line_end - places.line_start
    return {
        "glued_share": (glued / (glued + spaced + 1))[here],
        "n_glued": np.log1p(glued)[here],
        "fused_per_kilo": (1000 * fused / (size + _FAR))[here],
        "n_fused": np.log1p(fused)[here],
        "n_lines": np.log1p(n_breaks)[here],
        "n_chars": np.log1p(size)[here],
        "line_size": np.log1p(line_size),
        "places_per_kilo": 1000 * per_line[line] / (line_size + _FAR),
    }
