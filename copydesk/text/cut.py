"""Cutting documents into blocks, the unit of every decision."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.noise.rules import RuleBook
from copydesk.schemas import BLOCKS, Blocks, Texts
from copydesk.text.lines import Span, find_lines, join_wrapped_lines
from copydesk.text.seams import find_seams, split_at
from copydesk.text.weak_seams import SEAM_FEATURES, find_weak_seams, measure_seams, read_page_words
from copydesk.trees import TreeEnsemble

CUT_THRESHOLD: Final = 0.7
"""How probable a weak seam must be. On the labelled texts of sites not trained on, 98 of 100 cuts of the texts with
nearly everything glued are then right, strong seams included."""


class Piece(NamedTuple):
    """A block: the number of its line, and the code points where it starts and ends."""

    line: int
    start: int
    end: int


class MeasuredLine(NamedTuple):
    """A line with the seams that rules find, the places that may be seams, and the features of those."""

    span: Span
    strong: list[int]
    weak: list[int]
    features: NDArray[np.float32]


def cut_blocks(texts: Texts, book: RuleBook, cutter: TreeEnsemble) -> Blocks:
    """Cut each document into blocks: lines, unwrapped, and cut again where they were glued.

    Every character that is not white space lies in exactly one block.

    Args:
        texts: whole documents.
        book: rules and vocabulary.
        cutter: trees over the features of weak seams, positive where there is a seam.
    """
    rows: dict[str, list[object]] = {name: [] for name in BLOCKS.columns}
    pages = cut_texts(texts["text"].to_list(), book, cutter)
    for document_id, text, pieces in zip(texts["document_id"], texts["text"], pages, strict=True):
        rows["document_id"] += [document_id] * len(pieces)
        rows["block_index"] += range(len(pieces))
        rows["line_index"] += [piece.line for piece in pieces]
        rows["char_start"] += [piece.start for piece in pieces]
        rows["char_end"] += [piece.end for piece in pieces]
        rows["text"] += [text[piece.start : piece.end] for piece in pieces]
    return BLOCKS.check(pl.DataFrame(rows, schema=dict(BLOCKS.columns)))


def cut_texts(texts: Sequence[str], book: RuleBook, cutter: TreeEnsemble) -> list[list[Piece]]:
    """Return the blocks of each text in order. All weak seams are judged in one call."""
    pages = [measure_lines(text, book) for text in texts]
    features = [line.features for lines in pages for line in lines if line.weak]
    scores = cutter.predict(np.concatenate(features))[:, 0] if features else np.zeros(0, dtype=np.float32)
    is_seam = iter((1 / (1 + np.exp(-scores)) > CUT_THRESHOLD).tolist())
    return [
        [
            Piece(number, start, end)
            for number, line in enumerate(lines)
            for start, end in _cut_line(text, line, [offset for offset in line.weak if next(is_seam)])
        ]
        for text, lines in zip(texts, pages, strict=True)
    ]


def measure_lines(text: str, book: RuleBook) -> list[MeasuredLine]:
    """Return the lines of a text, hard-wrapped ones joined, with their seams."""
    spans = join_wrapped_lines(text, find_lines(text))
    page = read_page_words(text, len(spans))
    measured = []
    for span in spans:
        line = text[span.start : span.end]
        strong = find_seams(line, page.folded, book.vocabulary)
        weak = find_weak_seams(line, strong)
        features = measure_seams(line, weak, strong, page, book) if weak else _NO_FEATURES
        measured.append(MeasuredLine(span, strong, [offset for offset, _ in weak], features))
    return measured


_NO_FEATURES: Final = np.zeros((0, len(SEAM_FEATURES)), dtype=np.float32)


def _cut_line(text: str, line: MeasuredLine, chosen: Sequence[int]) -> list[tuple[int, int]]:
    seams = sorted({*line.strong, *chosen})
    spans = (_strip_span(text, start, end) for start, end in split_at(line.span.start, line.span.end, seams))
    return [(start, end) for start, end in spans if start < end]


def _strip_span(text: str, start: int, end: int) -> tuple[int, int]:
    block = text[start:end]
    return start + len(block) - len(block.lstrip()), end - len(block) + len(block.rstrip())
