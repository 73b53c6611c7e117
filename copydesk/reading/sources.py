"""Source files: finding them below the raw folder and reading them, one record each."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Final

import polars as pl

from copydesk.errors import UnreadableSourceError, WrongUseError
from copydesk.reading.decode import REASONS, decode_bytes
from copydesk.schemas import QUARANTINE, TEXTS, Quarantine, Texts
from copydesk.settings import ReadingSettings

_ID_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Source:
    """A source file as found: `source_file` is its path below the raw folder, always valid text; size in bytes."""

    path: Path
    source_file: str
    size: int
    mtime_ns: int


def list_sources(raw: Path) -> list[Source]:
    """Return the source files below `raw`, sorted by name. Hidden files, and links to elsewhere, are left out.

    Raises:
        WrongUseError: `raw` does not exist, is no folder, cannot be read, or holds no files.
    """
    if not raw.is_dir():
        what = "is a file, not a folder" if raw.exists() else "does not exist"
        raise WrongUseError(f"The raw folder {raw} {what}. Name the folder your scraper writes to, with --raw.")
    found = sorted((source for source in _walk_files(raw)), key=lambda source: source.source_file)
    if not found:
        raise WrongUseError(f"The raw folder {raw} holds no files. Put text files there, or name another with --raw.")
    return found


def _walk_files(raw: Path) -> Iterator[Source]:
    def refuse(error: OSError) -> None:
        raise WrongUseError(f"The folder {error.filename} cannot be read: {error.strerror}.") from error

    for folder, folders, names in os.walk(raw, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(folder, name) for name in names if not name.startswith(".")):
            if path.is_symlink() and not path.resolve().is_relative_to(raw.resolve()):
                continue
            yield _describe_source(path, raw)


def _describe_source(path: Path, raw: Path) -> Source:
    source_file = os.fsencode(path.relative_to(raw).as_posix()).decode("utf-8", errors="backslashreplace")
    try:
        status = path.stat()
    except OSError:  # gone, or a link to nothing: reading it says so
        return Source(path, source_file, 0, 0)
    return Source(path, source_file, status.st_size, status.st_mtime_ns)


def read_sources(sources: Sequence[Source], settings: ReadingSettings, found_at: datetime) -> tuple[Texts, Quarantine]:
    """Read and decode source files; what cannot be read becomes a row of the quarantine, never an exception."""
    documents: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    for source in sources:
        try:
            documents.append(_read_document(source, settings))
        except UnreadableSourceError as error:
            refused.append(
                {
                    "source_file": source.source_file,
                    "reason": error.reason,
                    "detail": error.detail,
                    "found_at": found_at,
                }
            )
    return (
        pl.DataFrame(documents, schema=dict(TEXTS.columns)),
        pl.DataFrame(refused, schema=dict(QUARANTINE.columns)),
    )


def _read_document(source: Source, settings: ReadingSettings) -> dict[str, object]:
    content = _read_bytes(source, settings.max_file_bytes)
    text, encoding = decode_bytes(content)
    return {
        "document_id": make_document_id(source.source_file, 0),
        "source_file": source.source_file,
        "record_index": 0,
        "source_hash": sha256(content).hexdigest(),
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
