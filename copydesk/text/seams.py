"""Seams: places inside a line where two blocks were glued together without a separator.

Two kinds. A sentence seam follows the end of a sentence (`communiqué.Ni`); a case seam has no full stop at all
(`KourskLes`), as where a heading was glued to its paragraph.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from copydesk.noise.rules import Vocabulary

# All scripts with case that news is written in lie below the general punctuation block.
_CASED: Final = [chr(i) for i in range(0x2000)]
UPPER: Final = "".join(filter(str.isupper, _CASED))
LOWER: Final = "".join(filter(str.islower, _CASED))
# Scripts without case in which a full stop is followed by a space: Hebrew, Arabic, Indic scripts.
_CASELESS: Final = "\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u0904-\u0939\u0985-\u09b9\u0a05-\u0a39\u0b85-\u0bb9"
_ENDS: Final = ".!?…؟।۔"
_OPENERS: Final = "“«„\"‘'»”(["
_CLOSERS: Final = "”»“\"’')]«"
_MARKS: Final = re.escape(_CLOSERS + _OPENERS)

_SPACE: Final = "[ \u00a0\u202f]"
_QUOTE_RUN: Final = rf"(?:{_SPACE}»)?[{_MARKS}]*(?:(?<=«){_SPACE})?"
_SENTENCE_SEAM: Final = re.compile(
    rf"[{_ENDS}]{_QUOTE_RUN}(?=[{UPPER}¿¡{_CASELESS}])|[{_ENDS}](?=\d{{1,2}}[.)] ?[{UPPER}])"
)
_BULLET_SEAM: Final = re.compile(r"(?<=\S)\s*(?=[•▪►●○▸] ?\S)")
_CASE_SEAM: Final = re.compile(rf"(?<=[{LOWER}\d])[”»\")\]]?(?=[{UPPER}][{LOWER}'’ ])")
_WORD_BEFORE: Final = re.compile(r"[^\W_]+$")
_WORD_AFTER: Final = re.compile(r"[^\W_]+")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]{1,64}@\S+")
_DOMAIN_ENDINGS: Final = frozenset(
    ["be", "ch", "com", "de", "es", "eu", "fr", "info", "io", "it", "net", "nl", "org", "pl", "ru", "tv", "uk"]
)
_MATES: Final = {"“": '”“"', "„": '“”"', "«": "»", "»": "«", "”": "”", '"': '"', "(": ")", "[": "]"}
_MARK: Final = re.compile('[“„«»”"()\\[\\]]')
_LOOK_BACK: Final = 60


def find_seams(line: str, words: frozenset[str], vocabulary: Vocabulary) -> list[int]:
    """Return the offsets in `line` at which a new block starts, ascending.

    `words` are those of the whole document, case folded: a fused word is cut only where both halves stand whole
    elsewhere in it.
    """
    addresses = find_addresses(line)
    bullets = (match.end() for match in _BULLET_SEAM.finditer(line))
    seams = sorted({*_find_sentence_seams(line, vocabulary), *_find_case_seams(line, words, vocabulary), *bullets})
    return [seam for seam in seams if 0 < seam < len(line) and not is_inside(addresses, seam)]


def find_addresses(line: str) -> list[tuple[int, int]]:
    """Return the spans of web and mail addresses in `line`; no seam is inside one."""
    if "//" not in line and "www." not in line and "@" not in line:
        return []
    return [match.span() for match in _ADDRESS.finditer(line)]


def is_inside(spans: Sequence[tuple[int, int]], offset: int) -> bool:
    """Tell whether `offset` lies within one of `spans`, which are in order, and not at its edges."""
    before = bisect_left(spans, (offset, 0)) - 1
    return before >= 0 and offset < spans[before][1]


def is_domain_ending(line: str, offset: int) -> bool:
    """Tell whether `.com` or the like stands in `line`, its letters from `offset` on."""
    word = _WORD_AFTER.match(line, offset)
    return line[offset - 1 : offset] == "." and word is not None and word.group().casefold() in _DOMAIN_ENDINGS


def _find_sentence_seams(line: str, vocabulary: Vocabulary) -> Iterator[int]:
    start = 0
    for match in _SENTENCE_SEAM.finditer(line):
        if _ends_sentence(line, match.start(), match.end(), vocabulary):
            marks = match.start() + 1
            seam = marks + _count_closers(line[start:marks], line[marks : match.end()])
            yield seam
            start = seam


def _ends_sentence(line: str, stop: int, after: int, vocabulary: Vocabulary) -> bool:
    """Tell the end of a sentence from the stop of an initial, an abbreviation, a name or an address."""
    left_match = _WORD_BEFORE.search(line, max(0, stop - _LOOK_BACK), stop)
    left = left_match.group() if left_match else ""
    right_match = _WORD_AFTER.match(line, after)
    right = right_match.group() if right_match else ""
    if line[stop] != "." or after > stop + 1:
        return True
    if len(left) == 1 and left.isalpha() and left.isupper():
        return False
    if left.casefold() in vocabulary.abbreviations or is_domain_ending(line, after):
        return False
    if len(right) == 1 and right.isascii() and line[after + 1 : after + 2] not in ("'", "’", " "):
        return False
    return not (left.isupper() and right.isupper() and len(left) > 1)


def _count_closers(before: str, marks: str) -> int:
    """Return how many of `marks`, behind a full stop, close what `before` opened; the rest open the next block."""
    open_marks: list[str] = []
    for char in _MARK.findall(before):
        _push_or_pop(open_marks, char)
    for i, char in enumerate(marks):
        if open_marks and char in _MATES[open_marks[-1]]:
            open_marks.pop()
        elif char not in "'’)]" and not char.isspace():
            return i
    return len(marks)


def _push_or_pop(open_marks: list[str], char: str) -> None:
    if open_marks and char in _MATES[open_marks[-1]]:
        open_marks.pop()
    elif char in _MATES:
        open_marks.append(char)


def _find_case_seams(line: str, words: frozenset[str], vocabulary: Vocabulary) -> Iterator[int]:
    for match in _CASE_SEAM.finditer(line):
        left = _WORD_BEFORE.search(line, max(0, match.start() - _LOOK_BACK), match.start())
        right = _WORD_AFTER.match(line, match.end())
        if not left or not right:
            continue
        fused = left.group() + right.group()
        known = left.group().casefold() in words and right.group().casefold() in words
        if known and fused not in vocabulary.unsplit_words and not left.group().isupper():
            yield match.end()


def split_at(start: int, end: int, seams: Sequence[int]) -> list[tuple[int, int]]:
    """Return the spans between `start`, the seams (offsets from `start`) and `end`."""
    edges = [start, *(start + seam for seam in seams), end]
    return list(pairwise(edges))
