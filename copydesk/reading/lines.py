"""Reading a stream by lines or as a whole, nothing of which is held beyond a limit."""

from collections.abc import Iterator
from typing import BinaryIO, Final

_PIECE_BYTES: Final = 1 << 20
_SMALL_BYTES: Final = 1 << 16


def read_lines(file: BinaryIO, max_bytes: int) -> Iterator[bytes | int]:
    """Yield the lines of a file with their ends; of a line above the limit, the number of its bytes."""
    while line := file.readline(max_bytes + 1):
        if len(line) <= max_bytes or line.endswith(b"\n"):
            yield line
        else:
            yield len(line) + sum(map(len, read_rest(file)))


def read_at_most(file: BinaryIO, n_bytes: int) -> bytes:
    """Read up to so many bytes, in pieces: asked for many at once, Python first makes room for all of them."""
    pieces = []
    while n_bytes > 0 and (piece := file.read(min(n_bytes, _SMALL_BYTES))):
        pieces.append(piece)
        n_bytes -= len(piece)
    return b"".join(pieces)


def read_rest(file: BinaryIO) -> Iterator[bytes]:
    """Yield the rest of a line piece by piece."""
    while piece := file.readline(_PIECE_BYTES):
        yield piece
        if piece.endswith(b"\n"):
            return
