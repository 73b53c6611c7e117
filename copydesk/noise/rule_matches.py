"""Which rules match which block, and which of those matches hold where the block stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.labels import METADATA_LABELS, NOISE_LABELS, Label
from copydesk.noise.evidence import NUMBER_OF, Evidence
from copydesk.noise.rules import Rule, RuleBook
from copydesk.noise.segments import find_documents
from copydesk.noise.signals import Signals
from copydesk.text.fold import fold_texts

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_HEADING_LIKE: Final = (Label.RECOMMENDATION, Label.COMMENTS, Label.NAVIGATION, Label.TIMESTAMP)
_NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Matches:
    """Rules that match blocks, in the order of the blocks, and for each block in that of the rules.

    Attributes:
        rows: [n] the row of the block.
        rules: [n] the rule.
        one_word: [n] the block is a single word.
        n_blocks: how many blocks there are, matched or not.
    """

    rows: Ints
    rules: tuple[Rule, ...]
    one_word: Bools
    n_blocks: int

    def choose(self, chosen: Iterable[bool]) -> "Matches":
        """Return only the chosen matches."""
        kept = np.fromiter(chosen, dtype=bool, count=len(self.rules))
        rules = tuple(rule for rule, keep in zip(self.rules, kept.tolist(), strict=True) if keep)
        return Matches(self.rows[kept], rules, self.one_word[kept], self.n_blocks)

    def number_labels(self) -> Ints:
        """Return [n_blocks] the number in `LABEL_NUMBERS` of the label of each block's first rule, 0 without one."""
        numbers = np.zeros(self.n_blocks, dtype=np.int64)
        # Of several rules the first counts, so it is written last.
        numbers[self.rows[::-1]] = [LABEL_NUMBERS[rule.label] for rule in reversed(self.rules)]
        return numbers

    def mark_blocks(self, chosen: Iterable[bool]) -> Bools:
        """Return [n_blocks] whether one of the chosen matches is the block's."""
        marks = np.zeros(self.n_blocks, dtype=bool)
        marks[self.rows[np.fromiter(chosen, dtype=bool, count=len(self.rules))]] = True
        return marks


LABEL_NUMBERS: Final = {label: i for i, label in enumerate((*NOISE_LABELS, *METADATA_LABELS), 1)}


class Bodies(NamedTuple):
    """Of each block's document, the rows where the body starts and ends; -1 in documents without prose."""

    starts: Ints
    ends: Ints


def match_rules(signals: Signals, book: RuleBook) -> Matches:
    """Return every rule that matches a block, wherever the block stands. Equal texts are looked at once."""
    is_short = signals["n_chars"] <= book.longest_block
    short = np.flatnonzero(is_short.to_numpy())
    texts = signals["text"].filter(is_short).to_list()
    found = match_texts(texts, book)
    matched = [(row, rule) for row, text in zip(short.tolist(), texts, strict=True) for rule in found.get(text, ())]
    rows = np.array([row for row, _ in matched], dtype=np.int64)
    one_word = signals["n_words"].to_numpy()[rows] == 1
    return Matches(rows, tuple(rule for _, rule in matched), one_word, signals.height)


def match_texts(texts: Iterable[str], book: RuleBook) -> dict[str, list[Rule]]:
    """Return those of some blocks' verbatim texts that a rule matches, with their rules in the order of the files."""
    distinct = list(dict.fromkeys(texts))
    found: dict[str, list[Rule]] = {}
    if not distinct:
        return found
    for number, rule in book.match_folded(fold_texts(pl.Series(distinct, dtype=pl.String)).to_list()):
        found.setdefault(distinct[number], []).append(rule)
    return found


def find_bodies(signals: Signals, matches: Matches) -> Bodies:
    """Return where each document's body starts and ends: its first and last prose that no rule speaks against."""
    documents = find_documents(signals["block_index"])
    certain = matches.mark_blocks(rule.place == "anywhere" for rule in matches.rules)
    is_prose = signals["is_prose"].to_numpy() & ~certain
    return Bodies(
        documents.spread(documents.find_next(is_prose)[documents.starts]),
        documents.spread(documents.find_last(is_prose)[documents.starts + documents.sizes - 1]),
    )


def place_matches(matches: Matches, bodies: Bodies) -> Matches:
    """Return the matches whose rule holds where the block stands, seen from the body.

    Inside the body a single word such as "Recommendations" or "Comments" may well be a subheading.
    """
    start, end = bodies.starts[matches.rows], bodies.ends[matches.rows]
    has_body = start != _NONE
    before, after = has_body & (matches.rows < start), has_body & (matches.rows > end)
    may_be_heading = matches.one_word & has_body & ~before & ~after
    places = zip(matches.rules, before.tolist(), after.tolist(), may_be_heading.tolist(), strict=True)
    return matches.choose(
        _holds(rule, is_before, is_after) and not (maybe_heading and rule.label in _HEADING_LIKE)
        for rule, is_before, is_after, maybe_heading in places
    )


def _holds(rule: Rule, before: bool, after: bool) -> bool:
    match rule.place:
        case "before_body":
            return before
        case "after_body":
            return after
        case "outside_body":
            return before or after
        case _:
            return True


def report_matches(matches: Matches) -> Evidence:
    """Return the matches as evidence; a rule is certain of what it says."""
    n = len(matches.rules)
    return Evidence(
        rows=matches.rows,
        labels=np.array([NUMBER_OF[rule.label] for rule in matches.rules], dtype=np.int64),
        reasons=np.array([rule.id for rule in matches.rules], dtype=object),
        scores=np.ones(n),
        certain=np.ones(n, dtype=bool),
        by_model=np.zeros(n, dtype=bool),
    )
