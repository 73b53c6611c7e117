"""The one place where evidence becomes a verdict.

In this order: a certain rule wins; then what the document's structure says; then the model; each only if its score
reaches the threshold. In doubt the block is content. A linguist should be able to follow every step.
"""

from typing import Final

import polars as pl

from copydesk.labels import Label, Role
from copydesk.noise.model import REASON_EXTRACT, REASON_PAGE
from copydesk.noise.signals import Signals
from copydesk.schemas import VERDICTS, Evidence, Verdicts
from copydesk.settings import THRESHOLDS, NoiseSettings

_HEADING_CHARS: Final = 120
_HEADING_WORDS: Final = 20
_KEPT_REASON: Final = "no_evidence"
_KEY: Final = ["document_id", "block_index"]


def decide_verdicts(signals: Signals, evidence: Evidence, settings: NoiseSettings) -> Verdicts:
    """Give each block its one role and label, with the evidence that decided and its score (0 to 1).

    A content block has the reason `no_evidence` and the score of the strongest evidence it withstood, else 0.
    """
    blocks = signals.join(_choose_evidence(evidence, settings), on=_KEY, how="left", maintain_order="left")
    kept = ~pl.col("_is_strong").fill_null(value=False)
    decided = blocks.with_columns(
        role=pl.when(kept).then(pl.lit(Role.CONTENT.value)).otherwise("role"),
        reason=pl.when(kept).then(pl.lit(_KEPT_REASON)).otherwise("reason"),
        score=pl.when(kept).then(pl.col("_withstood").fill_null(0.0)).otherwise("score"),
    )
    is_content = pl.col("role") == Role.CONTENT
    return VERDICTS.check(decided.with_columns(label=pl.when(is_content).then(_label_content()).otherwise("label")))


def _choose_evidence(evidence: Evidence, settings: NoiseSettings) -> pl.DataFrame:
    """Return, for each block, the evidence that decides if it is strong enough, and the highest score of any."""
    thresholds = THRESHOLDS[settings.mode]
    needed = (
        pl.when(pl.col("reason") == REASON_PAGE)
        .then(thresholds.page)
        .when(pl.col("reason") == REASON_EXTRACT)
        .then(thresholds.extract)
        .otherwise(thresholds.structure)
    )
    judged = evidence.with_columns(_is_strong=pl.col("certain") | (pl.col("score") >= needed))
    by_rank = [pl.col("_is_strong"), pl.col("certain"), pl.col("detector") != "model", pl.col("score")]
    ranked = judged.sort(by_rank, descending=True, maintain_order=True)
    return ranked.group_by(_KEY).agg(
        pl.col("role", "label", "reason", "score", "_is_strong").first(), _withstood=pl.col("score").max()
    )


def _label_content() -> pl.Expr:
    """Label a content block by its shape: a heading is short, ends no sentence and has content below it."""
    text = pl.col("text")
    ends_open = text.str.contains(r"[.!…,;:]$") | (pl.col("ends_sentence") & ~text.str.contains(r"\?\W*$"))
    short = (pl.col("n_chars") <= _HEADING_CHARS) & (pl.col("n_words") <= _HEADING_WORDS)
    return (
        pl.when("is_list_item")
        .then(pl.lit(Label.LIST_ITEM.value))
        .when(text.str.starts_with("> "))
        .then(pl.lit(Label.QUOTE.value))
        .when(short & ~ends_open & _has_content_below())
        .then(pl.lit(Label.HEADING.value))
        .otherwise(pl.lit(Label.PARAGRAPH.value))
    )


def _has_content_below() -> pl.Expr:
    last_content = pl.col("block_index").filter(pl.col("role") == Role.CONTENT).max().over("document_id")
    return pl.col("block_index") < last_content
