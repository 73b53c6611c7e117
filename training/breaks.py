"""Training samples for the joiner: line breaks of which it is known whether they part two blocks.

Pages with one line a node, aligned with a rendering that keeps sentences whole; texts of which every line is a block.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from copydesk.text.breaks import measure_breaks
from copydesk.text.cut import read_lines
from training.folds import find_fold
from training.samples import find_group, find_site, read_records
from training.seams import Answered, Glued, IsSeam, SeamSamples, align_texts, answer_places, batch_texts

Record = dict[str, Any]

SOUP: Final = "bs4_nl"
_MAX_CHARS: Final = 30_000
_PART_WEIGHT: Final = 2.0
_PART_LINES: Final = (8, 80)
_EXTRACT_WEIGHT: Final = 6.0
# How many pages are used as they are, by rendering: all of their breaks part blocks.
_WHOLE: Final = {"inscriptis": 0.4, "resiliparse": 0.4, "traf_recall": 0.5, "readability": 0.5, "newspaper": 0.5}
_LIST_MARK: Final = re.compile(r"(?m)^\s*(?:[•*◦▪-]|\d{1,3}\.)\s+")


def read_break_samples(corpus: Path) -> SeamSamples:
    """Read the corpus's texts and measure their line breaks; a seam is a break that parts two blocks."""
    parts = [_measure_batch(batch) for batch in batch_texts(_read_texts(corpus))]
    return SeamSamples(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _measure_batch(texts: Sequence[Glued]) -> Answered:
    sheet, lines, words = read_lines([text.text for text in texts])
    breaks = measure_breaks(sheet, lines, words)
    owner = lines.document[breaks.behind]
    return answer_places(texts, owner, lines.starts[breaks.behind] - sheet.starts[owner], breaks.features)


def _read_texts(corpus: Path) -> Iterator[Glued]:
    draw = random.Random(0)
    sites: dict[str, str] = {}
    pages: dict[str, dict[str, str]] = defaultdict(dict)
    for record in read_records(corpus / "pages_dev.jsonl.zst"):
        sites[record["id"]] = find_site(record["url"])
        pages[record["id"]][record["renderer"]] = record["raw_text"]
    for record in read_records(corpus / "residual_dev.jsonl.zst"):
        fold = find_fold(find_group(record, sites))
        yield Glued(record["raw_text"], _part_blocks, fold, _EXTRACT_WEIGHT)
    for page_id, renderings in pages.items():
        fold = find_fold(sites[page_id])
        soup = renderings[SOUP][:_MAX_CHARS]
        if "resiliparse" in renderings:
            is_seam = align_texts(soup, _LIST_MARK.sub("", renderings["resiliparse"]))
            yield Glued(soup, is_seam, fold, 1)
            yield _take_part(soup, is_seam, fold, draw)
        for name, share in _WHOLE.items():
            if name in renderings and draw.random() < share:
                whole = renderings[name][:_MAX_CHARS]
                yield Glued(whole, _part_blocks, fold, 1)
                yield _take_part(whole, _part_blocks, fold, draw)


def _part_blocks(_: int) -> bool:
    return True


def _take_part(soup: str, is_seam: IsSeam, fold: int, draw: random.Random) -> Glued:
    """Return some lines of a page: an article, or the start of a page, may come in such lines too."""
    starts = [0, *(match.end() for match in re.finditer("\n", soup)), len(soup)]
    first = draw.randrange(len(starts) - 1)
    start, end = starts[first], starts[min(first + draw.randint(*_PART_LINES), len(starts) - 1)]
    return Glued(soup[start:end], lambda offset: is_seam(offset + start), fold, _PART_WEIGHT)
