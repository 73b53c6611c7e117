"""Literals: the few characters without which a pattern cannot match.

Most blocks match no rule, and to look up how a block starts costs a hundredth of what matching it costs. The idea is
that of RE2's own prefilter (Cox, 2010, https://swtch.com/~rsc/regexp/regexp4.html), kept to what can be looked up: how
a match starts, or for a pattern that may start with anything, what stands further on in it.

What this module does not know in a pattern it takes for "anything", so that it never hides a match.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import dropwhile
from math import prod
from string import ascii_letters
from typing import Final, NamedTuple

# Neither letter nor digit, as a few ranges: [^\p{L}\p{N}] says about the same at 60 times the size, in every pattern.
_EDGE_RANGES: Final = (
    "\x00/", ":@", "[`", "{©", "«´", "¶¹", "»»", "¿¿", "××", "÷÷", "\u060c\u060c", "\u061b\u061b", "\u061f\u061f",
    "\u06d4\u06d4", "\u0964\u0964", "\u2010\u2bff", "\u3000\u3020", "\u3030\u3030", "\u30fb\u30fb", "\ufe00\ufe6f",
    "\uff00\uff0f", "\uff1a\uff20", "\uff3b\uff40", "\uff5b\uff65", "\U0001f000\U0001faff",
)  # fmt: skip
_SPELLED: Final = "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in _EDGE_RANGES)
EDGE_CLASS: Final = f"[{_SPELLED}]"
"""What may stand before and behind the text that a pattern describes."""
EDGE_CHARS: Final = frozenset(chr(code) for first, last in _EDGE_RANGES for code in range(ord(first), ord(last) + 1))

START_CHARS: Final = 8
_INNER_CHARS: Final = 8
_ENDLESS: Final = 99
_MANY_LITERALS: Final = 200
_MOST_LITERALS: Final = 3000
_ENOUGH_CHARS: Final = 4
_LARGEST_CLASS: Final = 16
# How likely a character is to come next; only the order of the estimates counts.
_FREQUENCIES: Final = {
    **dict.fromkeys("0 ", 0.15),
    **dict.fromkeys(".,'", 0.05),
    **dict.fromkeys('()/:"-', 0.02),
}
_LETTERS: Final = frozenset(ascii_letters)
_LETTER: Final = 0.05
_RARE: Final = 0.002

_TOKEN: Final = re.compile(
    r"(?P<flags>\(\?[a-zA-Z-]+\))"
    # A group of wordings and nothing else is read as one: two thirds of all that stands in the rules.
    r"|(?P<words>\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?[^\\\[(){}*+?.^$]+\))"
    r"|(?P<open>\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?)"
    r"|(?P<close>\))"
    r"|(?P<bar>\|)"
    r"|(?P<members>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<escape>\\(?:[pP](?:\{[^}]*\}|.)|x(?:\{[0-9a-fA-F]+\}|..)|.))"
    r"|(?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)"
    r"|(?P<edge>[\^$])"
    r"|(?P<dot>\.)"
    r"|(?P<text>[^\\\[(){}|*+?.^$]+(?![*+?{])|.)",
    re.DOTALL,
)
_MEMBER: Final = re.compile(r"\\(?:x\{[0-9a-fA-F]+\}|.)|.", re.DOTALL)
_DIGIT: Final = re.compile("[0-9]")
_GROUP_MARKS: Final = re.compile(r"^\((?:\?[^:>]*[:>])?|\)$")


class Literals(NamedTuple):
    """Where to look for a pattern's literals: one of them stands in every text that the pattern matches.

    Attributes:
        chars: as the pattern spells them, every ASCII digit as 0, those at the start `START_CHARS` at most; the empty
            one stands in every text.
        at_start: they stand where the match starts, or behind signs that it starts with; else anywhere in it.
    """

    chars: frozenset[str]
    at_start: bool


class _Part(NamedTuple):
    """One element of a sequence: an atom, with its texts, None for any; or a group, with its alternatives."""

    texts: list[str] | None
    alternatives: "list[list[_Part]]" = []  # noqa: RUF012 - never changed
    least: int = 1
    most: int = 1

    def is_group(self) -> bool:
        """Tell whether it is a group that stands there once."""
        return bool(self.alternatives) and self.least == self.most == 1

    def unwrap(self) -> "list[_Part]":
        """Return the parts of a group without alternatives, else the part itself."""
        return self.alternatives[0] if self.is_group() and len(self.alternatives) == 1 else [self]


class _Heads(NamedTuple):
    """How the matches of a part of a pattern start: `whole` ones are such a match, behind `cut` ones more follows."""

    whole: frozenset[str]
    cut: frozenset[str]


_NO_TEXT: Final[frozenset[str]] = frozenset()
_EMPTY: Final = frozenset([""])
_NOTHING: Final = _Heads(_EMPTY, _NO_TEXT)
_ANYTHING: Final = _Heads(_NO_TEXT, _EMPTY)


def find_literals(pattern: str) -> list[Literals]:
    """Return the literals of each alternative of an RE2 expression."""
    return [literals for parts in _parse_pattern(pattern) for literals in _choose_literals(parts)]


def _parse_pattern(pattern: str) -> list[list[_Part]]:
    """Return the alternatives of an expression, each a list of parts. What is not closed ends with the expression."""
    opened: list[list[list[_Part]]] = [[[]]]
    for match in _TOKEN.finditer(pattern):
        kind = match.lastgroup
        if kind == "open":
            opened.append([[]])
            opened[-2][-1].append(_Part(None, opened[-1]))
        elif kind == "close":
            opened = opened[:-1] or opened
        elif kind == "bar":
            opened[-1].append([])
        elif kind == "repeat" and opened[-1][-1]:
            least, most = _read_repeat(match.group())
            opened[-1][-1][-1] = opened[-1][-1][-1]._replace(least=least, most=most)
        else:
            opened[-1][-1].append(_read_atom(str(kind), match.group()))
    return opened[0]


def _read_atom(kind: str, text: str) -> _Part:
    if kind in ("text", "words"):
        return _Part(_DIGIT.sub("0", text if kind == "text" else _GROUP_MARKS.sub("", text)).split("|"))
    if kind in ("flags", "edge"):
        return _Part([""])
    found = _list_members(text) if kind == "members" else _read_escape(text) if kind == "escape" else None
    return _Part(None if found is None else [_DIGIT.sub("0", chars) for chars in found])


def _read_escape(escape: str) -> list[str] | None:
    """Return the texts that an escape stands for; None for any."""
    char = escape[1]
    if char in "bBAz":
        return [""]
    if char in "ds":
        return ["0" if char == "d" else " "]
    if char == "x" and escape[2:3] == "{":
        return [chr(int(escape[3:-1], 16))]
    return None if char.isalnum() else [char]


def _list_members(members: str) -> list[str] | None:
    """Return the characters of a class; None where there are too many to list."""
    if members.startswith("[^"):
        return None
    found: list[str] = []
    tokens = _MEMBER.findall(members[1:-1])
    for i, token in enumerate(tokens):
        chars = _read_escape(token) if len(token) > 1 else [token]
        if chars is None or (token == "-" and 0 < i < len(tokens) - 1) or token == "[":
            return None
        found += chars
    return found if len(found) <= _LARGEST_CLASS else None


def _read_repeat(repeat: str) -> tuple[int, int]:
    sign = repeat.rstrip("?") or "?"
    if sign[0] != "{":
        return {"*": (0, _ENDLESS), "+": (1, _ENDLESS), "?": (0, 1)}[sign]
    least, comma, most = sign[1:-1].partition(",")
    return int(least), int(most or _ENDLESS) if comma else int(least)


def _choose_literals(parts: Sequence[_Part]) -> list[Literals]:
    behind = list(dropwhile(_is_optional_sign, parts))
    start = _list_heads(behind, START_CHARS)
    if "" not in start:
        return [Literals(start, at_start=True)]
    return [_choose_inner(alternative) for alternative in _open_groups(behind)]


def _is_optional_sign(part: _Part) -> bool:
    """Tell whether a match may have signs here, or none: a text is looked up behind the signs in front of it anyway."""
    return part.least == 0 and part.texts is not None and all(map(EDGE_CHARS.issuperset, part.texts))


def _open_groups(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Yield alternatives with the group that they start with opened, so that each is judged by itself.

    An optional part may stand in front of it, such as a bracket.
    """
    opened = next(((i, part.alternatives) for i, part in enumerate(parts[:2]) if part.is_group()), None)
    if opened is None:
        yield [part for group in parts for part in group.unwrap()]
        return
    place, alternatives = opened
    for inner in alternatives:
        yield from _open_groups([*parts[:place], *inner, *parts[place + 1 :]])


def _choose_inner(parts: Sequence[_Part]) -> Literals:
    """Return the start of `parts` if it is known, else the rarest literals further on."""
    start = _list_heads(parts, START_CHARS)
    if "" not in start:
        return Literals(start, at_start=True)
    behind = (_list_heads(parts[i:], _INNER_CHARS) for i in range(1, len(parts)))
    rarest = min(behind, key=_estimate_frequency, default=start)
    return Literals(_drop_longer(rarest), at_start=False)


def _estimate_frequency(literals: Iterable[str]) -> float:
    return sum(prod([_FREQUENCIES.get(char, _LETTER if char in _LETTERS else _RARE) for char in it]) for it in literals)


def _drop_longer(literals: frozenset[str]) -> frozenset[str]:
    """Leave out what starts with another of the literals."""
    return frozenset(it for it in literals if not any(it[:length] in literals for length in range(len(it))))


def _list_heads(parts: Sequence[_Part], limit: int) -> frozenset[str]:
    heads = _join_parts(parts, limit)
    return heads.whole | heads.cut


def _join_parts(parts: Sequence[_Part], limit: int) -> _Heads:
    joined = _NOTHING
    for part in parts:
        if not joined.whole:
            break
        joined = _join_heads(joined, _read_part(part, limit - min(map(len, joined.whole))), limit)
    return joined


def _read_part(part: _Part, limit: int) -> _Heads:
    if part.alternatives:
        read = [_join_parts(parts, limit) for parts in part.alternatives]
        heads = read[0] if len(read) == 1 else _Heads(*(frozenset().union(*each) for each in zip(*read, strict=True)))
    else:
        heads = _ANYTHING if part.texts is None else _cut_texts(part.texts, limit)
    return heads if part.least == part.most == 1 else _repeat_heads(heads, part, limit)


def _join_heads(before: _Heads, behind: _Heads, limit: int) -> _Heads:
    if before is _NOTHING:
        return behind
    n_joined = len(before.whole) * (len(behind.whole) + len(behind.cut))
    if n_joined > _MANY_LITERALS and (n_joined > _MOST_LITERALS or min(map(len, before.whole)) >= _ENOUGH_CHARS):
        return _Heads(_NO_TEXT, before.whole | before.cut)
    cut = [(first + second)[:limit] for first in before.whole for second in behind.cut]
    joined = _cut_texts([first + second for first in before.whole for second in behind.whole], limit)
    return _Heads(joined.whole, joined.cut.union(before.cut, cut))


def _cut_texts(texts: Collection[str], limit: int) -> _Heads:
    long = [text[:limit] for text in texts if len(text) >= limit]
    if not long:
        return _Heads(frozenset(texts), _NO_TEXT)
    return _Heads(frozenset([text for text in texts if len(text) < limit]), frozenset(long))


def _repeat_heads(atom: _Heads, part: _Part, limit: int) -> _Heads:
    total = _NOTHING
    whole = _EMPTY if part.least == 0 else _NO_TEXT
    cut = _NO_TEXT
    for i in range(1, min(part.most, limit) + 1):
        total = _join_heads(total, atom, limit)
        cut |= total.cut
        whole |= total.whole if i >= part.least else _NO_TEXT
    if part.most > limit:
        cut |= total.whole
    return _Heads(whole, cut)
