"""The one place where evidence becomes a verdict.

In this order: a certain rule wins; then what the document's structure says; then the model; each only if its score
reaches the threshold. In doubt the block is content. A linguist should be able to follow every step.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.labels import Label, Role
from copydesk.noise.model import REASON_EXTRACT, REASON_PAGE
from copydesk.noise.segments import find_documents
from copydesk.noise.signals import Signals
from copydesk.schemas import VERDICTS, Evidence, Verdicts
from copydesk.settings import THRESHOLDS, NoiseSettings

Bools = NDArray[np.bool_]

_HEADING_CHARS: Final = 120
_HEADING_WORDS: Final = 20
_KEPT_REASON: Final = "no_evidence"
_NONE: Final = -1
_TOLD: Final = ("role", "label", "reason", "score")


def decide_verdicts(signals: Signals, evidence: Evidence, settings: NoiseSettings) -> Verdicts:
    """Give each block its one role and label, with the evidence that decided and its score (0 to 1).

    A content block has the reason `no_evidence` and the score of the strongest evidence it withstood, else 0.
    """
    deciding = _choose_evidence(evidence, _find_strong(evidence, settings), signals.height)
    withstood = np.zeros(signals.height)
    np.maximum.at(withstood, evidence["row"].to_numpy(), evidence["score"].to_numpy())
    is_content = deciding == _NONE
    labels = _label_content(signals, is_content)
    kept = {"role": Role.CONTENT.value, "label": labels, "reason": _KEPT_REASON, "score": withstood}
    pool = pl.concat([evidence.select(_TOLD), pl.DataFrame(kept, schema=evidence.select(_TOLD).schema)])
    decided = pool[np.where(is_content, evidence.height + np.arange(signals.height), deciding)]
    return VERDICTS.check(signals.with_columns(decided))


def _find_strong(evidence: Evidence, settings: NoiseSettings) -> Bools:
    """Tell which evidence reaches its threshold, or is certain anyway."""
    thresholds = THRESHOLDS[settings.mode]
    reason, score = evidence["reason"], evidence["score"].to_numpy()
    is_page, is_extract = ((reason == name).to_numpy() for name in (REASON_PAGE, REASON_EXTRACT))
    needed = np.select([is_page, is_extract], [thresholds.page, thresholds.extract], thresholds.structure)
    strong: Bools = evidence["certain"].to_numpy() | (score >= needed)
    return strong


def _choose_evidence(evidence: Evidence, is_strong: Bools, n_blocks: int) -> NDArray[np.int64]:
    """Return the row of the evidence that decides each block, -1 where none is strong enough.

    What is certain comes first, then what is not the model's, then the higher score, then what was there first.
    """
    strong = np.flatnonzero(is_strong)
    chosen = evidence[strong]
    by_rank = (-chosen["score"].to_numpy(), (chosen["detector"] == "model").to_numpy(), ~chosen["certain"].to_numpy())
    ranked = np.lexsort(by_rank)
    deciding = np.full(n_blocks, _NONE)
    # The first of each block is written last.
    deciding[chosen["row"].to_numpy()[ranked[::-1]]] = strong[ranked[::-1]]
    return deciding


def _label_content(signals: Signals, is_content: Bools) -> pl.Series:
    """Label content blocks by their shape: a heading is short, ends no sentence and has content below it."""
    rows = np.arange(signals.height)
    has_below = find_documents(signals["block_index"]).greatest(np.where(is_content, rows, _NONE)) > rows
    short = (signals["n_chars"].to_numpy() <= _HEADING_CHARS) & (signals["n_words"].to_numpy() <= _HEADING_WORDS)
    is_item = signals["is_list_item"].to_numpy()
    labels = np.where(is_item, Label.LIST_ITEM.value, Label.PARAGRAPH.value).astype(object)
    may_be_heading = np.flatnonzero(is_content & short & has_below & ~is_item)
    labels[may_be_heading[_end_open(signals[may_be_heading])]] = Label.HEADING.value
    is_quote = signals["text"].str.starts_with("> ").to_numpy()
    labels[is_quote & ~is_item] = Label.QUOTE.value
    return pl.Series(labels.tolist(), dtype=pl.String)


def _end_open(signals: Signals) -> Bools:
    text, ends_sentence = signals["text"], signals["ends_sentence"].to_numpy()
    ends = text.str.contains(r"[.!…,;:]$").to_numpy() | (ends_sentence & ~text.str.contains(r"\?\W*$").to_numpy())
    open_: Bools = ~ends
    return open_
