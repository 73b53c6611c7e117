"""Loading the compiled library, and giving arrays to it."""

from collections.abc import Callable, Sequence
from ctypes import CDLL, c_char_p, c_int64, c_void_p
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from copydesk.kernels.sources import digest_sources, find_library

_NOT_BUILT: Final = (
    "The part of copydesk that is written in C is {problem}: {library}. In a clone, run make; elsewhere install "
    "copydesk again. This needs a C compiler, or the package ziglang."
)


def _load_library() -> CDLL:
    path = find_library()
    if not path.exists():
        raise ImportError(_NOT_BUILT.format(problem="not compiled", library=path))
    library = CDLL(str(path))
    library.read_stamp.restype = c_char_p
    if library.read_stamp() != digest_sources().encode():
        raise ImportError(_NOT_BUILT.format(problem="older than its source", library=path))
    return library


_LIBRARY: Final = _load_library()


def bind_kernel(name: str, signature: str, returns: bool = False) -> Callable[..., Any]:
    """Return a function of the library.

    Args:
        name: what C calls it.
        signature: a letter for each argument, `p` for an address and `n` for a number.
        returns: it returns a number.
    """
    kernel = _LIBRARY[name]
    kernel.argtypes = [c_void_p if letter == "p" else c_int64 for letter in signature]
    kernel.restype = c_int64 if returns else None
    return kernel


def lend_array(array: NDArray[Any], dtype: DTypeLike, shape: Sequence[int] | None = None) -> int:
    """Return the address of an array that C reads as numbers of one type, one behind the other.

    The caller must keep the array as long as C works on it.
    """
    if array.dtype != dtype or not array.flags.c_contiguous:
        raise TypeError(f"Not an unbroken array of {np.dtype(dtype)}: {array.dtype}, strides {array.strides}.")
    if shape is not None and array.shape != tuple(shape):
        raise ValueError(f"An array of the shape {array.shape} where {tuple(shape)} is needed.")
    return int(array.ctypes.data)


def refuse_outside(status: int) -> None:
    """Raise where a kernel found an index that lies outside of the array it is for."""
    if status < 0:
        raise ValueError("An offset outside of the array that it is for, or out of order.")
