"""What is told of a block's text as a whole: does it hold a date, how often does it stand in its document."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.library import bind_kernel, lend_array, refuse_outside

Bools = NDArray[np.bool_]
Codes = NDArray[np.uint32]
Ints = NDArray[np.int64]

_find_dates: Final = bind_kernel("find_dates", "ppnppnp", returns=True)
_count_copies: Final = bind_kernel("count_copies", "pnppnpppppp", returns=True)


class Dates(NamedTuple):
    """Which blocks hold a year (19.., 20..), a time of day (12:30, 12h30), a date (1.2.20, 1. May 20.., May 1, 20.)."""

    has_year: Bools
    has_clock: Bools
    has_date: Bools


def find_dates(codes: Codes, kinds: Codes, starts: Ints, ends: Ints) -> Dates:
    """Tell which blocks hold dates.

    Args:
        codes: [n_chars] code points.
        kinds: [n_chars] the kinds of each.
        starts: [n_blocks] where each block starts.
        ends: [n_blocks] where it ends, exclusive.
    """
    found = np.empty((len(Dates._fields), len(starts)), dtype=np.bool_)
    status = _find_dates(
        lend_array(codes, np.uint32),
        lend_array(kinds, np.uint32, codes.shape),
        len(codes),
        *(lend_array(offsets, np.int64, starts.shape) for offsets in (starts, ends)),
        len(starts),
        lend_array(found, np.bool_),
    )
    refuse_outside(status)
    return Dates(*found)


def count_copies(utf8: NDArray[np.uint8], from_: Ints, to: Ints, document: Ints) -> Ints:
    """Count how often each block's text stands in its document.

    Args:
        utf8: what the blocks lie in.
        from_: [n_blocks] the first byte of each.
        to: [n_blocks] the one behind its last.
        document: [n_blocks] a number that the blocks of one document share.
    """
    n = len(from_)
    keys, rows, counts = np.empty((2, n), np.uint64), np.empty((2, n), np.int64), np.empty(n, np.int64)
    arrays = (lend_array(array, array.dtype) for array in (keys[0], rows[0], keys[1], rows[1], counts))
    spans = (lend_array(offsets, np.int64, (n,)) for offsets in (from_, to))
    status = _count_copies(
        lend_array(utf8, np.uint8), len(utf8), *spans, n, lend_array(document, np.int64, (n,)), *arrays
    )
    refuse_outside(status)
    return counts
