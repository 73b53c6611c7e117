"""Compressed streams: unpacked a block at a time, and no further than is reasonable."""

import io
import zlib
from bz2 import BZ2Decompressor
from codecs import getincrementaldecoder
from collections.abc import Callable
from gzip import GzipFile
from lzma import FORMAT_XZ, LZMADecompressor, LZMAError
from tarfile import TarError
from typing import Any, BinaryIO, Final, cast
from zipfile import BadZipFile

from copydesk.errors import UnreadableSourceError
from copydesk.reading.records import refuse

MAX_RATIO: Final = 250
"""So many times its own size a source may give. Text shrinks to a tenth, very repetitive text to a fiftieth."""
FREE_BYTES: Final = 1_000_000
"""So much any source may give, however small it is."""
HEAD_BYTES: Final = 65_536
_BLOCK_BYTES: Final = 65_536
# What was unpacked of a block is lost when the rest of it is broken.
_ZSTD_BYTES: Final = 4_096
_XZ_MEMORY: Final = 256_000_000
_MARKS: Final = {
    "gz": b"\x1f\x8b\x08",
    "zst": b"\x28\xb5\x2f\xfd",
    "bz2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
}
_BZ2_BLOCKS: Final = (b"1AY&SY", b"\x17rE8P\x90")
_BZ2_BLOCK_AT: Final = 4


class Budget:
    """How much a source may still give, all its layers together."""

    def __init__(self, n_packed: int, max_bytes: int) -> None:
        self._left = min(max_bytes, max(MAX_RATIO * n_packed, FREE_BYTES))
        self._reason = (
            f"gives more than reading.max_unpacked_bytes = {max_bytes:,} bytes"
            if self._left == max_bytes
            else f"gives more than {MAX_RATIO} times its size of {n_packed:,} bytes"
        )

    def spend(self, n_bytes: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            UnreadableSourceError: they are too many.
        """
        self._left -= n_bytes
        if self._left < 0:
            raise refuse("bomb", self._reason)


class RecodedFile:
    """A text in another encoding as UTF-8; what cannot be decoded is U+FFFD."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = getincrementaldecoder(encoding)("replace")

    def read(self, n_bytes: int) -> bytes:
        """Return the next bytes, some more or less than `n_bytes`; none at the end."""
        while block := self._file.read(n_bytes):
            if text := self._decoder.decode(block):
                return text.encode()
        return self._decoder.decode(b"", final=True).encode()


class Stream(io.RawIOBase):
    """A stream whose first bytes can be looked at; unpacked bytes are counted, broken ones reported.

    Attributes:
        head: the first bytes, `HEAD_BYTES` of them if there are so many.
    """

    def __init__(self, file: BinaryIO | RecodedFile, budget: Budget | None = None) -> None:
        self._read: Callable[[int], bytes] = getattr(file, "read1", file.read)
        self._budget = budget
        self._break: UnreadableSourceError | None = None
        self.head = self._pending = self._take_head()

    def _take_head(self) -> bytes:
        head = b""
        try:
            while len(head) < HEAD_BYTES and (block := self._read_block(HEAD_BYTES - len(head))):
                head += block
        except UnreadableSourceError as error:
            if not head:
                raise
            self._break = error  # what comes before it can be read
        return head

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; return how many bytes that took, 0 at the end."""
        block = self._pending or self._read_block(len(buffer))
        filled = min(len(block), len(buffer))
        buffer[:filled], self._pending = block[:filled], block[filled:]
        return filled

    def _read_block(self, n_bytes: int) -> bytes:
        if self._break:
            raise self._break
        try:
            block = self._read(n_bytes)
        except (EOFError, zlib.error, LZMAError, BadZipFile, TarError) as error:
            raise refuse("broken", f"breaks off, or is damaged: {error}") from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise refuse("broken", f"breaks off, or is damaged: {error}") from error
        if self._budget:
            self._budget.spend(len(block))
        return block

    def buffer(self) -> io.BufferedReader:
        """Return the stream with methods to read lines and larger pieces."""
        return io.BufferedReader(self, _BLOCK_BYTES)


def find_codec(head: bytes) -> str | None:
    """Tell by its first bytes how a stream is compressed: gz, zst, bz2, xz or not."""
    codec = next((name for name, mark in _MARKS.items() if head.startswith(mark)), None)
    return codec if codec != "bz2" or head.startswith(_BZ2_BLOCKS, _BZ2_BLOCK_AT) else None


def unpack(stream: Stream, codec: str, budget: Budget) -> Stream:
    """Return a compressed stream unpacked.

    Raises:
        UnreadableSourceError: it is broken within the first `HEAD_BYTES`.
    """
    openers: dict[str, Callable[[BinaryIO], Any]] = {
        "gz": lambda packed: GzipFile(fileobj=packed),
        "zst": _ZstdFile,
        "bz2": lambda packed: _Unpacked(packed, BZ2Decompressor),
        "xz": lambda packed: _Unpacked(packed, lambda: LZMADecompressor(FORMAT_XZ, memlimit=_XZ_MEMORY)),
    }
    return Stream(openers[codec](stream.buffer()), budget)


class _Unpacked(io.RawIOBase):
    """What bz2 and xz streams hold, several one after the other too.

    The files of the standard library set xz no limit of memory, and a stream may ask for 4 GB.
    """

    def __init__(self, packed: BinaryIO, make: Callable[[], BZ2Decompressor | LZMADecompressor]) -> None:
        self._packed, self._make, self._codec = packed, make, make()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = b""
        while not block:
            packed = b""
            if self._codec.eof:
                packed = self._codec.unused_data or self._packed.read(_BLOCK_BYTES)
                if not packed.strip(b"\0"):
                    return 0
                self._codec = self._make()
            elif self._codec.needs_input:
                packed = self._packed.read(_BLOCK_BYTES)
                if not packed:
                    raise EOFError("the file ends before the stream does")
            block = self._codec.decompress(packed, len(buffer))
        buffer[: len(block)] = block
        return len(block)


class _ZstdFile:
    """What zstd frames hold. Of all readers at hand this one neither misses a broken end nor unpacks without bounds."""

    def __init__(self, packed: BinaryIO) -> None:
        import pyarrow as pa  # noqa: PLC0415  (few sources need it)

        self._stream = pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), "zstd")

    def read(self, n_bytes: int) -> bytes:
        return cast("bytes", self._stream.read(min(n_bytes, _ZSTD_BYTES)))
