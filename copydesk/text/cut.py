"""Cutting documents into blocks, the unit of every decision."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.noise.rules import RuleBook
from copydesk.schemas import BLOCKS, Blocks, Texts
from copydesk.text.breaks import measure_breaks
from copydesk.text.characters import Kind
from copydesk.text.lexicon import Lexicon, read_lexicon
from copydesk.text.lines import Lines, find_lines, join_lines, join_wrapped_lines, strip_spans
from copydesk.text.places import find_places
from copydesk.text.seam_features import N_FEATURES, measure_places
from copydesk.text.sheets import Offsets, Sheet, lay_out
from copydesk.text.words import Words, find_words
from copydesk.trees import Floats, TreeEnsemble

CUT_THRESHOLD: Final = 0.38
"""How probable a seam must be. From .5 to .38 boundary F1 of glued pages falls by .004, and more facts are cut free."""
JOIN_THRESHOLD: Final = 0.4
"""How improbable it must be that a line break parts two blocks."""
_LEAST_SCORE: Final = math.log(CUT_THRESHOLD / (1 - CUT_THRESHOLD))
_LEAST_BREAK_SCORE: Final = math.log(JOIN_THRESHOLD / (1 - JOIN_THRESHOLD))
_SHEET_BYTES: Final = 1 << 19


class CuttingTrees(NamedTuple):
    """What tells where blocks end.

    Attributes:
        joiner: over the features of line breaks, positive where they part two blocks.
        cutter: over the features of places in lines, positive where there is a seam.
    """

    joiner: TreeEnsemble
    cutter: TreeEnsemble


class LinedTexts(NamedTuple):
    """Texts with their lines and words."""

    sheet: Sheet
    lines: Lines
    words: Words


@dataclass(frozen=True, slots=True)
class MeasuredTexts:
    """Texts with their lines, broken ones joined, and the places inside lines at which a block may start.

    Attributes:
        sheet: the texts.
        lines: their lines.
        places: offsets in the sheet, ascending.
        words_before: of each place, the same for places of a text that no letter or digit parts; ascending.
        features: [n_places, N_FEATURES].
    """

    sheet: Sheet
    lines: Lines
    places: Offsets
    words_before: NDArray[np.int32]
    features: Floats


def cut_blocks(texts: Texts, book: RuleBook, trees: CuttingTrees) -> Blocks:
    """Cut each document into blocks: lines, put together where they were broken, and cut where they were glued.

    Every character that is not white space lies in exactly one block.

    Args:
        texts: whole documents.
        book: rules and vocabulary.
        trees: what tells where blocks end.
    """
    lexicon = read_lexicon(book)
    groups = list(_split_texts(texts))
    lined = _join_broken_lines([read_lines(group["text"].to_list()) for group in groups], trees.joiner)
    measured = [measure_lines(part, lexicon) for part in lined]
    scores = _judge(trees.cutter, [part.features for part in measured])
    frames = [
        _list_blocks(group["document_id"], part, _choose_seams(part, part_scores))
        for group, part, part_scores in zip(groups, measured, scores, strict=True)
    ]
    return BLOCKS.check(pl.concat([BLOCKS.make_empty(), *frames]))


def _split_texts(texts: Texts) -> Iterator[pl.DataFrame]:
    """Yield runs of documents of about `_SHEET_BYTES` together: what fits the processor's cache is read faster."""
    runs = texts["text"].str.len_bytes().cast(pl.Int64).cum_sum() // _SHEET_BYTES
    edges = [0, *(np.flatnonzero(np.diff(runs.to_numpy())) + 1).tolist(), texts.height]
    yield from (texts[start:end] for start, end in pairwise(edges) if start < end)


def read_lines(texts: Sequence[str]) -> LinedTexts:
    """Find the lines of some texts, hard-wrapped ones joined, and their words."""
    sheet = lay_out(texts)
    return LinedTexts(sheet, join_wrapped_lines(sheet, find_lines(sheet)), find_words(sheet.codes, sheet.kinds))


def _join_broken_lines(parts: Sequence[LinedTexts], joiner: TreeEnsemble) -> list[LinedTexts]:
    """Join the lines between which the joiner is sure that no block ends."""
    breaks = [measure_breaks(part.sheet, part.lines, part.words) for part in parts]
    scores = _judge(joiner, [part.features for part in breaks])
    return [
        part._replace(lines=join_lines(part.lines, at.behind[judged < _LEAST_BREAK_SCORE]))
        for part, at, judged in zip(parts, breaks, scores, strict=True)
    ]


def measure_lines(lined: LinedTexts, lexicon: Lexicon) -> MeasuredTexts:
    """Find and measure the places inside the lines of some texts."""
    sheet, lines, words = lined
    if not len(words.starts):
        nowhere = np.zeros(0, dtype=np.int64)
        return MeasuredTexts(sheet, lines, nowhere, nowhere.astype(np.int32), np.zeros((0, N_FEATURES), np.float32))
    places = find_places(sheet, lines, words, lexicon)
    features = measure_places(sheet, places, words, lexicon)
    # The number of the text parts what stands at the end of one from what stands at the start of the next.
    words_before = words.n_before[places.offsets] + places.document.astype(np.int32)
    return MeasuredTexts(sheet, lines, places.offsets, words_before, features)


def _judge(trees: TreeEnsemble, features: Sequence[Floats]) -> list[Floats]:
    """Return the scores of each part's rows. One call judges all: a tree costs as much for one as for a hundred."""
    sizes = [len(part) for part in features]
    if not any(sizes):
        return [np.zeros(0, dtype=np.float32) for _ in features]
    scores = trees.predict(np.concatenate([part.T for part in features], axis=1).T)[:, 0]
    return np.split(scores, np.cumsum(sizes)[:-1])


def _choose_seams(measured: MeasuredTexts, scores: Floats) -> Offsets:
    """Return the places that are seams: before bullets always, else where the cutter is sure enough.

    Of places that no letter or digit parts at most the likeliest is one.
    """
    scores = np.where(measured.sheet.kinds[measured.places] == Kind.BULLET, np.inf, scores)
    order = np.lexsort((-scores, measured.words_before))
    is_best = np.zeros(len(scores), dtype=bool)
    is_best[order[np.flatnonzero(np.diff(measured.words_before[order], prepend=-1))]] = True
    seams: Offsets = measured.places[is_best & (scores > _LEAST_SCORE)]
    return seams


def _list_blocks(document_ids: pl.Series, measured: MeasuredTexts, seams: Offsets) -> Blocks:
    """Return the blocks: lines, cut at the seams."""
    sheet, lines = measured.sheet, measured.lines
    starts = np.sort(np.append(lines.starts, seams))
    line = np.searchsorted(lines.starts, starts, side="right") - 1
    is_last = np.append(line[1:] != line[:-1], True)[: len(line)]
    ends = np.where(is_last, lines.ends[line], np.append(starts[1:], 0)[: len(line)])
    starts, ends = strip_spans(sheet, starts, ends)
    inked = starts < ends
    starts, ends, line = starts[inked], ends[inked], line[inked]
    document = lines.document[line]
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    columns = {
        "document_id": document_ids.gather(document),
        "block_index": np.arange(len(starts)) - np.searchsorted(document, document),
        "line_index": line - np.searchsorted(lines.document, document),
        "char_start": starts - sheet.starts[document],
        "char_end": ends - sheet.starts[document],
        "text": [sheet.text[start:end] for start, end in spans],
    }
    return pl.DataFrame(columns, schema=dict(BLOCKS.columns))
