"""Oblivious decision trees: every node of a level asks the same question, so a tree is a table.

Trained with CatBoost (Prokhorenkova et al., 2018), evaluated by a kernel. Leaves are whole numbers, so that the sum
does not depend on the order, and a row's score not on the other rows.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.trees import Forest, plant_forest, sum_leaves

Floats = NDArray[np.float32]

_SCALE: Final = 1 << 20


@dataclass(frozen=True)
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
        scores: Floats = (sum_leaves(features.T, self._forest) / _SCALE + self.bias).astype(np.float32)
        return scores

    @cached_property
    def _forest(self) -> Forest:
        return plant_forest(self.columns, self.borders, np.rint(self.leaves * _SCALE).astype(np.int32))

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


def _average(values: Floats, weights: Floats, chosen: NDArray[np.bool_]) -> Floats:
    weighted = chosen * (weights + np.float32(1e-6))
    averages: Floats = ((weighted @ values) / weighted.sum(axis=1)).astype(np.float32)
    return averages
