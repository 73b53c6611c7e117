"""The one place where evidence becomes a verdict.

In this order: a certain rule wins; then the evidence with the highest score, if it reaches the threshold; in doubt the
block is content. A linguist should be able to follow every step.
"""

from typing import Final

import polars as pl

from copydesk.labels import Label, Role
from copydesk.noise.signals import Signals
from copydesk.schemas import VERDICTS, Evidence, Verdicts
from copydesk.settings import NoiseSettings

_HEADING_CHARS: Final = 120
_HEADING_WORDS: Final = 20
_KEPT_REASON: Final = "no_evidence"


def decide_verdicts(signals: Signals, evidence: Evidence, settings: NoiseSettings) -> Verdicts:
    """Give each block its one role and label, with the evidence that decided and its score (0 to 1).

    A content block has the reason `no_evidence` and the score of the strongest evidence it withstood, else 0.
    """
    blocks = signals.join(
        _choose_evidence(evidence), on=["document_id", "block_index"], how="left", maintain_order="left"
    )
    convicted = pl.col("certain") | (pl.col("score") >= settings.threshold)
    decided = blocks.with_columns(convicted=convicted.fill_null(value=False)).with_columns(
        role=pl.when("convicted").then("role").otherwise(pl.lit(Role.CONTENT.value)),
        reason=pl.when("convicted").then("reason").otherwise(pl.lit(_KEPT_REASON)),
        score=pl.col("score").fill_null(0.0),
    )
    label = pl.when("convicted").then("label").otherwise(_label_content())
    return VERDICTS.check(decided.with_columns(label=label))


def _choose_evidence(evidence: Evidence) -> pl.DataFrame:
    ranked = evidence.sort("certain", "score", descending=True, maintain_order=True)
    return ranked.unique(["document_id", "block_index"], keep="first", maintain_order=True)


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
