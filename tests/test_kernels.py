"""The part in C: it says what a simple implementation says, and takes no array that it could not read safely."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from copydesk.kernels.library import lend_array
from copydesk.kernels.sources import digest_sources, find_library, list_sources
from copydesk.kernels.trees import Forest, plant_forest, sum_leaves

SEEDS = st.integers(0, 2**32 - 1)


def make_forest(random: np.random.Generator, n_trees: int, depth: int, n_outputs: int, n_features: int) -> Forest:
    return plant_forest(
        random.integers(0, n_features, (n_trees, depth), dtype=np.int32),
        random.integers(-2, 3, (n_trees, depth)).astype(np.float32),
        random.integers(-(2**31), 2**31, (n_trees, 1 << depth, n_outputs)).astype(np.int32),
    )


def walk_trees(row: NDArray[np.float32], forest: Forest) -> NDArray[np.int32]:
    total = np.zeros(forest.n_outputs, dtype=np.int32)
    for columns, borders, leaves in zip(forest.columns, forest.borders, forest.leaves, strict=True):
        total += leaves[sum(int(row[c] > b) << i for i, (c, b) in enumerate(zip(columns, borders, strict=True)))][
            : forest.n_outputs
        ]
    return total


@given(SEEDS, st.integers(0, 130), st.integers(0, 4), st.integers(0, 7), st.integers(1, 6))
def test_sums_of_leaves_are_those_of_trees_walked_one_by_one(
    seed: int, n_rows: int, n_trees: int, depth: int, n_outputs: int
) -> None:
    random = np.random.default_rng(seed)
    forest = make_forest(random, n_trees, depth, n_outputs, 5)
    rows = random.choice(np.array([-3, -2, 0, 1, 2, np.nan, np.inf], dtype=np.float32), (n_rows, 5))
    expected = [walk_trees(row, forest) for row in rows]
    assert sum_leaves(rows.T, forest).tolist() == np.reshape(expected, (n_rows, n_outputs)).tolist()


def test_trees_that_ask_about_a_feature_that_rows_do_not_have_are_refused() -> None:
    forest = make_forest(np.random.default_rng(0), 3, 2, 1, 5)
    with pytest.raises(ValueError, match="features"):
        sum_leaves(np.zeros((forest.n_features - 1, 4), dtype=np.float32), forest)


@pytest.mark.parametrize(
    ("columns", "borders", "leaves"),
    [((2, 3), (2, 2), (2, 8, 1)), ((2, 3), (2, 3), (2, 4, 1)), ((2, 3), (2, 3), (1, 8, 1))],
)
def test_trees_whose_parts_do_not_fit_are_refused(
    columns: tuple[int, ...], borders: tuple[int, ...], leaves: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="fit together"):
        plant_forest(np.zeros(columns, np.int32), np.zeros(borders, np.float32), np.zeros(leaves, np.int32))


def test_trees_that_ask_about_a_feature_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        plant_forest(np.full((1, 1), -1, np.int32), np.zeros((1, 1), np.float32), np.zeros((1, 2, 1), np.int32))


@pytest.mark.parametrize("array", [np.zeros(4, dtype=np.int64), np.zeros((4, 2), dtype=np.int32)[:, 0]])
def test_array_of_another_type_or_with_gaps_is_not_lent(array: NDArray[np.int64]) -> None:
    with pytest.raises(TypeError, match="unbroken array of int32"):
        lend_array(array, np.int32)


def test_array_of_another_shape_is_not_lent() -> None:
    with pytest.raises(ValueError, match="shape"):
        lend_array(np.zeros(3, dtype=np.int32), np.int32, (4,))


def test_library_is_stamped_with_the_sources_beside_it() -> None:
    assert {path.suffix for path in list_sources()} == {".c", ".h"}
    assert digest_sources().encode() in find_library().read_bytes()
