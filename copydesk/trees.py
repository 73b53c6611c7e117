"""Oblivious decision trees in numpy: every node of a level asks the same question, so a tree is a table.

Trained with CatBoost (Prokhorenkova et al., 2018); evaluating needs nothing but array operations.
"""

from dataclasses import dataclass, fields
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_FEW_ROWS: Final = 200


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
        """Return [n_rows, n_outputs] raw scores of [n_rows, n_features]."""
        if features.shape[0] <= _FEW_ROWS:
            return self._predict_few(features)
        by_column = np.ascontiguousarray(features.T)
        total = np.tile(self.bias, (features.shape[0], 1))
        for columns, borders, leaves in zip(self.columns, self.borders, self.leaves, strict=True):
            total += leaves[_find_leaves(by_column, columns, borders)]
        return total

    def _predict_few(self, features: Floats) -> Floats:
        """Ask all trees at once: with few rows the cost of a call counts more than that of its work."""
        answers = features[:, self.columns] > self.borders
        leaves = answers @ (1 << np.arange(self.columns.shape[1]))
        total: Floats = self.bias + self.leaves[np.arange(len(self.leaves)), leaves].sum(axis=1)
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


def _find_leaves(by_column: Floats, columns: NDArray[np.int32], borders: Floats) -> NDArray[np.uint8]:
    leaf: NDArray[np.uint8] = (by_column[columns[0]] > borders[0]).view(np.uint8).copy()
    for level in range(1, len(columns)):
        leaf |= (by_column[columns[level]] > borders[level]).view(np.uint8) << np.uint8(level)
    return leaf


def _average(values: Floats, weights: Floats, chosen: NDArray[np.bool_]) -> Floats:
    weighted = chosen * (weights + np.float32(1e-6))
    averages: Floats = ((weighted @ values) / weighted.sum(axis=1)).astype(np.float32)
    return averages
