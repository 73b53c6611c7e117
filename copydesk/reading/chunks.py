"""Reading many sources as tables of bounded size, whatever the size of a source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from copydesk.errors import UnreadableSourceError
from copydesk.reading.ahead import fetch_ahead
from copydesk.reading.sources import Source
from copydesk.schemas import QUARANTINE, TEXTS, Quarantine, Texts
from copydesk.settings import ReadingSettings

if TYPE_CHECKING:
    from copydesk.reading.collect import Collector


class ChunkLimits(NamedTuple):
    """How much one chunk holds at most; one record more than `chars` where that record is larger.

    Attributes:
        documents: records, those set aside among them.
        chars: characters of text.
    """

    documents: int = 1_000
    chars: int = 5_000_000


class Reading(NamedTuple):
    """What came of reading source files, or a part of them.

    Attributes:
        texts: the documents.
        quarantine: the files and records that could not be read.
        hashes: SHA-256 of the bytes of each file that ended in this part and could be opened, by `source_file`.
        ended: the sources that were read to their end, or as far as they go, in this part.
    """

    texts: Texts
    quarantine: Quarantine
    hashes: Mapping[str, str]
    ended: tuple[Source, ...]


def read_sources(sources: Sequence[Source], settings: ReadingSettings, found_at: datetime) -> Reading:
    """Read source files into one table; what cannot be read becomes a row of the quarantine, never an exception."""
    chunks = list(read_chunks(sources, settings, found_at))
    return Reading(
        pl.concat([TEXTS.make_empty(), *(chunk.texts for chunk in chunks)]),
        pl.concat([QUARANTINE.make_empty(), *(chunk.quarantine for chunk in chunks)]),
        {name: digest for chunk in chunks for name, digest in chunk.hashes.items()},
        tuple(source for chunk in chunks for source in chunk.ended),
    )


def read_chunks(
    sources: Sequence[Source], settings: ReadingSettings, found_at: datetime, limits: ChunkLimits | None = None
) -> Iterator[Reading]:
    """Read source files a bounded part at a time.

    Each record is a document or a row of the quarantine, never an exception. Where a file breaks off, the records
    before that stay, and the break is a row of its own.

    Args:
        sources: the files, in the order they are read.
        settings: the limits of records, the names of columns.
        found_at: the time of the run, noted in the quarantine.
        limits: how much one part holds.

    Yields:
        The documents in order, part by part; a source's hash comes with the part in which it ends. The documents do
        not depend on `limits`.
    """
    # An unchanged run needs none of the formats.
    from copydesk.reading.collect import Collector, read_source  # noqa: PLC0415

    limits, part = limits or ChunkLimits(), Collector()
    for source in fetch_ahead(sources):
        for outcome in read_source(source, settings):
            part.add(outcome)
            if part.n_records >= limits.documents or part.n_chars >= limits.chars:
                yield _make_reading(part, found_at)
                part = Collector()
    if not part.is_empty:
        yield _make_reading(part, found_at)


def read_document(path: Path, record_index: int, settings: ReadingSettings) -> Texts:
    """Return one record of a file, which is found by its position, from 0, as a table of one row.

    Raises:
        UnreadableSourceError: the file or the record cannot be read, or there are not so many.
    """
    from copydesk.reading.collect import Document, Refusal, make_texts, read_source  # noqa: PLC0415

    n_records = 0
    for outcome in read_source(Source(path, path.name, 0, 0), settings):
        is_wanted = n_records == record_index
        if isinstance(outcome, Document) and is_wanted:
            return make_texts([outcome])
        if isinstance(outcome, Refusal) and (is_wanted or outcome.document_id is None):
            raise UnreadableSourceError(outcome.reason, outcome.detail)
        n_records += 1
    raise UnreadableSourceError("empty", f"holds {n_records - 1:,} records; the first is number 0.")


def _make_reading(part: "Collector", found_at: datetime) -> Reading:
    return Reading(
        part.make_texts(),
        part.make_quarantine(found_at),
        {end.source.source_file: end.source_hash for end in part.ended if end.source_hash},
        tuple(end.source for end in part.ended),
    )
