"""The rules that may match a text, by the literals that each rule needs; many texts are looked up at once."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation
from numpy.typing import NDArray

from copydesk.noise.literals import EDGE_CHARS, EDGE_CLASS, START_CHARS, Literals

_EDGES: Final = re.compile(f"{EDGE_CLASS}*")

_DIGITS: Final = bytes.maketrans(b"0123456789", b"0000000000")
# Odd, and else without meaning.
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_SPREAD: Final = np.uint64(32)
_FILTER_BITS: Final = 22
_SHIFT: Final = np.uint64(64 - _FILTER_BITS)
_NO_RULES: Final = np.zeros(0, dtype=np.int64)

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]


class Pairs(NamedTuple):
    """Texts, by number, and a rule, by number, that may match each: [n_pairs] both."""

    texts: Ints
    rules: Ints


class RuleIndex:
    """Tells which rules, by number, may match a folded text; it never leaves out one that does."""

    def __init__(self, literals: Iterable[tuple[int, Literals]]) -> None:
        known = list(literals)
        self._starts: Final = _StartIndex([(rule, it.chars) for rule, it in known if it.at_start])
        self._inner: Final = _InnerIndex([(rule, it.chars) for rule, it in known if not it.at_start])

    def find_candidates(self, texts: Sequence[str]) -> Pairs:
        """Return the rules that may match each text, ascending by rule and then by text, each pair once."""
        small = [text.casefold() for text in texts]
        starts, inner = self._starts.find_pairs(texts, small), self._inner.find_pairs(small)
        keys = np.concatenate([rules * len(texts) + numbers for numbers, rules in (starts, inner)])
        rules, numbers = np.divmod(np.unique(keys), max(len(texts), 1))
        return Pairs(numbers, rules)


class _StartIndex:
    """The rules by how a match of theirs starts. A hash stands for each start: two that share one cost a match more."""

    def __init__(self, starts: Sequence[tuple[int, frozenset[str]]]) -> None:
        chars = [char.casefold()[:START_CHARS] for _, chars in starts for char in chars]
        lengths = np.fromiter(map(len, chars), dtype=np.int64, count=len(chars))
        keys = _hash_heads(chars)[np.arange(len(chars)), lengths - 1]
        rules = np.repeat([rule for rule, _ in starts], [len(chars) for _, chars in starts]).astype(np.int64)
        order = np.argsort(keys, kind="stable")
        self._rules: Final = rules[order]
        self._keys, first = np.unique(keys[order], return_index=True)
        self._bounds: Final = np.append(first, len(keys))
        self._is_known: Final = np.zeros(1 << _FILTER_BITS, dtype=bool)
        self._is_known[self._keys >> _SHIFT] = True

    def find_pairs(self, texts: Sequence[str], small: Sequence[str]) -> Pairs:
        """Return the rules whose start is that of a text, signs in front or not; `small` are the texts casefolded."""
        # Any of the signs that a text starts with may belong to the pattern.
        signed = [i for i, text in enumerate(texts) if text[:1] in EDGE_CHARS]
        behind = [(i, start) for i in signed for start in _list_behind_edges(texts[i])]
        owners = np.concatenate([np.arange(len(texts)), np.array([i for i, _ in behind], dtype=np.int64)])
        rows, places = self._look_up(_hash_heads([*small, *(start for _, start in behind)]))
        sizes = self._bounds[places + 1] - self._bounds[places]
        members = np.arange(sizes.sum()) + np.repeat(self._bounds[places] - np.cumsum(sizes) + sizes, sizes)
        return Pairs(owners[np.repeat(rows, sizes)], self._rules[members])

    def _look_up(self, hashes: Keys) -> tuple[Ints, Ints]:
        """Return the rows with a known hash, and its place among all. A table of bits spares most the search."""
        rows, lengths = np.nonzero(self._is_known[hashes >> _SHIFT])
        wanted = hashes[rows, lengths]
        places = np.searchsorted(self._keys, wanted).clip(max=len(self._keys) - 1)
        found = self._keys[places] == wanted
        return rows[found], places[found]


class _InnerIndex:
    """The rules by what stands anywhere in a match of theirs, all found in one pass (Aho and Corasick, 1975)."""

    def __init__(self, literals: Sequence[tuple[int, frozenset[str]]]) -> None:
        rules: dict[bytes, set[int]] = {}
        for rule, chars in literals:
            for char in chars:
                # The empty one stands in every text: so does the line break before it.
                rules.setdefault(_encode_text(char.casefold() or "\n"), set()).add(rule)
        self._rules: Final = [np.array(sorted(numbers)) for numbers in rules.values()]
        self._automaton: Final = BytesAhoCorasick(list(rules), implementation=Implementation.DFA)

    def find_pairs(self, small: Sequence[str]) -> Pairs:
        """Return the rules whose literals stand in a casefolded text."""
        laid_out = _encode_text("\n".join(["", *small]))
        found = self._automaton.find_matches_as_indexes(laid_out, overlapping=True)
        literals, offsets, _ = np.array(found, dtype=np.int64).reshape(-1, 3).T
        starts = np.flatnonzero(np.frombuffer(laid_out, dtype=np.uint8) == ord("\n"))
        numbers = np.searchsorted(starts, offsets, side="right") - 1
        rules = [self._rules[literal] for literal in literals.tolist()]
        return Pairs(np.repeat(numbers, list(map(len, rules))), np.concatenate([_NO_RULES, *rules]))


def _list_behind_edges(text: str) -> Iterator[str]:
    """Yield the starts of a text without the first of its signs, without the first two, and so on."""
    edges = _EDGES.match(text)
    for i in range(1, edges.end() + 1) if edges else ():
        yield text[i : i + START_CHARS].casefold()


def _hash_heads(texts: Sequence[str]) -> Keys:
    """Return [n_texts, START_CHARS] a hash of the first character of each text, of the first two, and so on.

    Behind its end a text goes on with zeros, which no start of a rule holds.
    """
    heads = np.array(texts, dtype=f"<U{START_CHARS}").view(np.uint32).reshape(len(texts), START_CHARS)
    folded = np.where((heads >= ord("0")) & (heads <= ord("9")), np.uint64(ord("0")), heads)
    hashes = np.empty(heads.shape, dtype=np.uint64)
    total = np.zeros(len(heads), dtype=np.uint64)
    for place in range(START_CHARS):
        total = (total + folded[:, place]) * _BASE
        hashes[:, place] = (total ^ (total >> _SPREAD)) * _MIX
    return hashes


def _encode_text(text: str) -> bytes:
    """Return a casefolded text with a 0 for each ASCII digit."""
    return text.encode(errors="replace").translate(_DIGITS)
