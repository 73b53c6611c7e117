"""What tells a title: the words it shares with the body, its place, its copies, the blocks around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.labels import METADATA_LABELS
from copydesk.noise.copies import Squashed
from copydesk.noise.rule_matches import LABEL_NUMBERS, Bodies, Matches
from copydesk.noise.segments import Documents, find_documents
from copydesk.noise.signals import Signals
from copydesk.noise.title_words import NEAR, SharedTitleWords, find_title_words, may_be_among, share_title_words
from copydesk.noise.vocabulary import Words

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]

_IN_WORDS: Final = ("log_words_in_body", "share_in_body", "behind_best", "body_distance", "log_body_distance")
_IN_TEXT: Final = ("n_commas", "ends_stop", "ends_question", "has_separator", "has_digit", "small_words")
TITLE_FEATURES: Final = (
    *_IN_WORDS,
    *("log_chars", "n_words", "n_long_words", *_IN_TEXT, "is_list_item", "glued_before", "glued_behind"),
    *("place", "prose_before", "prose_behind", "log_blocks", "n_candidates_behind"),
    *("copies", "starts_others", "in_page_title", "in_line_before"),
    *("label_before", "label_behind", "facts_behind", "chars_before", "chars_behind"),
    *("shared_before", "shared_behind", "body_before", "body_behind", "candidate_before"),
)

_MIN_CHARS: Final = 6
_MAX_CHARS: Final = 260
_MAX_STOPS: Final = 2
_MAX_PROSE_BEFORE: Final = 0.35
_BODY_CHARS: Final = 8000
_BEHIND: Final = 12
_FAR: Final = 30
_MIN_COPY: Final = 8
_MAX_LINE_EXTRA: Final = 90
_FACTS_BEHIND: Final = 5
_FIRST_FACT: Final = min(LABEL_NUMBERS[label] for label in METADATA_LABELS)
_STOPS: Final = r"""[.!?]["'”»)]*\s"""
# Scripts without spaces, and Korean: a single word may be a title.
_SHORT_WORDED: Final = r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\uac00-\ud7a3]"


@dataclass(frozen=True, slots=True)
class Page:
    """The blocks of whole documents as the search for titles needs them, [n_blocks] each.

    Attributes:
        documents: which blocks make up which document.
        texts: verbatim.
        n_chars: characters.
        n_words: words.
        lines: the number of the line that the block stands on.
        is_prose: sentences.
        is_list_item: it starts as list items do.
        labels: the number of the label that a rule gives it, 0 without one.
        distance: blocks from here to the start of the body; without a body, to the end of the document.
        prose_before: the share of the document's prose that stands before it.
    """

    documents: Documents
    texts: pl.Series
    n_chars: Ints
    n_words: Ints
    lines: Ints
    is_prose: Bools
    is_list_item: Bools
    labels: Ints
    distance: Ints
    prose_before: NDArray[np.float64]


def read_page(signals: Signals, matches: Matches, bodies: Bodies) -> Page:
    """Return blocks as the search for titles needs them."""
    documents = find_documents(signals["block_index"])
    columns = {name: signals[name].to_numpy() for name in ("n_chars", "n_words", "is_prose", "is_list_item")}
    labels = matches.number_labels()
    prose = np.where(columns["is_prose"] & (labels == 0), columns["n_chars"], 0)
    before = np.cumsum(prose) - prose
    before -= before[documents.start]
    starts = np.where(bodies.starts < 0, documents.end, bodies.starts)
    return Page(
        documents=documents,
        texts=signals["text"],
        lines=signals["line_index"].to_numpy(),
        labels=labels,
        distance=starts - np.arange(len(labels)),
        prose_before=before / documents.total(prose).clip(1),
        **columns,
    )


def find_candidates(page: Page) -> Ints:
    """Return the rows of the blocks that may be the title: headline-like, above or near the start of the body."""
    reaches = (page.distance >= 0) | (page.prose_before <= _MAX_PROSE_BEFORE)
    fits = (page.n_chars >= _MIN_CHARS) & (page.n_chars <= _MAX_CHARS)
    rows = np.flatnonzero(reaches & fits & (page.labels == 0))
    found = page.texts[rows].to_frame("text").select(
        stops=pl.col("text").str.count_matches(_STOPS), short_worded=pl.col("text").str.contains(_SHORT_WORDED)
    )  # fmt: skip
    has_words = (page.n_words[rows] > 1) | found["short_worded"].to_numpy()
    chosen: Ints = rows[has_words & (found["stops"].to_numpy() <= _MAX_STOPS)]
    return chosen


def measure_candidates(page: Page, squashed: Squashed, rows: Ints) -> Floats:
    """Return [n_candidates, len(TITLE_FEATURES)] features of the candidates in `rows`, ascending."""
    is_candidate = np.zeros(len(page.n_chars), dtype=bool)
    is_candidate[rows] = True
    shared = _share_words(page, is_candidate)
    columns = (
        _compare_with_body(page, shared, is_candidate, rows)
        | _describe_texts(page.texts[rows])
        | _place(page, is_candidate, rows)
        | _find_copies(page, squashed, shared, rows)
        | _look_around(page, shared, is_candidate, rows)
    )
    return np.stack([columns[name].astype(np.float32, copy=False) for name in TITLE_FEATURES]).T


def _share_words(page: Page, is_candidate: Bools) -> SharedTitleWords:
    """Look up the words of candidates and of the blocks around them; of the body its first characters are read."""
    is_prose = page.is_prose & (page.labels == 0)
    chars = np.cumsum(np.where(is_prose, page.n_chars + 1, 0))
    before = np.concatenate([[0], chars[:-1]])
    is_body = is_prose & (before - before[page.documents.start] < _BODY_CHARS)
    near = is_candidate.copy()
    for by in range(1, NEAR + 1):
        near |= page.documents.shift(is_candidate, by, 0) | page.documents.shift(is_candidate, -by, 0)
    read = np.flatnonzero(near | is_body)
    found = find_title_words(page.texts[read])
    words = Words(read[found.rows], found.keys)
    # A word of the body says nothing where no headline has it.
    may_be_shared = near[words.rows] | may_be_among(words.keys, words.keys[near[words.rows]])
    return share_title_words(Words(words.rows[may_be_shared], words.keys[may_be_shared]), is_body, page.documents)


def _compare_with_body(page: Page, shared: SharedTitleWords, is_candidate: Bools, rows: Ints) -> Columns:
    best = page.documents.greatest(np.where(is_candidate, shared.in_body, 0))[rows]
    in_body, distance, n_words = shared.in_body[rows], page.distance[rows], shared.n_words[rows]
    return {
        "log_words_in_body": np.log1p(in_body),
        "share_in_body": in_body / n_words.clip(1),
        "behind_best": np.log1p(best) - np.log1p(in_body),
        "body_distance": distance.clip(-_FAR, _FAR),
        "log_body_distance": np.log1p(abs(distance)),
        "n_long_words": n_words,
    }


def _describe_texts(texts: pl.Series) -> Columns:
    text, end = pl.col("text"), pl.col("text").str.strip_chars_end()
    small, words = text.str.count_matches(r"(?:^|\s)\p{Lowercase}"), text.str.count_matches(r"\S+")
    described = texts.to_frame("text").select(
        n_commas=text.str.count_matches(",", literal=True),
        ends_stop=end.str.contains("[.。]$"),
        ends_question=end.str.contains("[?!？！]$"),
        has_separator=text.str.contains(r"\|| [-–—] "),
        has_digit=text.str.contains(r"\p{Nd}"),
        small_words=small / pl.max_horizontal(words, 1),
    )
    return {name: described[name].to_numpy() for name in _IN_TEXT}


def _place(page: Page, is_candidate: Bools, rows: Ints) -> Columns:
    documents = page.documents
    before, behind = (documents.shift(page.lines, by, -1)[rows] for by in (1, -1))
    ends = np.minimum(rows + 1 + _BEHIND, documents.end[rows])
    chars, prose = (_sum_up(values) for values in (page.n_chars, np.where(page.is_prose, page.n_chars, 0)))
    candidates = _sum_up(is_candidate)
    return {
        "log_chars": np.log(page.n_chars[rows]),
        "n_words": page.n_words[rows],
        "is_list_item": page.is_list_item[rows],
        "glued_before": before == page.lines[rows],
        "glued_behind": behind == page.lines[rows],
        "place": documents.index[rows].clip(max=_FAR),
        "prose_before": page.prose_before[rows],
        "prose_behind": (prose[ends] - prose[rows + 1]) / (chars[ends] - chars[rows + 1]).clip(1),
        "log_blocks": np.log((documents.end - documents.start)[rows]),
        "n_candidates_behind": np.log1p(candidates[documents.end[rows]] - candidates[rows + 1]),
    }


def _sum_up(values: NDArray[Any]) -> Ints:
    """Return the sum of all values before each, and of all."""
    return np.concatenate([[0], np.cumsum(values, dtype=np.int64)])


def _find_copies(page: Page, squashed: Squashed, shared: SharedTitleWords, rows: Ints) -> Columns:
    documents, lengths = page.documents, squashed.lengths
    whole = squashed.hash_spans(rows, 0, lengths[rows])
    starts, inside = np.zeros(len(rows)), np.zeros(len(rows))
    for by in range(1, _FAR + 1):
        others = rows + by
        fits = np.flatnonzero(others < documents.end[rows])
        fits = fits[lengths[others[fits]] >= lengths[rows[fits]]]
        starts[fits] += squashed.hash_spans(others[fits], 0, lengths[rows[fits]]) == whole[fits]
    for by in range(1, _BEHIND + 1):
        others = rows - by
        fits = np.flatnonzero(others >= documents.start[rows])
        extra = lengths[others[fits]] - lengths[rows[fits]]
        fits = fits[(extra > 0) & (extra < _MAX_LINE_EXTRA)]
        inside[fits] += _contain(squashed, others[fits], lengths[rows[fits]], whole[fits])
    is_known = lengths[rows] >= _MIN_COPY
    in_head = np.where(documents.index[rows] >= NEAR, shared.in_head[rows] / shared.n_words[rows].clip(1), 0)
    return {
        "copies": np.where(is_known, _count_copies(page, squashed)[rows] - 1, 0),
        "starts_others": np.where(is_known, starts, 0),
        "in_page_title": np.where(is_known, in_head, 0),
        "in_line_before": np.where(is_known, inside, 0),
    }


def _contain(squashed: Squashed, others: Ints, sizes: Ints, wanted: NDArray[np.uint64]) -> Bools:
    """Return whether each of the other blocks contains the letters with the wanted hash, so many of them."""
    n_places = squashed.lengths[others] - sizes + 1
    pair = np.repeat(np.arange(len(others)), n_places)
    from_ = np.arange(len(pair)) - np.repeat(np.cumsum(n_places) - n_places, n_places)
    found = squashed.hash_spans(others[pair], from_, from_ + sizes[pair]) == wanted[pair]
    return np.bincount(pair[found], minlength=len(others)) > 0


def _count_copies(page: Page, squashed: Squashed) -> Ints:
    """Return how many blocks of the document have the same letters and digits."""
    keys = squashed.key_blocks(page.documents)
    _, number, counts = np.unique(keys, return_inverse=True, return_counts=True)
    copies: Ints = counts[number]
    return copies


def _look_around(page: Page, shared: SharedTitleWords, is_candidate: Bools, rows: Ints) -> Columns:
    documents = page.documents
    has_label, states_fact = page.labels > 0, page.labels >= _FIRST_FACT
    in_body = np.where(is_candidate, shared.in_body, 0)
    around = {by: documents.shift(in_body, by, 0)[rows] for by in (*range(-NEAR, 0), *range(1, NEAR + 1))}
    n_words = shared.n_words[rows].clip(1)
    with_former = [documents.shift(shared.with_next[by - 1], by, 0)[rows] for by in range(1, NEAR + 1)]
    return {
        "label_before": documents.shift(has_label.astype(np.int8), 1, -1)[rows],
        "label_behind": documents.shift(has_label.astype(np.int8), -1, -1)[rows],
        "facts_behind": _any_of([documents.shift(states_fact, -by, 0)[rows] for by in range(1, _FACTS_BEHIND + 1)]),
        "chars_before": documents.shift(page.n_chars, 1, 0)[rows],
        "chars_behind": documents.shift(page.n_chars, -1, 0)[rows],
        "shared_before": np.max(with_former, axis=0) / n_words,
        "shared_behind": shared.with_next.max(axis=0)[rows] / n_words,
        "body_before": np.max([around[by] for by in range(1, NEAR + 1)], axis=0),
        "body_behind": np.max([around[by] for by in range(-NEAR, 0)], axis=0),
        "candidate_before": _any_of([documents.shift(is_candidate, by, 0)[rows] for by in range(1, NEAR + 1)]),
    }


def _any_of(marks: Sequence[Bools]) -> Bools:
    found: Bools = np.any(marks, axis=0)
    return found
