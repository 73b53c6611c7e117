"""What a block's place in its document says of it: sections, repeats, titles of videos; and the title.

The detectors look at all documents at once, in columns; only blocks cut off with an ellipsis are read one by one.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.labels import Label
from copydesk.noise.copies import Squashed, squash_blocks
from copydesk.noise.evidence import Evidence, join_evidence, report_rows
from copydesk.noise.rule_matches import LABEL_NUMBERS, Bodies, Matches
from copydesk.noise.segments import Documents, find_documents
from copydesk.noise.signals import Signals
from copydesk.noise.title import point_at_titles
from copydesk.text.fold import squash_text
from copydesk.trees import TreeEnsemble

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """The blocks of whole documents as the detectors see them.

    Attributes:
        signals: the blocks.
        documents: which blocks make up which document.
        labels: [n_blocks] the number of the label that a rule gives, 0 without one.
        opens_section: [n_blocks] the block heads a list.
        bodies: where the bodies start and end.
        squashed: the letters and digits of the blocks.
        ends: how each block ends: `is_cut_off` with an ellipsis, `has_stop` with a full stop, `is_sign` with a sign as
            it began, no letter or digit between.
    """

    signals: Signals
    documents: Documents
    labels: Rows
    opens_section: NDArray[np.bool_]
    bodies: Bodies
    squashed: Squashed
    ends: pl.DataFrame


class Detector(NamedTuple):
    """A detector, with the label and the score of what it points at.

    Attributes:
        find_rows: returns the rows it points at.
        score: how many of the blocks it points at are noise, see `benchmarks.calibration`. Not so for repeats: to the
            gold texts both copies are content, so theirs is set by hand.
    """

    name: str
    label: Label
    score: float
    find_rows: Callable[[Layout], Rows]


_MIN_REPEAT: Final = 40
_MIN_TAIL: Final = 8
_ELLIPSIS: Final = r"""(?:\.\.\.|…)["'”»“ )\]]*$"""
# These bound the work on pages of many lines that are cut off, or that stand twice.
_MAX_COMPARED: Final = 200
_MAX_PASSAGE: Final = 20
_SUBHEADING_CHARS: Final = 60
_FULL_STOP: Final = r"""[^.][.。｡।۔][\"'”»“)」』]*$"""
_NO_TITLE_END: Final = (".", ":", ";", ",")


def point_by_structure(signals: Signals, matches: Matches, bodies: Bodies, titles: TreeEnsemble) -> Evidence:
    """Return the evidence of every detector of this module and, by the trees in `titles`, of the title."""
    layout = Layout(
        signals,
        find_documents(signals["block_index"]),
        matches.number_labels(),
        matches.mark_blocks(rule.opens_section for rule in matches.rules),
        bodies,
        squash_blocks(signals["text"]),
        _read_ends(signals),
    )
    found = [
        report_rows(detector.find_rows(layout), f"structure.{detector.name}", detector.label, detector.score)
        for detector in DETECTORS
    ]
    return join_evidence([*found, point_at_titles(signals, matches, bodies, layout.squashed, titles)])


def _read_ends(signals: Signals) -> pl.DataFrame:
    text = pl.col("text").str
    return signals.select(
        is_cut_off=text.contains(_ELLIPSIS),
        has_stop=text.contains(_FULL_STOP),
        is_sign=~text.contains(r"[\p{L}\p{N}]"),
    )


def find_sign_lines(layout: Layout) -> Rows:
    """Find blocks without a letter or digit: separators, bullets and buttons of the page."""
    return np.flatnonzero(layout.ends["is_sign"].to_numpy())


def find_sections(layout: Layout) -> Rows:
    """Find the headlines under a heading such as "Trending", up to the next prose.

    What ends with a full stop is no headline. The last line above that prose heads it, if it is no list item: what is
    short stays, and above the body any line.
    """
    opens, signals = layout.opens_section, layout.signals
    if not opens.any():
        return np.zeros(0, dtype=np.int64)
    closes = ~opens & signals["is_prose"].to_numpy() & ~signals["is_list_item"].to_numpy()
    rows = np.arange(len(opens))
    opener = np.maximum.accumulate(np.where(opens, rows, -1))
    closer = np.maximum.accumulate(np.where(closes, rows, -1))
    is_inside = (opener > closer) & (opener >= layout.documents.start)
    ends_open = ~layout.ends["has_stop"].to_numpy()
    members = np.flatnonzero(is_inside & ~opens & ends_open & (layout.labels == 0))
    ends = np.flatnonzero(closes)
    ends = ends[np.insert(is_inside, 0, False)[ends] & (layout.documents.start[ends] < ends)]
    return members[~np.isin(members, _find_headlines(layout, members, opener, ends))]


def _find_headlines(layout: Layout, members: Rows, opener: Rows, ends: Rows) -> Rows:
    """Return the members of sections that head the prose in the rows of `ends`, right behind the section."""
    places = np.searchsorted(members, ends) - 1
    last = members[np.clip(places, 0, None)] if len(members) else np.zeros(len(ends), dtype=np.int64)
    has_members = (places >= 0) & (last > opener[ends])
    above_body = ends == layout.bodies.starts[ends]
    is_short = layout.signals["n_chars"].to_numpy()[last] <= _SUBHEADING_CHARS
    is_headline = has_members & (above_body | is_short) & ~layout.signals["is_list_item"].to_numpy()[last]
    headlines: Rows = last[is_headline]
    return headlines


def find_repeats(layout: Layout) -> Rows:
    """Find the copies of blocks that stand twice, whole or cut off with an ellipsis.

    Of two whole copies the first stays; of a whole and a cut one the whole one does.
    """
    cut_off = _find_cut_off(layout)
    long = np.setdiff1d(np.flatnonzero(layout.squashed.lengths >= _MIN_REPEAT), cut_off)
    keys = layout.squashed.key_blocks(layout.documents)[long]
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    is_copy = first[number] != np.arange(len(long))
    return np.union1d(long[is_copy], cut_off)


def _find_cut_off(layout: Layout) -> Rows:
    """Return the blocks of passages that end in an ellipsis and stand in their document once more."""
    texts = layout.signals["text"]
    cut_off = np.flatnonzero(layout.ends["is_cut_off"].to_numpy())
    starts, first = np.unique(layout.documents.start[cut_off], return_index=True)
    found: list[int] = []
    for start, rows in zip(starts.tolist(), np.split(cut_off, first)[1:], strict=True):
        page = texts[start : layout.documents.end[start]].to_list()
        found += [start + row for row in _find_copied(page, (rows - start).tolist())]
    return np.array(found, dtype=np.int64)


def _find_copied(texts: Sequence[str], cut_off: Sequence[int]) -> Iterator[int]:
    """Yield the numbers of the blocks of one document that are copies, given those that end in an ellipsis.

    A copy, of one block or of several, stands in the rest of the document or is the start of a longer block of
    `cut_off`.
    """
    squashed = {row: squash_text(texts[row]) for row in cut_off[:_MAX_COMPARED]}
    letters = {row: mine for row, mine in squashed.items() if len(mine) >= _MIN_TAIL}
    rest = "|".join(_squash_runs(texts, letters))
    for row, mine in letters.items():
        first = row
        while (
            first > max(0, row - _MAX_PASSAGE)
            and mine in rest
            and (longer := squash_text(texts[first - 1]) + mine) in rest
        ):
            first, mine = first - 1, longer  # noqa: PLW2901
        is_start = any(len(other) > len(mine) and other.startswith(mine) for other in letters.values())
        if len(mine) >= _MIN_REPEAT and (mine in rest or is_start):
            yield from range(first, row + 1)


def _squash_runs(texts: Sequence[str], left_out: Container[int]) -> Iterator[str]:
    """Yield the letters and digits of the runs of blocks between those left out."""
    for is_left_out, run in groupby(range(len(texts)), key=lambda row: row in left_out):
        if not is_left_out:
            yield "".join([squash_text(texts[row]) for row in run])


def find_media_titles(layout: Layout) -> Rows:
    """Find a headline right above a video that could not be shown, behind the body: the video's title."""
    rows = np.flatnonzero(layout.labels == LABEL_NUMBERS[Label.MEDIA_PLACEHOLDER]) - 1
    rows = rows[rows + 1 > layout.documents.start[rows + 1]]
    has_body = layout.bodies.ends[rows] >= 0
    is_headline = ~layout.signals["is_prose"].to_numpy()[rows] & (layout.labels[rows] == 0)
    rows = rows[is_headline & has_body & (rows > layout.bodies.ends[rows])]
    ends_open = [not text.endswith(_NO_TITLE_END) for text in layout.signals["text"][rows].to_list()]
    headlines: Rows = rows[np.array(ends_open, dtype=bool)]
    return headlines


DETECTORS: Final = (
    Detector("signs_only", Label.NAVIGATION, 1.0, find_sign_lines),
    Detector("section", Label.RECOMMENDATION, 0.97, find_sections),
    Detector("repeat", Label.REPEATED, 0.95, find_repeats),
    Detector("media_title", Label.RECOMMENDATION, 0.7, find_media_titles),
)
