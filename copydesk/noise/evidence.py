"""Evidence: what detectors say of blocks. Kept as arrays, since a page alone has more detectors than blocks."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from copydesk.labels import Label

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LABELS: Final = tuple(Label)
NUMBER_OF: Final = {label: number for number, label in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Opinions of detectors; a block may have none or many.

    Attributes:
        rows: [n] the row of the block in the table of blocks.
        labels: [n] number of the label in `LABELS`.
        reasons: [n] id of the rule, or the name of the detector, as published.
        scores: [n] how probable the label's role is, 0 to 1.
        certain: [n] nothing but other certain evidence can outdo it.
        by_model: [n] the trained labeller says so.
    """

    rows: Ints
    labels: Ints
    reasons: NDArray[np.object_]
    scores: NDArray[np.float64]
    certain: Bools
    by_model: Bools

    def find_rows(self, reason: str) -> Ints:
        """Return the rows of the blocks that something is said of for this reason."""
        rows: Ints = self.rows[self.reasons == reason]
        return rows


def report_rows(rows: Ints, reason: str, label: Label, score: float) -> Evidence:
    """Return evidence of one detector that says the same of all blocks in `rows`, and is not certain."""
    n = len(rows)
    return Evidence(
        rows=rows,
        labels=np.full(n, NUMBER_OF[label]),
        reasons=np.full(n, reason, dtype=object),
        scores=np.full(n, score),
        certain=np.zeros(n, dtype=bool),
        by_model=np.zeros(n, dtype=bool),
    )


def join_evidence(parts: Sequence[Evidence]) -> Evidence:
    """Return all evidence as one."""
    columns: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Evidence)
    }
    return Evidence(**columns)
