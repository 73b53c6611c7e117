"""Context: what the model's first opinion of all blocks says of each, and of the document as a whole.

The second pass sees the opinions on the blocks around, and the region: the run of blocks that gains most from being
kept as a whole, which is where the article should be.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.noise.signals import Signals

Floats = NDArray[np.float32]

_SHIFTS: Final = (-4, -3, -2, -1, 1, 2, 3, 4)
_WINDOWS: Final = (3, 7, 15, 31)
_FAR: Final = 50
_MAX_WEIGHT: Final = 300
_CHARS_PER_WORD: Final = 6

KEPT_FEATURES: Final = (
    "log_chars",
    "log_words",
    "rule_noise",
    "rule_label",
    "prose",
    "ends",
    "list_item",
    "words_in_prose",
    "words_often_in_prose",
    "section_start",
    "any_section_start",
    "is_section",
    "is_repeat",
    "is_title",
    "lines_per_block",
    "log_blocks",
    "log_total",
    "place_in_chars",
    "place_in_prose",
    "prose_share",
    "capital_words",
    "rule_share",
    "mean_prose",
    "copies",
    "ngram_score",
)
"""Features of the first pass that the second sees again."""

CONTEXT: Final = (
    "opinion",
    *(f"opinion_{by:+d}" for by in _SHIFTS),
    *(f"opinion_mean_{window}" for window in _WINDOWS),
    "share_before",
    "share_of_document",
    "kept_of_document",
    "best_opinion",
    "in_region",
    "region_start",
    "region_end",
    "region_share",
    *KEPT_FEATURES,
)

PAGE: Final = (
    "share_of_document",
    "kept_of_document",
    "best_opinion",
    "region_share",
    "lines_per_block",
    "log_blocks",
    "log_total",
    "prose_share",
    "rule_share",
    "mean_prose",
    "median_log_chars",
    "max_log_chars",
)
"""What tells a full page from an article that an extractor has already cut out."""


def weigh_blocks(signals: Signals) -> pl.Series:
    """Return how much each block counts: its words, or a sixth of its characters in scripts without spaces."""
    by_chars = pl.col("n_chars") / _CHARS_PER_WORD
    weight = pl.max_horizontal(pl.col("n_words").cast(pl.Float64), by_chars).clip(1, _MAX_WEIGHT)
    return signals.select(weight=weight).to_series()


def measure_context(signals: Signals, features: pl.DataFrame, opinions: Floats) -> pl.DataFrame:
    """Return the columns of `CONTEXT` and `PAGE`, Float32, one row a block.

    Args:
        signals: the blocks.
        features: those of the first pass, with `ngram_score`.
        opinions: log-odds of the first pass that each block is content.
    """
    share = 1 / (1 + np.exp(-opinions.astype(np.float64)))
    blocks = signals.select("document_id").with_columns(
        weigh_blocks(signals), opinion=pl.Series(opinions), _share=pl.Series(share)
    )
    located = _locate_region(blocks.with_columns(_kept=pl.col("_share") * pl.col("weight")))
    wanted = list(dict.fromkeys((*KEPT_FEATURES, *PAGE)))
    known = features.select(name for name in wanted if name in features.columns)
    described = pl.concat([_describe_surroundings(located), known], how="horizontal")
    return described.select(pl.col(dict.fromkeys((*CONTEXT, *PAGE))).cast(pl.Float32))


def _describe_surroundings(blocks: pl.DataFrame) -> pl.DataFrame:
    document, opinion = "document_id", pl.col("opinion")
    kept, weight = pl.col("_kept"), pl.col("weight")
    return blocks.with_columns(
        *(opinion.shift(by).over(document).fill_null(-5).alias(f"opinion_{by:+d}") for by in _SHIFTS),
        *(
            opinion.rolling_mean(window, min_samples=1, center=True).over(document).alias(f"opinion_mean_{window}")
            for window in _WINDOWS
        ),
        share_before=kept.cum_sum().over(document) / kept.sum().over(document),
        share_of_document=kept.sum().over(document) / weight.sum().over(document),
        kept_of_document=kept.sum().over(document).log1p(),
        best_opinion=opinion.max().over(document),
    )


def _locate_region(blocks: pl.DataFrame) -> pl.DataFrame:
    """Add the place of each block in the run of blocks with the greatest sum (Kadane's maximum subarray)."""
    document, index = "document_id", pl.col("_index")
    gain = pl.col("weight") * (pl.col("_share") - 0.5)
    summed = blocks.with_columns(
        _index=pl.int_range(pl.len()).over(document), _sum=gain.cum_sum().over(document), _gain=gain
    ).with_columns(_before=(pl.col("_sum") - pl.col("_gain")).round(6))
    lowest = summed.with_columns(_lowest=pl.col("_before").cum_min().over(document))
    ended = lowest.with_columns(_end=(pl.col("_sum") - pl.col("_lowest")).arg_max().over(document))
    at_end = pl.col("_lowest").filter(index == pl.col("_end")).first().over(document)
    started = ended.with_columns(
        _start=pl.when((pl.col("_before") == at_end) & (index <= pl.col("_end"))).then(index).max().over(document)
    )
    inside = (index >= pl.col("_start")) & (index <= pl.col("_end"))
    weight = pl.col("weight")
    return started.with_columns(
        in_region=inside,
        region_start=(index - pl.col("_start")).clip(-_FAR, _FAR),
        region_end=(index - pl.col("_end")).clip(-_FAR, _FAR),
        region_share=pl.when(inside).then(weight).otherwise(0).sum().over(document) / weight.sum().over(document),
    )
