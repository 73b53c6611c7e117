"""Words of texts that stand end to end, and hashes of what stands between two offsets."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.library import bind_kernel, lend_array, refuse_outside

Bools = NDArray[np.bool_]
Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Kinds = NDArray[np.uint8]
Offsets = NDArray[np.int64]

_MOST_CHARS: Final = 2**31 - 2

_find_words: Final = bind_kernel("find_words", "ppnpnpppp", returns=True)
_hash_spans: Final = bind_kernel("hash_spans", "pnppnppnp", returns=True)
_find_members: Final = bind_kernel("find_members", "pnpnp")
_find_wanted: Final = bind_kernel("find_wanted", "pnppnppnpnnpnpp", returns=True)
_find_furniture: Final = bind_kernel("find_furniture", "pnppnpppnpnpnp", returns=True)


class Hashed(NamedTuple):
    """The words of texts, and their letters and digits hashed.

    Attributes:
        starts: [n_words] where each word starts, ascending.
        ends: [n_words] where it ends, exclusive.
        n_before: [n_chars + 1] how many letters stand before each offset.
        prefix: [n_letters + 1] hashes of all up to there.
        inverses: [n_letters + 1] or more inverses of the powers of the hash's base.
    """

    starts: Offsets
    ends: Offsets
    n_before: NDArray[np.int32]
    prefix: Hashes
    inverses: Hashes

    @property
    def n_chars(self) -> int:
        """How many characters the texts have."""
        return len(self.n_before) - 1

    def lend_letters(self) -> tuple[int, int, int, int, int]:
        """Return what kernels take of the letters."""
        if len(self.inverses) < len(self.prefix) or self.n_chars < 0:
            raise ValueError(f"{len(self.inverses)} powers for {len(self.prefix)} hashes, {self.n_chars} characters.")
        return (
            lend_array(self.n_before, np.int32),
            self.n_chars,
            lend_array(self.prefix, np.uint64),
            lend_array(self.inverses, np.uint64),
            len(self.prefix),
        )


def find_words(codes: Codes, kinds: Kinds, folds: Codes) -> tuple[Offsets, Offsets, NDArray[np.int32], Hashes]:
    """Return where words start and end, the letters before each offset, and the hashes of all letters up to each.

    Args:
        codes: [n_chars] code points.
        kinds: [n_chars] the kind of each.
        folds: the small letter of each code point; the last row is for all others.
    """
    n = len(codes)
    if n > _MOST_CHARS or not len(folds):
        raise ValueError(f"{n} characters, {len(folds)} letters.")
    starts, ends = np.empty((n + 1) // 2, dtype=np.int64), np.empty((n + 1) // 2, dtype=np.int64)
    n_before, prefix = np.empty(n + 1, dtype=np.int32), np.empty(n + 1, dtype=np.uint64)
    n_words = _find_words(
        lend_array(codes, np.uint32),
        lend_array(kinds, np.uint8, (n,)),
        n,
        lend_array(folds, np.uint32),
        len(folds),
        *(lend_array(array, array.dtype) for array in (starts, ends, n_before, prefix)),
    )
    return starts[:n_words], ends[:n_words], n_before, prefix[: n_before[-1] + 1]


def hash_spans(hashed: Hashed, starts: Offsets, ends: Offsets) -> Hashes:
    """Return the hash of the letters between offsets."""
    hashes = np.empty(len(starts), dtype=np.uint64)
    status = _hash_spans(*hashed.lend_letters(), *_lend_spans(starts, ends), lend_array(hashes, np.uint64))
    refuse_outside(status)
    return hashes


def find_members(hashes: Hashes, members: Hashes) -> Bools:
    """Tell which of `hashes` are among `members`, which ascend."""
    found = np.empty(len(hashes), dtype=np.bool_)
    _find_members(*_lend_hashes(hashes), *_lend_hashes(members), lend_array(found, np.bool_))
    return found


def find_wanted(hashed: Hashed, bounds: Offsets, step: np.uint64, wanted: Hashes) -> tuple[Offsets, Offsets]:
    """Return which words have a wanted hash, and which one it is.

    Args:
        hashed: the words of the texts.
        bounds: [n_texts + 1] where texts start; the last is where another would.
        step: is added to the hash of a word as often as there are texts before its own.
        wanted: hashes, ascending.
    """
    words, which = np.empty(len(hashed.starts), dtype=np.int64), np.empty(len(hashed.starts), dtype=np.int64)
    n = _find_wanted(
        *hashed.lend_letters(),
        *_lend_spans(hashed.starts, hashed.ends),
        lend_array(bounds, np.int64),
        len(bounds) - 1,
        step.astype(np.int64),
        *_lend_hashes(wanted),
        lend_array(words, np.int64),
        lend_array(which, np.int64),
    )
    refuse_outside(n)
    return words[:n], which[:n]


def find_furniture(hashed: Hashed, kinds: Kinds, whole: Hashes, two_words: Hashes) -> Offsets:
    """Return the capitals behind a space where furniture starts, stands alone or has just ended.

    Args:
        hashed: the words of the texts.
        kinds: [n_chars] the kind of each character.
        whole: hashes of furniture, ascending.
        two_words: hashes of its first two words, ascending.
    """
    found = np.empty(len(hashed.starts), dtype=np.int64)
    n = _find_furniture(
        *hashed.lend_letters(),
        lend_array(kinds, np.uint8, (hashed.n_chars,)),
        *_lend_spans(hashed.starts, hashed.ends),
        *_lend_hashes(whole),
        *_lend_hashes(two_words),
        lend_array(found, np.int64),
    )
    refuse_outside(n)
    return found[:n]


def _lend_spans(starts: Offsets, ends: Offsets) -> tuple[int, int, int]:
    return lend_array(starts, np.int64), lend_array(ends, np.int64, starts.shape), len(starts)


def _lend_hashes(hashes: Hashes) -> tuple[int, int]:
    return lend_array(hashes, np.uint64), len(hashes)
