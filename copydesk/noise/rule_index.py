"""The rules that may match a text, by the literals that each rule needs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import re2

from copydesk.noise.literals import START_CHARS, Literals, spell_literals

# Neither letter nor digit, as a few ranges: [^\p{L}\p{N}] says about the same at 60 times the size, in every pattern.
_EDGE_RANGES: Final = (
    "\x00/", ":@", "[`", "{©", "«´", "¶¹", "»»", "¿¿", "××", "÷÷", "\u060c\u060c", "\u061b\u061b", "\u061f\u061f",
    "\u06d4\u06d4", "\u0964\u0964", "\u2010\u2bff", "\u3000\u3020", "\u3030\u3030", "\u30fb\u30fb", "\ufe00\ufe6f",
    "\uff00\uff0f", "\uff1a\uff20", "\uff3b\uff40", "\uff5b\uff65", "\U0001f000\U0001faff",
)  # fmt: skip
_SPELLED: Final = "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in _EDGE_RANGES)
EDGE: Final = f"(?-i:[{_SPELLED}])"
"""What may stand before and behind the text that a pattern describes."""
_EDGES: Final = re.compile(f"[{_SPELLED}]*")

_DIGIT: Final = re.compile("[0-9]")
_CACHED_STARTS: Final = 1 << 16
_SEARCHED_TOGETHER: Final = 8

Numbers = tuple[int, ...]


class RuleIndex:
    """Tells which rules, by number, may match a folded text; it never leaves out one that does."""

    def __init__(self, literals: Iterable[tuple[int, Literals]], options: Any) -> None:
        self._starts: Final[dict[str, set[int]]] = {}
        inner: dict[int, set[str]] = {}
        for number, (chars, at_start) in literals:
            if at_start:
                for start in chars:
                    self._starts.setdefault(_normalise_start(start), set()).add(number)
            else:
                inner.setdefault(number, set()).update(chars)
        self._inner_numbers: Final = list(inner)
        self._inner: Final = re2.Set.SearchSet(options)
        for wanted in inner.values():
            self._inner.Add(spell_literals(wanted))
        self._inner.Compile()
        self._look_up: Final = lru_cache(_CACHED_STARTS)(self._find_by_start)

    def find_candidates(self, texts: Sequence[str]) -> Iterator[tuple[int, Numbers]]:
        """Yield the number of each text that some rule may match, and those rules in ascending order."""
        inner = dict(self._find_by_inner(texts))
        for i, start in enumerate([self._look_up(text[:START_CHARS]) for text in texts]):
            if start == () and i not in inner:
                continue
            numbers = self._find_behind_edges(texts[i]) if start is None else start
            yield i, tuple(sorted({*numbers, *inner[i]})) if i in inner else numbers

    def _find_by_start(self, start: str) -> Numbers | None:
        """Return the rules for a text that starts so; None where signs stand in front of it."""
        return None if _count_edges(start) else self._list_rules([start])

    def _find_behind_edges(self, text: str) -> Numbers:
        """Return the rules for a text that starts with signs, any of which may belong to the pattern."""
        return self._list_rules([text[i : i + START_CHARS] for i in range(_count_edges(text) + 1)])

    def _list_rules(self, starts: Sequence[str]) -> Numbers:
        normal = map(_normalise_start, starts)
        known = (self._starts.get(start[:length], ()) for start in normal for length in range(1, START_CHARS + 1))
        return tuple(sorted({number for numbers in known for number in numbers}))

    def _find_by_inner(self, texts: Sequence[str]) -> Iterator[tuple[int, Numbers]]:
        """Yield the rules whose literals stand further on in a text. Several texts at once are searched first."""
        for first in range(0, len(texts), _SEARCHED_TOGETHER):
            some = texts[first : first + _SEARCHED_TOGETHER]
            if self._inner.Match("\n".join(some).encode()):
                for i, text in enumerate(some, first):
                    found = self._inner.Match(text.encode())
                    if found:
                        yield i, tuple(self._inner_numbers[member] for member in found)


def _count_edges(text: str) -> int:
    edges = _EDGES.match(text)
    return edges.end() if edges else 0


def _normalise_start(start: str) -> str:
    """Return what equal starts share: case folded, each ASCII digit a 0, and no longer than it was asked for."""
    return _DIGIT.sub("0", start.casefold())[:START_CHARS]
