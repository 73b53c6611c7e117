"""Documents as runs of rows: shifts, sums and windows that end where a document ends.

Sums over windows are taken of whole numbers, so that a result does not depend on what else is in the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_SCALE: Final = float(1 << 20)


@dataclass(frozen=True, slots=True)
class Documents:
    """Which rows make up which document.

    Attributes:
        starts: [n_documents] the first row of each.
        sizes: [n_documents] how many rows each has; at least one.
        start: [n_rows] the first row of the row's document.
        end: [n_rows] the row behind its last one.
        index: [n_rows] the row's number in its document.
    """

    starts: Ints
    sizes: Ints
    start: Ints
    end: Ints
    index: Ints

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values of documents as values of their rows."""
        return np.repeat(values, self.sizes)

    def total(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the sum of each document's values, for each of its rows."""
        return self.spread(np.add.reduceat(values, self.starts))

    def greatest(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the greatest of each document's values, for each of its rows."""
        return self.spread(np.maximum.reduceat(values, self.starts))

    def least(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the least of each document's values, for each of its rows."""
        return self.spread(np.minimum.reduceat(values, self.starts))

    def shift(self, values: NDArray[Any], by: int, fill: float) -> NDArray[Any]:
        """Return the value `by` rows before (after, if negative), `fill` beyond the ends of the document."""
        shifted = np.empty_like(values)
        if by > 0:
            shifted[by:] = values[:-by]
            shifted[self.index < by] = fill
        else:
            shifted[:by] = values[-by:]
            shifted[self.end - self.start - self.index <= -by] = fill
        return shifted

    def accumulate(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the sum of the document's values up to and with each row."""
        sums = np.cumsum(_to_whole(values))
        before: Ints = (sums - _to_whole(values))[self.start]
        return (sums - before) / _SCALE

    def track_least(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the least of the document's values up to and with each row."""
        # Each document is moved below all before it, so that their values do not count; whole numbers stay exact.
        whole = _to_whole(values)
        lowered = whole - (int(whole.max(initial=0) - whole.min(initial=0)) + 1) * self.spread(
            np.arange(len(self.starts))
        )
        raised: Ints = np.minimum.accumulate(lowered) - lowered + whole
        return raised / _SCALE

    def average(self, columns: Sequence[NDArray[Any]], window: int) -> list[Floats]:
        """Return the means over a window around each row, cut off at the ends of the document."""
        rows = np.arange(len(self.index))
        from_, to = np.maximum(self.start, rows - window // 2), np.minimum(self.end, rows + window // 2 + 1)
        factor = 1 / (_SCALE * (to - from_))
        sums = (np.concatenate([[0], np.cumsum(_to_whole(values))]) for values in columns)
        return [((summed[to] - summed[from_]) * factor).astype(np.float32) for summed in sums]

    def find_last(self, chosen: NDArray[np.bool_]) -> Ints:
        """Return the last chosen row of the document up to and with each row; -1 where there is none."""
        last = np.maximum.accumulate(np.where(chosen, np.arange(len(chosen)), -1))
        return np.where(last >= self.start, last, -1)

    def find_next(self, chosen: NDArray[np.bool_]) -> Ints:
        """Return the first chosen row of the document from each row on; -1 where there is none."""
        far = len(chosen)
        rows = np.where(chosen, np.arange(far), far)
        following = np.minimum.accumulate(rows[::-1])[::-1]
        return np.where(following < self.end, following, -1)


def _to_whole(values: NDArray[Any]) -> Ints:
    return np.rint(values * _SCALE).astype(np.int64)


def find_documents(block_index: pl.Series) -> Documents:
    """Return the documents of some blocks in order, each of whose blocks are numbered from 0."""
    starts = np.flatnonzero(block_index.to_numpy() == 0)
    n_rows = len(block_index)
    sizes = np.diff(starts, append=n_rows)
    start = np.repeat(starts, sizes)
    return Documents(starts, sizes, start, np.repeat(starts + sizes, sizes), np.arange(n_rows) - start)
