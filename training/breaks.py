"""Training samples for the joiner: line breaks of which it is known whether they part two blocks.

Pages with one line a node, aligned with a rendering that keeps sentences whole; texts of which every line is a block.
"""

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from copydesk.text.breaks import measure_breaks
from copydesk.text.cut import read_lines
from training.folds import find_fold
from training.samples import find_group, read_records
from training.seams import Answered, Glued, SeamSamples, align_texts, answer_places, batch_texts, read_pages

SOUP: Final = "bs4_nl"
_MAX_CHARS: Final = 30_000
_WHOLE_WEIGHT: Final = 1.0
_EXTRACT_WEIGHT: Final = 3.0
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
    sites, pages = read_pages(corpus)
    for record in read_records(corpus / "residual_dev.jsonl.zst"):
        fold = find_fold(find_group(record, sites))
        yield Glued(record["raw_text"], lambda _: True, fold, _EXTRACT_WEIGHT)
    for page_id, renderings in pages.items():
        fold = find_fold(sites[page_id])
        soup = renderings[SOUP][:_MAX_CHARS]
        if "resiliparse" in renderings:
            yield Glued(soup, align_texts(soup, _LIST_MARK.sub("", renderings["resiliparse"])), fold, 1)
        for name, share in _WHOLE.items():
            if name in renderings and draw.random() < share:
                yield Glued(renderings[name][:_MAX_CHARS], lambda _: True, fold, _WHOLE_WEIGHT)
