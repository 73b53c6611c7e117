"""Which block is the title of its document, and which short lines stand above it.

Every headline-like block above or near the start of the body is a candidate. Trained trees say how probable it is that
the candidate is the title; the best one is it, if it is probable enough. No title is better than a wrong one.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.labels import ROLE_OF, Label
from copydesk.noise.rule_matches import Bodies, Matches
from copydesk.noise.signals import Signals
from copydesk.noise.title_features import TITLE_FEATURES, Block, Page
from copydesk.schemas import EVIDENCE, Evidence
from copydesk.trees import TreeEnsemble


@dataclass(frozen=True, slots=True)
class Candidates:
    """Blocks that may be the title, with their features in the order of `TITLE_FEATURES`."""

    document_ids: list[str]
    block_indexes: list[int]
    features: NDArray[np.float32]


TITLE_THRESHOLD: Final = 0.4
"""How probable a title must be; chosen on sites not trained on, where it is wrong on 3 of 100 extracted articles."""
LONG_TITLE_THRESHOLD: Final = 0.85
"""The same for candidates of 120 characters or more: three in four that the trees held for titles were none."""
_LONG_CHARS: Final = 120
# How many of the blocks above the title are noise, see `benchmarks.calibration`; the title's own is set by hand.
_TITLE_SCORE: Final = 0.98
_ABOVE_TITLE_SCORE: Final = 0.99
_KICKER_WORDS: Final = 5


def point_at_titles(signals: Signals, matches: Matches, bodies: Bodies, trees: TreeEnsemble) -> Evidence:
    """Point at each document's title, and at short lines above it as navigation.

    Args:
        signals: the blocks of whole documents, in order.
        matches: the rules that hold for them.
        bodies: where the bodies start and end.
        trees: trees over `TITLE_FEATURES`, positive for a title.
    """
    documents = list(_read_documents(signals, matches))
    starts = dict(bodies.select("document_id", "body_start").iter_rows())
    rows: list[tuple[object, ...]] = []
    titles = choose_titles(_measure_documents(documents, starts), trees)
    for document_id, blocks in documents:
        if document_id not in titles:
            continue
        position = titles[document_id] - blocks[0].block_index
        rows.append(_point(document_id, blocks[position], "title", Label.TITLE, _TITLE_SCORE))
        rows += [
            _point(document_id, block, "above_title", Label.NAVIGATION, _ABOVE_TITLE_SCORE)
            for block in blocks[:position]
            if not block.label and block.n_words <= _KICKER_WORDS and not block.ends_sentence
        ]
    return EVIDENCE.check(pl.DataFrame(rows, schema=dict(EVIDENCE.columns), orient="row"))


def _point(document_id: str, block: Block, detector: str, label: Label, score: float) -> tuple[object, ...]:
    reason = f"structure.{detector}"
    return (document_id, block.block_index, detector, False, ROLE_OF[label].value, label.value, reason, score)


def choose_titles(candidates: Candidates, trees: TreeEnsemble) -> dict[str, int]:
    """Return the index of the block that is each document's title; documents without a probable one are left out.

    Capitalised words alone, none of them in the body, are a menu whatever the trees say.
    """
    if not candidates.document_ids:
        return {}
    shared, small = (
        candidates.features[:, TITLE_FEATURES.index(name)] for name in ("log_words_in_body", "small_words")
    )
    is_long = candidates.features[:, TITLE_FEATURES.index("log_chars")] >= math.log(_LONG_CHARS)
    needed = np.where(is_long, _to_score(LONG_TITLE_THRESHOLD), _to_score(TITLE_THRESHOLD))
    scores = trees.predict(candidates.features)[:, 0]
    scores = np.where((shared == 0) & (small == 0) | (scores < needed), -np.inf, scores)
    best: dict[str, tuple[float, int]] = {}
    for document_id, index, score in zip(
        candidates.document_ids, candidates.block_indexes, scores.tolist(), strict=True
    ):
        if score > best.get(document_id, (-math.inf, 0))[0]:
            best[document_id] = (score, index)
    return {document_id: index for document_id, (_, index) in best.items()}


def _to_score(probability: float) -> float:
    return -math.log(1 / probability - 1)


def measure_candidates(signals: Signals, matches: Matches, bodies: Bodies) -> Candidates:
    """Return the candidates of whole documents with their features."""
    starts = dict(bodies.select("document_id", "body_start").iter_rows())
    return _measure_documents(list(_read_documents(signals, matches)), starts)


def _read_documents(signals: Signals, matches: Matches) -> Iterator[tuple[str, Sequence[Block]]]:
    labels: dict[tuple[str, int], str] = {}
    for document_id, block_index, label in matches.select("document_id", "block_index", "label").iter_rows():
        labels.setdefault((document_id, block_index), label)
    rows = signals.select("document_id", *Block._fields[:-1]).iter_rows()
    for document_id, group in groupby(rows, key=lambda row: row[0]):
        yield document_id, [Block._make((*row[1:], labels.get(row[:2]))) for row in group]


def _measure_documents(documents: Sequence[tuple[str, Sequence[Block]]], starts: dict[str, int]) -> Candidates:
    ids: list[str] = []
    indexes: list[int] = []
    rows: list[list[float]] = []
    for document_id, blocks in documents:
        page = Page(blocks, starts.get(document_id, len(blocks)))
        ids += [document_id] * len(page.candidates)
        indexes += [blocks[i].block_index for i in page.candidates]
        rows += page.measure()
    features = np.array(rows, dtype=np.float32).reshape(len(rows), len(TITLE_FEATURES))
    return Candidates(ids, indexes, features)
