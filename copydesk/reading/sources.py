"""Source files: finding them below the raw folder, opening them, telling whether their bytes are the same."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from copydesk.errors import UnreadableSourceError, WrongUseError
from copydesk.reading.decode import REASONS
from copydesk.reading.lines import read_at_most
from copydesk.remote.files import open_file

_HELD_BYTES: Final = 8_000_000
_BLOCK_BYTES: Final = 1 << 20


class Source(NamedTuple):
    """A source file as found.

    Attributes:
        path: where it is; the address, where it is on another machine.
        source_file: its path below the raw folder, always valid text.
        size: in bytes.
        mtime_ns: time of change in nanoseconds since 1970; on another machine any number that changes with the file.
    """

    path: Path | str
    source_file: str
    size: int
    mtime_ns: int

    def open(self) -> BinaryIO:
        """Open the file's bytes; one on another machine is fetched first.

        Raises:
            UnreadableSourceError: it is gone, or cannot be opened.
            RemoteError: the other machine does not answer.
        """
        with report_read_errors():
            return self.path.open("rb") if isinstance(self.path, Path) else open_file(self.path)


def list_sources(raw: Path) -> list[Source]:
    """Return the source files below `raw`, sorted by name. Hidden files, and links to elsewhere, are left out.

    Raises:
        WrongUseError: `raw` does not exist, is no folder, or cannot be read.
    """
    require_folder(raw)
    return sorted(_walk_files(raw, "", raw.resolve()), key=attrgetter("source_file"))


def require_folder(raw: Path) -> None:
    """Refuse a raw folder that is none.

    Raises:
        WrongUseError: it does not exist, or is no folder.
    """
    if not raw.is_dir():
        what = "is a file, not a folder" if raw.exists() else "does not exist"
        raise WrongUseError(f"The raw folder {raw} {what}. Name the folder your scraper writes to, with --raw.")


def _walk_files(folder: Path, prefix: str, top: Path) -> Iterator[Source]:
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError as error:
        raise WrongUseError(f"The folder {error.filename} cannot be read: {error.strerror}.") from error
    for entry in entries:
        is_link = entry.is_symlink()
        if entry.is_dir():
            if not is_link:
                yield from _walk_files(Path(entry.path), f"{prefix}{entry.name}/", top)
        elif not (is_link and not Path(entry.path).resolve().is_relative_to(top)):
            yield _describe_source(entry, f"{prefix}{entry.name}")


def _describe_source(entry: "os.DirEntry[str]", name: str) -> Source:
    source_file = name_source(name)
    try:
        status = entry.stat()
    except OSError:  # gone, or a link to nothing: reading it says so
        return Source(Path(entry.path), source_file, 0, 0)
    return Source(Path(entry.path), source_file, status.st_size, status.st_mtime_ns)


def name_source(name: str) -> str:
    """Return a file's name as valid text, whatever bytes it is made of."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", errors="backslashreplace")


def hash_source(source: Source) -> str | None:
    """Return the SHA-256 of a file's bytes, or None where it cannot be read."""
    try:
        opened = open_hashed(source)
    except UnreadableSourceError:
        return None
    opened.file.close()
    return opened.source_hash


class OpenedSource(NamedTuple):
    """The bytes of a file from the start, their SHA-256, and how many they are."""

    file: BinaryIO
    source_hash: str
    n_bytes: int


def open_hashed(source: Source) -> OpenedSource:
    """Open a file and hash its bytes; a small one is read only once.

    A large one is read through before: each of its records carries the hash.

    Raises:
        UnreadableSourceError: it cannot be opened or read.
    """
    with ExitStack() as stack, report_read_errors():
        file = stack.enter_context(source.open())
        content = read_at_most(file, _HELD_BYTES)
        digest = sha256(content)
        n_bytes = len(content)
        if n_bytes < _HELD_BYTES:
            return OpenedSource(BytesIO(content), digest.hexdigest(), n_bytes)
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            n_bytes += len(block)
        file.seek(0)
        stack.pop_all()  # it stays open
        return OpenedSource(file, digest.hexdigest(), n_bytes)


@contextmanager
def report_read_errors() -> Iterator[None]:
    """Make an `UnreadableSourceError` of what goes wrong while a file is opened or read."""
    try:
        yield
    except FileNotFoundError as error:
        raise UnreadableSourceError("vanished", REASONS["vanished"]) from error
    except OSError as error:
        detail = f"{REASONS['unreadable']}: {error.strerror or error}"
        raise UnreadableSourceError("unreadable", detail) from error
