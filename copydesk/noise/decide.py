"""The one place where evidence becomes a verdict.

In this order: a certain rule wins; then what the document's structure says; then the model; each only if its score
reaches the threshold. In doubt the block is content. A linguist should be able to follow every step.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.labels import ROLE_OF, Label
from copydesk.noise.context import weigh_blocks
from copydesk.noise.evidence import LABELS, NUMBER_OF, Evidence
from copydesk.noise.model import REASON_PAGE
from copydesk.noise.segments import find_documents
from copydesk.noise.signals import Signals
from copydesk.schemas import BLOCKS, VERDICTS, Verdicts
from copydesk.settings import THRESHOLDS, NoiseSettings

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_HEADING_CHARS: Final = 120
_HEADING_WORDS: Final = 20
_PASSAGE_WORDS: Final = 100
_KEPT_REASON: Final = "no_evidence"
_NONE: Final = -1
_LABEL_NAMES: Final = pl.Series([label.value for label in LABELS])
_ROLE_NAMES: Final = pl.Series([ROLE_OF[label].value for label in LABELS])


def decide_verdicts(signals: Signals, evidence: Evidence, settings: NoiseSettings) -> Verdicts:
    """Give each block its one role and label, with the evidence that decided and its score (0 to 1).

    A content block has the reason `no_evidence` and the score of the strongest evidence it withstood, else 0.
    """
    deciding = _choose_evidence(evidence, _find_strong(signals, evidence, settings), signals.height)
    is_content = deciding == _NONE
    labels = _label_content(signals, is_content)
    reasons = np.full(signals.height, _KEPT_REASON, dtype=object)
    scores = np.zeros(signals.height)
    np.maximum.at(scores, evidence.rows, evidence.scores)
    chosen = deciding[~is_content]
    labels[~is_content], reasons[~is_content] = evidence.labels[chosen], evidence.reasons[chosen]
    scores[~is_content] = evidence.scores[chosen]
    decided = [
        _ROLE_NAMES[labels].alias("role"),
        _LABEL_NAMES[labels].alias("label"),
        pl.Series("reason", reasons.tolist(), dtype=pl.String),
        pl.Series("score", scores),
    ]
    return VERDICTS.check(pl.DataFrame([*(signals[name] for name in BLOCKS.columns), *decided]))


def _find_strong(signals: Signals, evidence: Evidence, settings: NoiseSettings) -> Bools:
    """Tell which evidence reaches its threshold, or is certain anyway."""
    thresholds = THRESHOLDS[settings.mode]
    by_model = np.where(evidence.reasons == REASON_PAGE, thresholds.page, thresholds.extract)
    is_passage = weigh_blocks(signals)[evidence.rows] >= _PASSAGE_WORDS
    by_model = np.where(is_passage, np.maximum(by_model, thresholds.passage), by_model)
    strong: Bools = evidence.certain | (evidence.scores >= np.where(evidence.by_model, by_model, thresholds.structure))
    return strong


def _choose_evidence(evidence: Evidence, is_strong: Bools, n_blocks: int) -> Ints:
    """Return the place of the evidence that decides each block, -1 where none is strong enough.

    What is certain comes first, then what is not the model's, then the higher score, then what was there first.
    """
    strong = np.flatnonzero(is_strong)
    by_rank = (-evidence.scores[strong], evidence.by_model[strong], ~evidence.certain[strong])
    ranked = strong[np.lexsort(by_rank)]
    deciding = np.full(n_blocks, _NONE)
    # The first of each block is written last.
    deciding[evidence.rows[ranked[::-1]]] = ranked[::-1]
    return deciding


def _label_content(signals: Signals, is_content: Bools) -> Ints:
    """Return the number of each block's label if it is content: a heading is short and open, with content below it."""
    rows = np.arange(signals.height)
    has_below = find_documents(signals["block_index"]).greatest(np.where(is_content, rows, _NONE)) > rows
    short = (signals["n_chars"].to_numpy() <= _HEADING_CHARS) & (signals["n_words"].to_numpy() <= _HEADING_WORDS)
    is_item = signals["is_list_item"].to_numpy()
    labels = np.where(is_item, NUMBER_OF[Label.LIST_ITEM], NUMBER_OF[Label.PARAGRAPH])
    text = pl.col("text").str
    ends_open = ~(text.contains(r"[.!…,;:]$") | pl.col("ends_sentence") & ~text.contains(r"\?\W*$"))
    marks = signals.select(ends_open=ends_open, is_quote=text.starts_with("> "))
    labels[is_content & short & has_below & ~is_item & marks["ends_open"].to_numpy()] = NUMBER_OF[Label.HEADING]
    labels[marks["is_quote"].to_numpy() & ~is_item] = NUMBER_OF[Label.QUOTE]
    return labels
