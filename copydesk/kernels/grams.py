"""Adding up what the n-grams of texts say for each language."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.kernels.library import bind_kernel, lend_array, refuse_outside

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

_fill_slots: Final = bind_kernel("fill_slots", "pnpn", returns=True)
_sum_grams: Final = bind_kernel("sum_grams", "ppppnnpnpnpnpn", returns=True)


@dataclass(frozen=True, slots=True)
class GramTable:
    """N-grams as C looks them up.

    Attributes:
        keys: [n_grams] each as one number: (first * base + second) * base + third letter.
        slots: [2**bits] the place of a key in `keys`, from 1, where its hash leads to; 0 where there is none.
        bits: how many bits of a hash count.
        gains: [n_grams, n_languages] what each says for each language.
        base: one more than the highest letter.
    """

    keys: Ints
    slots: NDArray[np.int32]
    bits: int
    gains: Floats
    base: int


def make_gram_table(keys: Ints, gains: Floats, base: int) -> GramTable:
    """Return a table of different n-grams, half of its slots empty or more."""
    bits = max(1, (2 * len(keys)).bit_length())
    slots = np.zeros(1 << bits, dtype=np.int32)
    refuse_outside(_fill_slots(lend_array(keys, np.int64), len(keys), lend_array(slots, np.int32), bits))
    return GramTable(keys, slots, bits, np.ascontiguousarray(gains, dtype=np.float32), base)


class Spelled(NamedTuple):
    """Texts one behind the other, each led by a space.

    Attributes:
        rows: [n_letters] the text of each letter.
        letters: [n_letters] their numbers; 1 is the space.
        is_capital: [n_letters] the letter is a capital.
        is_start: [n_letters] it is the space in front of a text.
    """

    rows: Ints
    letters: Ints
    is_capital: Bools
    is_start: Bools


def sum_grams(texts: Spelled, table: GramTable, n_texts: int) -> Floats:
    """Return [n_texts, n_languages] sums of the gains of n-grams of one to three letters.

    A word's n-grams reach from the space before it to the space after it. Within a run of capitals only the first
    letter counts.
    """
    n_letters, (n_grams, n_languages) = len(texts.rows), table.gains.shape
    sums = np.zeros((n_texts, n_languages), dtype=np.float32)
    status = _sum_grams(
        *(lend_array(numbers, np.int64, (n_letters,)) for numbers in (texts.rows, texts.letters)),
        *(lend_array(marks, np.bool_, (n_letters,)) for marks in (texts.is_capital, texts.is_start)),
        n_letters,
        table.base,
        lend_array(table.keys, np.int64, (n_grams,)),
        n_grams,
        lend_array(table.slots, np.int32, (1 << table.bits,)),
        table.bits,
        lend_array(table.gains, np.float32),
        n_languages,
        lend_array(sums, np.float32),
        n_texts,
    )
    refuse_outside(status)
    return sums
