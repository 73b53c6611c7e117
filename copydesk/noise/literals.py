"""Literals: the few characters without which a pattern cannot match.

Most blocks match no rule, and to look up how a block starts costs a hundredth of what matching it costs. The idea is
that of RE2's own prefilter (Cox, 2010, https://swtch.com/~rsc/regexp/regexp4.html), kept to what can be looked up: how
a match starts, or for a pattern that may start with anything, what stands further on in it.

What this module does not know in a pattern it takes for "anything", so that it never hides a match.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

START_CHARS: Final = 6
_INNER_CHARS: Final = 8
_ENDLESS: Final = 99
_MANY_LITERALS: Final = 200
_MOST_LITERALS: Final = 3000
_ENOUGH_CHARS: Final = 4
# How likely a character is to come next, in a Latin script and in others; only the order of the estimates counts.
_RARE: Final = 0.05
_VERY_RARE: Final = 0.002
_LARGEST_CLASS: Final = 16

_TOKEN: Final = re.compile(
    r"(?P<flags>\(\?[a-zA-Z-]+\))"
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

Token = tuple[str, str]
"""Kind and text."""
Part = list[Token]
"""One element of a sequence: an atom, with its tokens if it is a group, and its repeat if it has one."""


class Literals(NamedTuple):
    """Where to look for a pattern's literals: one of them stands in every text that the pattern matches.

    Attributes:
        chars: as the pattern spells them, every ASCII digit as 0, those at the start `START_CHARS` at most; the empty
            one stands in every text.
        at_start: they stand where the match starts; else anywhere in it.
    """

    chars: frozenset[str]
    at_start: bool


class _Heads(NamedTuple):
    """How the matches of a part of a pattern start: `whole` ones are such a match, behind `cut` ones more follows."""

    whole: frozenset[str]
    cut: frozenset[str]


_NOTHING: Final = _Heads(frozenset([""]), frozenset())
_ANYTHING: Final = _Heads(frozenset(), frozenset([""]))


def find_literals(pattern: str) -> list[Literals]:
    """Return the literals of each alternative of an RE2 expression."""
    tokens = [(str(match.lastgroup), match.group()) for match in _TOKEN.finditer(pattern)]
    return [literals for parts in _split_alternatives(tokens) for literals in _choose_literals(parts)]


def spell_literals(chars: Iterable[str]) -> str:
    """Return an RE2 expression that finds one of these literals in folded text."""
    return "|".join(re.escape(literal).replace("0", "[0-9]") for literal in sorted(chars))


def _split_alternatives(tokens: Sequence[Token]) -> Iterator[list[Part]]:
    """Yield the parts of each alternative of a whole pattern or of what stands in a group."""
    parts: list[Part] = []
    depth = 0
    for token in tokens:
        kind = token[0]
        if depth == 0 and kind == "bar":
            yield parts
            parts = []
        elif parts and (depth or kind == "repeat"):
            parts[-1].append(token)
        else:
            parts.append([token])
        depth += (kind == "open") - (kind == "close")
    yield parts


def _open_groups(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Yield alternatives with the group that they start with opened, so that each is judged by itself.

    An optional part may stand in front of it, such as a bracket.
    """
    place = next((i for i, part in enumerate(parts[:2]) if _is_group(part)), None)
    if place is None:
        yield [part for group in parts for part in _unwrap_group(group)]
        return
    for inner in _split_alternatives(parts[place][1:-1]):
        yield from _open_groups([*parts[:place], *inner, *parts[place + 1 :]])


def _unwrap_group(part: Part) -> list[Part]:
    """Return the parts of a group without alternatives, else the part itself."""
    inner = list(_split_alternatives(part[1:-1])) if _is_group(part) else []
    return inner[0] if len(inner) == 1 else [part]


def _is_group(part: Part) -> bool:
    return part[0][0] == "open" and part[-1][0] == "close"


def _choose_literals(parts: Sequence[Part]) -> list[Literals]:
    start = _list_heads(parts, START_CHARS)
    if "" not in start:
        return [Literals(start, at_start=True)]
    return [_choose_inner(alternative) for alternative in _open_groups(parts)]


def _choose_inner(parts: Sequence[Part]) -> Literals:
    """Return the start of `parts` if it is known, else the rarest literals further on."""
    start = _list_heads(parts, START_CHARS)
    if "" not in start:
        return Literals(start, at_start=True)
    behind = (_list_heads(parts[i:], _INNER_CHARS) for i in range(1, len(parts)))
    rarest = min(behind, key=_estimate_frequency, default=start)
    return Literals(rarest if "" not in rarest else frozenset([""]), at_start=False)


def _estimate_frequency(literals: Iterable[str]) -> float:
    return sum((_RARE if literal.isascii() else _VERY_RARE) ** len(literal) for literal in literals)


def _list_heads(parts: Sequence[Part], limit: int) -> frozenset[str]:
    heads = _join_parts(parts, limit)
    return heads.whole | heads.cut


def _join_parts(parts: Sequence[Part], limit: int) -> _Heads:
    joined = _NOTHING
    for part in parts:
        if not joined.whole:
            break
        joined = _join_heads(joined, _read_part(part, limit), limit)
    return joined


def _join_heads(before: _Heads, behind: _Heads, limit: int) -> _Heads:
    if before is _NOTHING:
        return behind
    n_joined = len(before.whole) * (len(behind.whole) + len(behind.cut))
    if n_joined > _MANY_LITERALS and (n_joined > _MOST_LITERALS or min(map(len, before.whole)) >= _ENOUGH_CHARS):
        return _Heads(frozenset(), before.whole | before.cut)
    cut = [(first + second)[:limit] for first in before.whole for second in behind.cut]
    joined = _cut_texts([first + second for first in before.whole for second in behind.whole], limit)
    return _Heads(joined.whole, joined.cut.union(before.cut, cut))


def _cut_texts(texts: Sequence[str], limit: int) -> _Heads:
    short = [text for text in texts if len(text) < limit]
    if len(short) == len(texts):
        return _Heads(frozenset(short), frozenset())
    return _Heads(frozenset(short), frozenset([text[:limit] for text in texts if len(text) >= limit]))


def _read_part(part: Part, limit: int) -> _Heads:
    repeat = part[-1][1] if part[-1][0] == "repeat" and len(part) > 1 else ""
    is_group = part[0][0] == "open"
    atom = _read_group(part[1:-2] if repeat else part[1:-1], limit) if is_group else _read_atom(*part[0], limit)
    return _repeat_heads(atom, repeat, limit) if repeat else atom


def _read_group(tokens: Sequence[Token], limit: int) -> _Heads:
    read = [_join_parts(parts, limit) for parts in _split_alternatives(tokens)]
    if len(read) == 1:
        return read[0]
    return _Heads(frozenset().union(*(heads.whole for heads in read)), frozenset().union(*(h.cut for h in read)))


def _repeat_heads(atom: _Heads, repeat: str, limit: int) -> _Heads:
    least, most = _read_repeat(repeat)
    total = _NOTHING
    whole: frozenset[str] = _NOTHING.whole if least == 0 else frozenset()
    cut: frozenset[str] = frozenset()
    for i in range(1, min(most, limit) + 1):
        total = _join_heads(total, atom, limit)
        cut |= total.cut
        whole |= total.whole if i >= least else frozenset()
    if most > limit:
        cut |= total.whole
    return _Heads(whole, cut)


def _read_repeat(repeat: str) -> tuple[int, int]:
    sign = repeat.rstrip("?") or "?"
    if sign[0] != "{":
        return {"*": (0, _ENDLESS), "+": (1, _ENDLESS), "?": (0, 1)}[sign]
    least, comma, most = sign[1:-1].partition(",")
    return int(least), int(most or _ENDLESS) if comma else int(least)


@cache
def _read_atom(kind: str, text: str, limit: int) -> _Heads:
    if kind in ("flags", "edge"):
        return _NOTHING
    found = _list_members(text) if kind == "members" else _read_escape(text) if kind == "escape" else [text]
    if kind == "dot" or found is None:
        return _ANYTHING
    return _cut_texts([_DIGIT.sub("0", char) for char in found], limit)


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
