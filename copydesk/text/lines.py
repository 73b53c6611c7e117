"""Lines of a page: where they stand, and which of them are one line that was wrapped."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

_LINE: Final = re.compile(r"\S[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*")
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


def find_lines(text: str) -> list[Span]:
    """Return the lines of `text` that hold more than white space, without the white space at their ends."""
    return [Span(m.start(), m.start() + len(m.group().rstrip())) for m in _LINE.finditer(text)]


def join_wrapped_lines(text: str, lines: Sequence[Span]) -> list[Span]:
    """Return `lines` with the pieces of hard-wrapped paragraphs joined.

    A text counts as wrapped at a width when, between blank lines, nearly no line could have taken the first word of
    the next one, and many lines start in mid-sentence. That holds for wrapped prose and hardly ever for lists or menus.
    """
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
        is_next_line = len(_BREAK.findall(text, previous_end, line.start)) == 1
        if groups and is_next_line and not _NEW_ITEM.match(text, line.start):
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
