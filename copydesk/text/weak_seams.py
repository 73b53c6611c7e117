"""Weak seams: places where two blocks may have been glued and no rule can tell.

`Partager12 commentaires`, `AFPLe préfet`, `(dpa)Die Stadt`: the characters change class without a space between. Each
such place gets features, and a trained cutter decides.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.noise.rules import RuleBook
from copydesk.text.seams import LOWER, UPPER, find_addresses, is_domain_ending, is_inside

_LETTER: Final = r"[^\W\d_]"
# Each starts with what is rarest, a set of characters that the search can leap to, and only then looks back.
_BEHIND: Final = (
    re.compile(rf"[{UPPER}](?<=[{LOWER}].)"),
    re.compile(rf"[{UPPER}](?<=\d.)"),
    re.compile(rf"[{UPPER}](?<=[{UPPER}]{{2}}.)(?=[{LOWER}])"),
    re.compile(rf"\d(?<={_LETTER}.)"),
)
"""Places right before the character that matches, by kind from 1."""
_AHEAD: Final = (
    re.compile(rf"[”»\")\]](?={_LETTER}|\d)"),
    re.compile(rf"[:…!?.%€$](?={_LETTER}|\d)"),
)
"""Places right behind the character that matches; the next kinds."""
_OPENED: Final = re.compile(rf"[“«„©#(](?<=(?:{_LETTER}|[\d.!?)]).)")
"""Places right before an opening mark; the last kind."""
_WORD_BEFORE: Final = re.compile(r"[^\W_]+$")
_WORD_AFTER: Final = re.compile(r"[^\W_]+")
_SENTENCE_END: Final = re.compile(r"[.!?…。؟।]")
_GLUED_END: Final = re.compile(rf"[.!?][”»\")]?(?=[{UPPER}])")
_SPACED_END: Final = re.compile(rf"[.!?][”»\")]?\s+(?=[{UPPER}])")
_LOOK_BACK: Final = 60
_FURNITURE_CHARS: Final = 120
# Bounds the work on huge texts, where counting every fused word in all of the text would take for ever.
_COUNTED_CHARS: Final = 50_000
_QUOTE_CHARS: Final = 200

SEAM_FEATURES: Final = (
    "kind",
    "left_length",
    "right_length",
    "left_capitals",
    "right_capitals",
    "right_small_behind",
    "left_known",
    "right_known",
    "left_as_is",
    "right_as_is",
    "right_in_small_letters",
    "times_fused",
    "is_name",
    "is_abbreviation",
    "log_before",
    "log_behind",
    "log_since_stop",
    "log_until_stop",
    "in_quotes",
    "left_is_furniture",
    "right_is_furniture",
    "weak_per_kilo",
    "glued_share",
    "log_lines",
    "log_line",
)


@dataclass(frozen=True, slots=True)
class PageWords:
    """What is known of a whole text before its lines are cut.

    Attributes:
        text: the text.
        as_is: its words.
        folded: its words, case folded.
        glued_share: of the sentence ends before a capital, how many have no space.
        n_lines: its lines.
    """

    text: str
    as_is: frozenset[str]
    folded: frozenset[str]
    glued_share: float
    n_lines: int


def read_page_words(text: str, n_lines: int) -> PageWords:
    """Collect what the features of a text's weak seams need."""
    as_is = frozenset(re.findall(r"\w+", text))
    n_glued, n_spaced = len(_GLUED_END.findall(text)), len(_SPACED_END.findall(text))
    return PageWords(text, as_is, frozenset(map(str.casefold, as_is)), n_glued / (n_glued + n_spaced + 1), n_lines)


def find_weak_seams(line: str, strong: Sequence[int]) -> list[tuple[int, int]]:
    """Return offset and kind of each place in `line` where a seam may be and no strong one is; none in addresses."""
    kinds: dict[int, int] = {}
    for kind, offset in _list_places(line):
        kinds.setdefault(offset, kind)
    addresses = find_addresses(line) if kinds else []
    return [
        (offset, kinds[offset])
        for offset in sorted(kinds.keys() - set(strong))
        if not is_inside(addresses, offset) and not is_domain_ending(line, offset)
    ]


def _list_places(line: str) -> Iterator[tuple[int, int]]:
    """Yield kind and offset of every place where the characters change class, by kind."""
    for kind, pattern in enumerate(_BEHIND, 1):
        yield from ((kind, match.start()) for match in pattern.finditer(line))
    for kind, pattern in enumerate(_AHEAD, len(_BEHIND) + 1):
        yield from ((kind, match.end()) for match in pattern.finditer(line))
    last = len(_BEHIND) + len(_AHEAD) + 1
    yield from ((last, match.start()) for match in _OPENED.finditer(line))


def measure_seams(
    line: str, weak: Sequence[tuple[int, int]], strong: Sequence[int], page: PageWords, book: RuleBook
) -> NDArray[np.float32]:
    """Return [len(weak), len(SEAM_FEATURES)] features of the weak seams of a line."""
    edges = sorted({0, len(line), *strong, *(offset for offset, _ in weak)})
    places = {edge: i for i, edge in enumerate(edges)}
    per_kilo = 1000 * len(weak) / (len(line) + 100)
    rows = []
    for offset, kind in weak:
        before, behind = edges[places[offset] - 1], edges[places[offset] + 1]
        rows.append(
            (
                kind,
                *_describe_words(line, offset, page, book),
                math.log1p(offset - before),
                math.log1p(behind - offset),
                *_describe_sentence(line, offset),
                _is_furniture(line[before:offset], book),
                _is_furniture(line[offset:behind], book),
                per_kilo,
                page.glued_share,
                math.log1p(page.n_lines),
                math.log1p(len(line)),
            )
        )
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(SEAM_FEATURES))


def _describe_words(line: str, offset: int, page: PageWords, book: RuleBook) -> tuple[float, ...]:
    left_match = _WORD_BEFORE.search(line, max(0, offset - _LOOK_BACK), offset)
    right_match = _WORD_AFTER.match(line, offset)
    left = left_match.group() if left_match else ""
    right = _cut_at_capital(right_match.group()) if right_match else ""
    fused = left + right
    return (
        len(left),
        len(right),
        left.isupper(),
        right.isupper(),
        right[1:2].islower(),
        left.casefold() in page.folded,
        right.casefold() in page.folded,
        left in page.as_is,
        right in page.as_is,
        right.lower() in page.as_is,
        min(page.text.count(fused, 0, _COUNTED_CHARS), 5) if left and right else 0,
        fused in book.vocabulary.unsplit_words,
        left.casefold() in book.vocabulary.abbreviations,
    )


def _cut_at_capital(word: str) -> str:
    """Return the first word of several that were glued: up to the next capital behind a small letter."""
    return next((word[:i] for i in range(1, len(word)) if word[i].isupper() and word[i - 1].islower()), word)


def _describe_sentence(line: str, offset: int) -> tuple[float, ...]:
    window = line[max(0, offset - _QUOTE_CHARS) : offset]
    stops = [match.end() for match in _SENTENCE_END.finditer(window)]
    following = _SENTENCE_END.search(line, offset, offset + _QUOTE_CHARS)
    opened = sum(window.count(mark) for mark in "“«„") - sum(window.count(mark) for mark in "”»")
    return (
        math.log1p(len(window) - stops[-1] if stops else _QUOTE_CHARS),
        math.log1p(following.start() - offset if following else _QUOTE_CHARS),
        opened > 0,
    )


def _is_furniture(piece: str, book: RuleBook) -> bool:
    return len(piece) <= _FURNITURE_CHARS and bool(book.find_rules(piece))
