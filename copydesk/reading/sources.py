"""Source files: finding them below the raw folder and reading them, one record each."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b, sha256
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from copydesk.errors import UnreadableSourceError, WrongUseError
from copydesk.reading.decode import REASONS, decode_bytes
from copydesk.schemas import QUARANTINE, TEXTS, Quarantine, Texts
from copydesk.settings import ReadingSettings

_ID_BYTES: Final = 12


class Source(NamedTuple):
    """A source file as found: `source_file` is its path below the raw folder, always valid text; size in bytes."""

    path: Path
    source_file: str
    size: int
    mtime_ns: int


class Reading(NamedTuple):
    """What came of reading some source files.

    Attributes:
        texts: the documents.
        quarantine: the files that could not be read.
        hashes: SHA-256 of the bytes of each file that could be read whole, by `source_file`.
    """

    texts: Texts
    quarantine: Quarantine
    hashes: Mapping[str, str]


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
    source_file = name if name.isascii() else os.fsencode(name).decode("utf-8", errors="backslashreplace")
    try:
        status = entry.stat()
    except OSError:  # gone, or a link to nothing: reading it says so
        return Source(Path(entry.path), source_file, 0, 0)
    return Source(Path(entry.path), source_file, status.st_size, status.st_mtime_ns)


def hash_source(source: Source, settings: ReadingSettings) -> str | None:
    """Return the SHA-256 of a file's bytes, or None where it cannot be read or is larger than allowed."""
    try:
        return sha256(_read_bytes(source, settings.max_file_bytes)).hexdigest()
    except UnreadableSourceError:
        return None


def read_sources(sources: Sequence[Source], settings: ReadingSettings, found_at: datetime) -> Reading:
    """Read and decode source files; what cannot be read becomes a row of the quarantine, never an exception."""
    documents: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    hashes: dict[str, str] = {}
    for source in sources:
        try:
            content = _read_bytes(source, settings.max_file_bytes)
            hashes[source.source_file] = sha256(content).hexdigest()
            documents.append(_decode_document(source.source_file, content, hashes[source.source_file]))
        except UnreadableSourceError as error:
            refused.append(
                {
                    "source_file": source.source_file,
                    "reason": error.reason,
                    "detail": error.detail,
                    "found_at": found_at,
                    "first_found_at": found_at,
                    "times_found": 1,
                }
            )
    return Reading(
        pl.DataFrame(documents, schema=dict(TEXTS.columns)),
        pl.DataFrame(refused, schema=dict(QUARANTINE.columns)),
        hashes,
    )


def _decode_document(source_file: str, content: bytes, source_hash: str) -> dict[str, object]:
    text, encoding, _ = decode_bytes(content)
    return {
        "document_id": make_document_id(source_file, 0),
        "source_file": source_file,
        "record_index": 0,
        "source_hash": source_hash,
        "encoding": encoding,
        "text": text,
    }


def _read_bytes(source: Source, max_bytes: int) -> bytes:
    try:
        with source.path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise UnreadableSourceError("vanished", REASONS["vanished"]) from error
    except OSError as error:
        raise UnreadableSourceError("unreadable", f"{REASONS['unreadable']}: {error.strerror}") from error
    if len(content) > max_bytes:
        limit = f"reading.max_file_bytes = {max_bytes:,}"
        raise UnreadableSourceError("too_large", f"{source.size:,} bytes {REASONS['too_large']} ({limit})")
    return content


def make_document_id(source_file: str, record_index: int) -> str:
    """Return the id of a record: the same for the same place, whatever the text there becomes."""
    return blake2b(f"{source_file}\0{record_index}".encode(), digest_size=_ID_BYTES).hexdigest()
