"""Lines of texts: where they stand, and which of them are one line that was wrapped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from copydesk.kernels import places as kernels
from copydesk.text.characters import Kind
from copydesk.text.sheets import Offsets, Sheet

_BREAK: Final = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NEW_ITEM: Final = re.compile(r"(?:[-*•·▪►●○>–—]|\(?\d{1,3}[.)]|[a-z]\))\s")

_WRAP_WIDTHS: Final = range(40, 121)
_MIN_WRAPPED_LINES: Final = 3
_MIN_FULL_SHARE: Final = 0.9
_MIN_MID_SENTENCE_SHARE: Final = 0.3


class Span(NamedTuple):
    """Code points `start` to `end`, exclusive, of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a sheet, in order, without the white space at their ends.

    Attributes:
        starts: where each starts.
        ends: where it ends, exclusive.
        document: the number of its text.
    """

    starts: Offsets
    ends: Offsets
    document: Offsets


def find_lines(sheet: Sheet) -> Lines:
    """Return the lines that hold more than white space."""
    return Lines(*kernels.find_lines(sheet.kinds, sheet.starts))


def strip_spans(sheet: Sheet, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """Return spans without the white space at their ends; of a span that holds nothing else the start is its end."""
    return kernels.strip_spans(sheet.kinds, starts, ends)


def count_breaks(sheet: Sheet, lines: Lines) -> Offsets:
    """Return how many line breaks stand between each line and the one before; -1 for the first of a text."""
    return kernels.count_breaks(sheet.codes, sheet.kinds, lines.starts, lines.ends, lines.document)


def join_wrapped_lines(sheet: Sheet, lines: Lines) -> Lines:
    """Return lines with the pieces of hard-wrapped paragraphs joined.

    A text counts as wrapped at a width when, between blank lines, nearly no line could have taken the first word of
    the next one, and many lines start in mid-sentence. That holds for wrapped prose and hardly ever for lists or menus.
    """
    wrapped = _find_suspects(sheet, lines)
    if not len(wrapped):
        return lines
    kept = np.ones(len(lines.starts), dtype=bool)
    ends = lines.ends.copy()
    bounds = np.searchsorted(lines.document, np.stack([wrapped, wrapped + 1]))
    for first, last in bounds.T.tolist():
        spans = [Span(*span) for span in zip(lines.starts[first:last].tolist(), ends[first:last].tolist(), strict=True)]
        joined = _join_document(sheet.text, spans)
        places = np.searchsorted(lines.starts[first:last], [span.start for span in joined]) + first
        kept[first:last] = False
        kept[places] = True
        ends[places] = [span.end for span in joined]
    return Lines(lines.starts[kept], ends[kept], lines.document[kept])


def join_lines(lines: Lines, behind: Offsets) -> Lines:
    """Return lines with those numbered in `behind` joined to the one before."""
    starts_one = np.ones(len(lines.starts), dtype=bool)
    starts_one[behind] = False
    ends_one = np.append(starts_one[1:], True)[: len(starts_one)]
    return Lines(lines.starts[starts_one], lines.ends[ends_one], lines.document[starts_one])


def _find_suspects(sheet: Sheet, lines: Lines) -> Offsets:
    """Return the texts that could be wrapped, by what can be told without reading words."""
    following = sheet.kinds[lines.starts[1:]]
    inner = count_breaks(sheet, lines)[1:] == 1
    inner &= (following >= Kind.LOWER) & (following != Kind.DIGIT) | (following == Kind.OTHER)
    document = lines.document[1:][inner]
    n_texts = len(sheet.starts) - 1
    width = np.zeros(n_texts, dtype=np.int64)
    np.maximum.at(width, document, (lines.ends - lines.starts)[:-1][inner])
    n_inner = np.bincount(document, minlength=n_texts)
    mid_sentence = np.bincount(document[following[inner] != Kind.UPPER], minlength=n_texts)
    is_suspect = (width >= _WRAP_WIDTHS.start) & (width < _WRAP_WIDTHS.stop) & (n_inner >= _MIN_WRAPPED_LINES)
    return np.flatnonzero(is_suspect & (mid_sentence >= _MIN_MID_SENTENCE_SHARE * n_inner))


def _join_document(text: str, lines: Sequence[Span]) -> list[Span]:
    groups = _group_lines(text, lines)
    inner = [pair for group in groups for pair in pairwise(group)]
    if len(inner) < _MIN_WRAPPED_LINES:
        return list(lines)
    width = max(line.end - line.start for line, _ in inner)
    full = [_is_full(text, line, following, width) for line, following in inner]
    mid_sentence = [text[following.start].isalpha() and not text[following.start].isupper() for _, following in inner]
    is_wrapped = sum(full) >= _MIN_FULL_SHARE * len(full) and sum(mid_sentence) >= _MIN_MID_SENTENCE_SHARE * len(inner)
    if width not in _WRAP_WIDTHS or not is_wrapped:
        return list(lines)
    return [joined for group in groups for joined in _join_group(text, group, width)]


def _group_lines(text: str, lines: Sequence[Span]) -> list[list[Span]]:
    groups: list[list[Span]] = []
    previous_end = 0
    for line in lines:
        is_next_line = bool(groups) and len(_BREAK.findall(text, previous_end, line.start)) == 1
        if is_next_line and not _NEW_ITEM.match(text, line.start):
            groups[-1].append(line)
        else:
            groups.append([line])
        previous_end = line.end
    return groups


def _is_full(text: str, line: Span, following: Span, width: int) -> bool:
    first_word = text[following.start : following.end].split(maxsplit=1)[0]
    return line.end - line.start + 1 + len(first_word) > width


def _join_group(text: str, group: Sequence[Span], width: int) -> list[Span]:
    joined = [group[0]]
    for line, following in pairwise(group):
        if _is_full(text, line, following, width):
            joined[-1] = Span(joined[-1].start, following.end)
        else:
            joined.append(following)
    return joined
