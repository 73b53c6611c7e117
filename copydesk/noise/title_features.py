"""What tells a title: the words it shares with the body, its place, its copies, the blocks around it."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from copydesk.labels import METADATA_LABELS
from copydesk.text.fold import squash_text


class Block(NamedTuple):
    """A block as far as the search for a title needs it; `label` is what a rule says it is."""

    block_index: int
    text: str
    n_chars: int
    n_words: int
    ends_sentence: bool
    is_list_item: bool
    is_prose: bool
    line_index: int
    label: str | None


TITLE_FEATURES: Final = (
    *("log_words_in_body", "share_in_body", "behind_best", "body_distance", "log_body_distance"),
    *("log_chars", "n_words", "n_long_words", "n_commas", "ends_stop", "ends_question", "has_separator", "has_digit"),
    *("small_words", "is_list_item", "glued_before", "glued_behind"),
    *("place", "prose_before", "prose_behind", "log_blocks", "n_candidates_behind"),
    *("copies", "starts_others", "in_page_title", "in_line_before"),
    *("label_before", "label_behind", "facts_behind", "chars_before", "chars_behind"),
    *("shared_before", "shared_behind", "body_before", "body_behind", "candidate_before"),
)

_CANDIDATE_CHARS: Final = range(6, 261)
_MAX_STOPS: Final = 2
_MAX_PROSE_BEFORE: Final = 0.35
_BODY_CHARS: Final = 8000
_NEAR: Final = 3
_BEHIND: Final = 12
_FAR: Final = 30
_MIN_COPY: Final = 8
_MAX_LINE_EXTRA: Final = 90
# Longer than any candidate, marks between its letters included.
_COMPARED_CHARS: Final = 600
_STOPS: Final = re.compile(r"[.!?][\"'”»)]*\s")
_SEPARATOR: Final = re.compile(r"\|| [-–—] ")
# Not \w, which ends at the vowel signs of Indic scripts.
_WORDS: Final = re.compile(r"[^\s.,:;!?…|()\[\]\"'«»“”„‘’/–—-]+")
# Scripts without spaces, and Korean, whose words have two or three characters.
_SHORT_WORDED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\uac00-\ud7a3]")
_FIRST_SHORT_WORDED: Final = "\u0e00"
_LONG_WORD: Final = 4


class Page:
    """The blocks of one document, and what is worked out of them once."""

    def __init__(self, blocks: Sequence[Block], body_start: int) -> None:
        self.blocks = blocks
        self.body_start = body_start
        self.squashed = [squash_text(block.text[:_COMPARED_CHARS]) for block in blocks]
        self.copies = Counter(self.squashed)
        self.prose_before = self._add_up_prose()
        self.candidates = [i for i, block in enumerate(blocks) if self._reaches(i) and _may_be_title(block)]
        self.words = {i: list_long_words(blocks[i].text) for i in self._list_near_candidates()}
        self.body = self._list_body_words()
        self.in_body = {i: len(self.words[i] & self.body) for i in self.candidates}
        self.best = max(self.in_body.values(), default=0)
        self.head = set().union(*(self.words[i] for i in range(min(_NEAR, len(blocks))) if i in self.words))

    def _add_up_prose(self) -> list[float]:
        """Return the share of the document's prose that stands before each block."""
        lengths = [block.n_chars if block.is_prose and not block.label else 0 for block in self.blocks]
        total = sum(lengths) or 1
        shares, before = [], 0
        for length in lengths:
            shares.append(before / total)
            before += length
        return shares

    def _reaches(self, i: int) -> bool:
        return i <= self.body_start or self.prose_before[i] <= _MAX_PROSE_BEFORE

    def _list_near_candidates(self) -> set[int]:
        near = {j for i in self.candidates for j in range(i - _NEAR, i + _NEAR + 1)}
        return {j for j in near if 0 <= j < len(self.blocks)}

    def _list_body_words(self) -> set[str]:
        prose = " ".join(block.text for block in self.blocks if block.is_prose and not block.label)
        return list_long_words(prose[:_BODY_CHARS])

    def measure(self) -> list[list[float]]:
        """Return a row of features for each candidate."""
        return [self._measure_block(i, rank) for rank, i in enumerate(self.candidates)]

    def _measure_block(self, i: int, rank: int) -> list[float]:
        text = _describe_text(self.blocks[i], len(self.words[i]))
        return [*self._compare_with_body(i), *text, *self._place(i, rank), *self._find_copies(i), *self._look_around(i)]

    def _compare_with_body(self, i: int) -> tuple[float, ...]:
        shared, distance = self.in_body[i], self.body_start - i
        return (
            math.log1p(shared),
            shared / max(1, len(self.words[i])),
            math.log1p(self.best) - math.log1p(shared),
            max(-_FAR, min(_FAR, distance)),
            math.log1p(abs(distance)),
        )

    def _place(self, i: int, rank: int) -> tuple[float, ...]:
        block, count = self.blocks[i], len(self.blocks)
        following = self.blocks[i + 1 : i + 1 + _BEHIND]
        chars = sum(other.n_chars for other in following) or 1
        return (
            i > 0 and self.blocks[i - 1].line_index == block.line_index,
            i + 1 < count and self.blocks[i + 1].line_index == block.line_index,
            min(i, _FAR),
            self.prose_before[i],
            sum(other.n_chars for other in following if other.is_prose) / chars,
            math.log(count),
            math.log1p(len(self.candidates) - rank - 1),
        )

    def _find_copies(self, i: int) -> tuple[float, ...]:
        text = self.squashed[i]
        if len(text) < _MIN_COPY:
            return (0, 0, 0, 0)
        limit = len(text) + _MAX_LINE_EXTRA
        before = [j for j in range(max(0, i - _BEHIND), i) if len(text) < len(self.squashed[j]) < limit]
        return (
            self.copies[text] - 1,
            len([other for other in self.squashed[i + 1 : i + 1 + _FAR] if other.startswith(text)]),
            len(self.words[i] & self.head) / max(1, len(self.words[i])) if i >= _NEAR else 0,
            sum(text in self.squashed[j] for j in before),
        )

    def _look_around(self, i: int) -> tuple[float, ...]:
        before, behind = range(max(0, i - _NEAR), i), range(i + 1, min(len(self.blocks), i + 1 + _NEAR))
        previous = self.blocks[i - 1] if i else None
        following = self.blocks[i + 1] if i + 1 < len(self.blocks) else None
        return (
            -1 if previous is None else previous.label is not None,
            -1 if following is None else following.label is not None,
            any(block.label in METADATA_LABELS for block in self.blocks[i + 1 : i + 3 + _NEAR]),
            previous.n_chars if previous else 0,
            following.n_chars if following else 0,
            self._share_words(i, before),
            self._share_words(i, behind),
            max((self.in_body.get(j, 0) for j in before), default=0),
            max((self.in_body.get(j, 0) for j in behind), default=0),
            any(j in self.in_body for j in before),
        )

    def _share_words(self, i: int, others: range) -> float:
        return max((len(self.words[i] & self.words[j]) for j in others), default=0) / max(1, len(self.words[i]))


def _may_be_title(block: Block) -> bool:
    if block.label or block.n_chars not in _CANDIDATE_CHARS or len(_STOPS.findall(block.text)) > _MAX_STOPS:
        return False
    return block.n_words > 1 or _SHORT_WORDED.search(block.text) is not None


def _describe_text(block: Block, n_long_words: int) -> tuple[float, ...]:
    words, text = block.text.split(), block.text.rstrip()
    return (
        math.log(block.n_chars),
        block.n_words,
        n_long_words,
        text.count(","),
        text.endswith((".", "。")),
        text.endswith(("?", "!", "？", "！")),
        _SEPARATOR.search(text) is not None,
        any(map(str.isdigit, text)),
        sum(word[0].islower() for word in words) / max(1, len(words)),
        block.is_list_item,
    )


def list_long_words(text: str) -> set[str]:
    """Return the long words of a text, case folded; of scripts with short words every pair of characters."""
    words: set[str] = set()
    for word in _WORDS.findall(text.casefold()):
        if word[0] >= _FIRST_SHORT_WORDED and _SHORT_WORDED.match(word):
            words.update(word[i : i + 2] for i in range(len(word) - 1))
        elif len(word) >= _LONG_WORD:
            words.add(word)
    return words
