"""A teacher for pages without a gold text: what should be kept of them, as far as it can be told.

The corpus holds such pages as whole pages, and as three extractors of HTML left them. Trees over the features of
blocks and over what the extractors kept are fitted on the pages that have a gold text; their opinions on the others are
what the labeller learns from (distillation: Hinton et al., 2015). Snippets that must, or must not, occur are taken as
sure.
"""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.noise.segments import Documents, find_documents
from training.fit import COMMON, fit_trees
from training.samples import Samples, align_blocks, read_records

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

EXTRACTORS: Final = ("readability", "traf_recall", "newspaper")
TEACHER: Final = COMMON | {"loss_function": "CrossEntropy", "iterations": 250, "learning_rate": 0.12, "rsm": 0.5}
_WINDOWS: Final = (3, 7, 15)
_SHIFTS: Final = (-2, -1, 1, 2)
_UNKNOWN: Final = -1.0
_SURE: Final = 0.98
# Opinions count half of what a gold text does.
_WEIGHT: Final = 0.5


def measure_coverage(corpus: Path, samples: Samples) -> Floats:
    """Return [n_blocks, 11]: the share of each block that each extractor kept, the mean, and the mean around it.

    What is no block of a whole page has -1 everywhere.
    """
    extracts: dict[str, dict[str, str]] = defaultdict(dict)
    for record in read_records(corpus / "pages_dev.jsonl.zst"):
        if record["renderer"] in EXTRACTORS:
            extracts[record["id"]][record["renderer"]] = record["raw_text"]
    documents = find_documents(samples.signals["block_index"])
    kept = np.full((samples.signals.height, len(EXTRACTORS)), _UNKNOWN, dtype=np.float32)
    names, texts = samples.signals["document_id"], samples.signals["text"]
    for start, size in zip(documents.starts.tolist(), documents.sizes.tolist(), strict=True):
        if samples.is_page[start]:
            blocks = texts[start : start + size].to_list()
            page = extracts[names[start].rpartition(" ")[0]]
            for column, extractor in enumerate(EXTRACTORS):
                kept[start : start + size, column] = align_blocks(blocks, page.get(extractor, ""))
    return np.column_stack([kept, *_describe_mean(kept.mean(axis=1), documents)])


def _describe_mean(mean: Floats, documents: Documents) -> list[Floats]:
    averages = (documents.average([mean], window)[0] for window in _WINDOWS)
    return [mean, *averages, *(documents.shift(mean, by, _UNKNOWN) for by in _SHIFTS)]


def teach_pages(samples: Samples, coverage: Floats, train: Mask) -> Samples:
    """Return samples with an opinion as the answer of each block of a page without gold text.

    Args:
        samples: all samples.
        coverage: from `measure_coverage`.
        train: the samples that may be learned from; the teacher is fitted on the pages with a gold text among them.
    """
    features = np.column_stack([samples.features, coverage])
    known = train & samples.is_page & ~samples.is_taught & ~np.isnan(samples.share)
    trees = fit_trees(TEACHER, features, samples.share, samples.weight, known)
    rows = np.flatnonzero(samples.is_taught)
    opinions = 1 / (1 + np.exp(-trees.predict(features[rows])[:, 0].astype(np.float64)))
    by_snippet = samples.share[rows]
    share, weight = samples.share.copy(), samples.weight.copy()
    share[rows] = np.where(np.isnan(by_snippet), opinions, by_snippet.clip(1 - _SURE, _SURE))
    weight[rows] *= _WEIGHT
    return replace(samples, share=share, weight=weight)
