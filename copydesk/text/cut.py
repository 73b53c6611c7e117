"""Cutting documents into blocks, the unit of every decision."""

import polars as pl

from copydesk.noise.rules import Vocabulary
from copydesk.schemas import BLOCKS, Blocks, Texts
from copydesk.text.lines import find_lines, join_wrapped_lines
from copydesk.text.seams import collect_words, find_seams, split_at

Piece = tuple[int, int, int]
"""Line number, start and end of a block."""


def cut_blocks(texts: Texts, vocabulary: Vocabulary) -> Blocks:
    """Cut each document into blocks: lines, unwrapped, and cut again where they were glued.

    Every character that is not white space lies in exactly one block.
    """
    rows: dict[str, list[object]] = {name: [] for name in BLOCKS.columns}
    for document_id, text in texts.select("document_id", "text").iter_rows():
        pieces = cut_text(text, vocabulary)
        rows["document_id"] += [document_id] * len(pieces)
        rows["block_index"] += range(len(pieces))
        rows["line_index"] += [line for line, _, _ in pieces]
        rows["char_start"] += [start for _, start, _ in pieces]
        rows["char_end"] += [end for _, _, end in pieces]
        rows["text"] += [text[start:end] for _, start, end in pieces]
    return BLOCKS.check(pl.DataFrame(rows, schema=dict(BLOCKS.columns)))


def cut_text(text: str, vocabulary: Vocabulary) -> list[Piece]:
    """Return the blocks of one text in order."""
    words = collect_words(text)
    pieces: list[Piece] = []
    for index, (line_start, line_end) in enumerate(join_wrapped_lines(text, find_lines(text))):
        seams = find_seams(text[line_start:line_end], words, vocabulary)
        spans = (_strip_span(text, start, end) for start, end in split_at(line_start, line_end, seams))
        pieces += [(index, start, end) for start, end in spans if start < end]
    return pieces


def _strip_span(text: str, start: int, end: int) -> tuple[int, int]:
    block = text[start:end]
    return start + len(block) - len(block.lstrip()), end - len(block) + len(block.rstrip())
