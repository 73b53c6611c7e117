"""Context: what the model's first opinion of all blocks says of each, and of the document as a whole.

The second pass sees the opinions on the blocks around, and the region: the run of blocks that gains most from being
kept as a whole, which is where the article should be.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from copydesk.noise.segments import Documents
from copydesk.noise.signals import Signals

Floats = NDArray[np.float32]

_SHIFTS: Final = (-4, -3, -2, -1, 1, 2, 3, 4)
_WINDOWS: Final = (3, 7, 15, 31)
_FAR: Final = 50
_MAX_WEIGHT: Final = 300
_CHARS_PER_WORD: Final = 6
_NO_OPINION: Final = -5

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
    "foreign",
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
    "mean_log_chars",
    "max_log_chars",
)
"""What tells a full page from an article that an extractor has already cut out."""


def weigh_blocks(signals: Signals) -> NDArray[np.float64]:
    """Return how much each block counts: its words, or a sixth of its characters in scripts without spaces."""
    n_words, n_chars = signals["n_words"].to_numpy(), signals["n_chars"].to_numpy()
    weights: NDArray[np.float64] = np.maximum(n_words, n_chars / _CHARS_PER_WORD).clip(1, _MAX_WEIGHT)
    return weights


def measure_context(
    weight: NDArray[np.float64], features: Mapping[str, Floats], opinions: Floats, documents: Documents
) -> tuple[Floats, Floats]:
    """Return the features of the second pass, [n_blocks, len(CONTEXT)], and those of pages, [n_documents, len(PAGE)].

    Args:
        weight: how much each block counts.
        features: those of the first pass by name, with `ngram_score`.
        opinions: log-odds of the first pass that each block is content.
        documents: which blocks make up which document.
    """
    share = 1 / (1 + np.exp(-opinions.astype(np.float64)))
    known: dict[str, NDArray[Any]] = {
        **features,
        **_describe_opinions(weight * share, weight, opinions, documents),
        **_locate_region(weight, share, documents),
    }
    context = np.stack([known[name].astype(np.float32, copy=False) for name in CONTEXT]).T
    page = np.stack([known[name][documents.starts].astype(np.float32) for name in PAGE]).T
    return context, page


def _describe_opinions(
    kept: NDArray[np.float64], weight: NDArray[np.float64], opinions: Floats, documents: Documents
) -> dict[str, NDArray[Any]]:
    all_kept = documents.total(kept)
    return {
        "opinion": opinions,
        **{f"opinion_{by:+d}": documents.shift(opinions, by, _NO_OPINION) for by in _SHIFTS},
        **{f"opinion_mean_{window}": documents.average([opinions], window)[0] for window in _WINDOWS},
        "share_before": documents.accumulate(kept) / all_kept,
        "share_of_document": all_kept / documents.total(weight),
        "kept_of_document": np.log1p(all_kept),
        "best_opinion": documents.greatest(opinions),
    }


def _locate_region(
    weight: NDArray[np.float64], share: NDArray[np.float64], documents: Documents
) -> dict[str, NDArray[Any]]:
    """Find the run of blocks with the greatest sum in each document (Kadane's maximum subarray)."""
    gain = weight * (share - 0.5)
    after = documents.accumulate(gain)
    before = documents.shift(after, 1, 0)
    lowest = documents.track_least(before)
    best = after - lowest
    end = documents.find_next(best == documents.greatest(best))[documents.starts]
    start = documents.find_last(before == lowest)[end]
    rows = np.arange(len(weight))
    first, last = documents.spread(start), documents.spread(end)
    inside = (rows >= first) & (rows <= last)
    return {
        "in_region": inside,
        "region_start": (rows - first).clip(-_FAR, _FAR),
        "region_end": (rows - last).clip(-_FAR, _FAR),
        "region_share": documents.total(np.where(inside, weight, 0)) / documents.total(weight),
    }
