"""Training samples for the cutter: lines of the corpus glued together, where every seam is known."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from copydesk.noise.rules import load_rule_book
from copydesk.text.cut import measure_lines
from copydesk.text.lines import find_lines
from copydesk.text.weak_seams import SEAM_FEATURES
from training.samples import find_fold, find_group, find_site, read_records

Record = dict[str, Any]

_GLUED_RENDERERS: Final = ("bs4_nl", "traf_recall")
_WHOLE_RENDERERS: Final = ("inscriptis", "bs4_nl", "traf_recall")
_MAX_CHARS: Final = 20_000
_WHOLE_SHARE: Final = 0.4
_KEPT_BREAKS: Final = (0.0, 0.0, 0.3)
_WHOLE_WEIGHT: Final = 3.0
_RESIDUAL_WEIGHT: Final = 6.0


@dataclass(frozen=True, slots=True)
class SeamSamples:
    """Weak seams: features, whether each is a seam, the fold of its site, and its weight."""

    features: NDArray[np.float32]
    is_seam: NDArray[np.bool_]
    fold: NDArray[np.int64]
    weight: NDArray[np.float64]


def read_seam_samples(corpus: Path) -> SeamSamples:
    """Read pages as they are (no weak seam is a seam), pages glued, and the labelled residual texts."""
    measured = [
        (features, truth, fold, weight)
        for text, seams, fold, weight in _read_texts(corpus)
        for features, truth in [measure_text(text, seams)]
    ]
    sizes = [len(truth) for _, truth, _, _ in measured]
    return SeamSamples(
        np.concatenate([features for features, _, _, _ in measured]),
        np.concatenate([truth for _, truth, _, _ in measured]),
        np.repeat([fold for _, _, fold, _ in measured], sizes),
        np.repeat([weight for _, _, _, weight in measured], sizes),
    )


def _read_texts(corpus: Path) -> Iterator[tuple[str, set[int], int, float]]:
    draw = random.Random(0)
    sites: dict[str, str] = {}
    for page in read_records(corpus / "pages_dev.jsonl.zst"):
        sites[page["id"]] = find_site(page["url"])
        fold = find_fold(sites[page["id"]])
        text = page["raw_text"][:_MAX_CHARS]
        if page["renderer"] in _WHOLE_RENDERERS and draw.random() < _WHOLE_SHARE:
            yield text, set(), fold, _WHOLE_WEIGHT
        if page["renderer"] in _GLUED_RENDERERS:
            lines = [text[span.start : span.end] for span in find_lines(text)]
            yield *glue_lines(lines, draw.choice(_KEPT_BREAKS), draw), fold, 1.0
    for record in read_records(corpus / "residual_dev.jsonl.zst"):
        seams = {block["start"] for block in record["blocks"]}
        yield record["raw_text"], seams, find_fold(find_group(record, sites)), _RESIDUAL_WEIGHT


def glue_lines(lines: Sequence[str], kept: float, draw: random.Random) -> tuple[str, set[int]]:
    """Glue lines without a separator, but for a share `kept` of the breaks; return the text and its seams."""
    parts: list[str] = []
    seams: set[int] = set()
    position = 0
    for line in lines:
        if parts and draw.random() < kept:
            parts.append("\n")
            position += 1
        elif parts:
            seams.add(position)
        parts.append(line)
        position += len(line)
    return "".join(parts), seams


def measure_text(text: str, seams: set[int]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the features of a text's weak seams, and which of them are in `seams`."""
    lines = measure_lines(text, load_rule_book())
    truth = [line.span.start + offset in seams for line in lines for offset in line.weak]
    features = [line.features for line in lines] or [np.zeros((0, len(SEAM_FEATURES)), dtype=np.float32)]
    return np.concatenate(features), np.array(truth, dtype=bool)
