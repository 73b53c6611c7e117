"""Oblivious decision trees in numpy: every node of a level asks the same question, so a tree is a table.

Trained with CatBoost (Prokhorenkova et al., 2018); evaluating needs nothing but array operations. Leaves are whole
numbers, so that the sum does not depend on the order, and a row's score not on the other rows.
"""

from dataclasses import dataclass, fields
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

_SCALE: Final = 1 << 20
_FEW_ROWS: Final = 1 << 9
# What is worked on at once should fit the processor's cache.
_CHUNK_ROWS: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class TreeEnsemble:
    """A sum of trees of one depth.

    Attributes:
        columns: [n_trees, depth] the feature each level asks about.
        borders: [n_trees, depth] the answer is yes where the feature is greater.
        leaves: [n_trees, 2**depth, n_outputs] values; bit i of a leaf's number is the answer of level i.
        weights: [n_trees, 2**depth] the training weight that fell into each leaf.
        bias: [n_outputs] added to the sum.
    """

    columns: NDArray[np.int32]
    borders: Floats
    leaves: Floats
    weights: Floats
    bias: Floats

    def predict(self, features: Floats) -> Floats:
        """Return [n_rows, n_outputs] raw scores of [n_rows, n_features].

        Fastest where the values of a feature lie together in memory.
        """
        by_column = features.T
        whole = np.ascontiguousarray(np.rint(self.leaves * _SCALE).astype(np.int32).transpose(2, 0, 1))
        n_rows = len(features)
        if n_rows <= _FEW_ROWS:
            totals = self._sum_together(by_column, whole)
        else:
            starts = range(0, n_rows, _CHUNK_ROWS)
            parts = [self._sum_in_turn(by_column[:, i : i + _CHUNK_ROWS], whole) for i in starts]
            totals = np.concatenate(parts, axis=1)
        scores: Floats = (totals.T / _SCALE + self.bias).astype(np.float32)
        return scores

    def _sum_together(self, by_column: Floats, whole: Ints) -> Ints:
        """Return [n_outputs, n_rows] sums of leaves, all trees at once: few calls, for few rows."""
        leaves = _find_leaves(by_column, self.columns.T, self.borders.T[:, :, None])
        numbers = leaves + np.arange(len(leaves), dtype=np.int32)[:, None] * whole.shape[2]
        return np.stack([output.take(numbers, mode="clip").sum(axis=0, dtype=np.int32) for output in whole])

    def _sum_in_turn(self, by_column: Floats, whole: Ints) -> Ints:
        """Return [n_outputs, n_rows] sums of leaves, tree by tree: little memory, for many rows."""
        rows = np.ascontiguousarray(by_column)
        total = np.zeros((len(whole), rows.shape[1]), dtype=np.int32)
        for tree, (columns, borders) in enumerate(zip(self.columns, self.borders, strict=True)):
            leaves = _find_leaves(rows, columns, borders)
            for output, values in enumerate(whole[:, tree]):
                total[output] += values.take(leaves, mode="clip")
        return total

    def explain(self, features: Floats) -> Floats:
        """Return [n_rows, n_features]: what each feature moved the first output by.

        Walking down each tree, a level's share is the change in the mean of the leaves still open, weighted as in
        training (Saabas, 2014).
        """
        shares = np.zeros(features.shape, dtype=np.float32)
        rows = np.arange(features.shape[0])
        for columns, borders, leaves, weights in zip(
            self.columns, self.borders, self.leaves, self.weights, strict=True
        ):
            answers = features[:, columns] > borders
            open_leaves = np.ones((len(rows), len(weights)), dtype=bool)
            before = _average(leaves[:, 0], weights, open_leaves)
            for level in range(len(columns)):
                has_bit = (np.arange(len(weights)) >> level & 1).astype(bool)
                open_leaves &= has_bit == answers[:, level : level + 1]
                after = _average(leaves[:, 0], weights, open_leaves)
                np.add.at(shares, (rows, np.full(len(rows), columns[level])), after - before)
                before = after
        return shares


def save_trees(trees: TreeEnsemble, file: IO[bytes]) -> None:
    """Write trees to an open file."""
    arrays = {field.name: getattr(trees, field.name) for field in fields(TreeEnsemble)}
    np.savez_compressed(file, **arrays)


def read_trees(file: IO[bytes]) -> TreeEnsemble:
    """Read trees from an open file."""
    with np.load(file) as arrays:
        return TreeEnsemble(**{field.name: arrays[field.name] for field in fields(TreeEnsemble)})


def _find_leaves(by_column: Floats, columns: Ints, borders: Floats) -> NDArray[np.uint8]:
    """Return the numbers of the leaves that rows fall into; the first axis of `columns` and `borders` is the level."""
    leaves: NDArray[np.uint8] = (by_column[columns[0]] > borders[0]).view(np.uint8)
    for level in range(1, len(columns)):
        answers = (by_column[columns[level]] > borders[level]).view(np.uint8)
        answers <<= np.uint8(level)
        leaves |= answers
    return leaves


def _average(values: Floats, weights: Floats, chosen: NDArray[np.bool_]) -> Floats:
    weighted = chosen * (weights + np.float32(1e-6))
    averages: Floats = ((weighted @ values) / weighted.sum(axis=1)).astype(np.float32)
    return averages
