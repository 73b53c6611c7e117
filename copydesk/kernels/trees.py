"""Evaluating oblivious trees."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.library import bind_kernel, lend_array

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

_sum_leaves: Final = bind_kernel("sum_leaves", "pnpppnnnp")
_MAX_DEPTH: Final = 16
_LANES: Final = 4


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees as C reads them.

    Attributes:
        columns: [n_trees, depth] the feature each level asks about.
        borders: [n_trees, depth] the answer is yes where the feature is greater.
        leaves: [n_trees, 2**depth, n_lanes] whole numbers; several outputs are filled up with zeros to a multiple of 4.
        n_outputs: how many numbers each leaf has.
        n_features: how many features a row must have at least.
    """

    columns: Ints
    borders: Floats
    leaves: Ints
    n_outputs: int
    n_features: int


def plant_forest(columns: Ints, borders: Floats, leaves: Ints) -> Forest:
    """Return checked trees: shapes that fit each other, no feature below 0."""
    n_trees, depth = columns.shape
    if borders.shape != columns.shape or leaves.shape[:2] != (n_trees, 1 << depth) or depth > _MAX_DEPTH:
        raise ValueError(f"Trees that do not fit together: {columns.shape}, {borders.shape}, {leaves.shape}.")
    if columns.min(initial=0) < 0:
        raise ValueError("A tree asks about a feature below 0.")
    n_outputs = leaves.shape[2]
    filled_up = np.zeros(
        (*leaves.shape[:2], n_outputs if n_outputs == 1 else -(-n_outputs // _LANES) * _LANES), np.int32
    )
    filled_up[:, :, :n_outputs] = leaves
    return Forest(
        np.ascontiguousarray(columns, dtype=np.int32),
        np.ascontiguousarray(borders, dtype=np.float32),
        filled_up,
        n_outputs,
        int(columns.max(initial=-1)) + 1,
    )


def sum_leaves(by_column: Floats, forest: Forest) -> Ints:
    """Return [n_rows, n_outputs] sums of the leaves that rows fall into; `by_column` is [n_features, n_rows]."""
    n_features, n_rows = by_column.shape
    if n_features < forest.n_features:
        raise ValueError(f"Rows of {n_features} features where trees ask about {forest.n_features}.")
    n_trees, depth = forest.columns.shape
    n_lanes = forest.leaves.shape[2]
    features = np.ascontiguousarray(by_column, dtype=np.float32)
    sums = np.zeros((n_rows, n_lanes), dtype=np.int32)
    _sum_leaves(
        lend_array(features, np.float32),
        n_rows,
        lend_array(forest.columns, np.int32),
        lend_array(forest.borders, np.float32),
        lend_array(forest.leaves, np.int32),
        n_trees,
        depth,
        n_lanes,
        lend_array(sums, np.int32),
    )
    return sums[:, : forest.n_outputs]
