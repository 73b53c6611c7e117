"""Reading many sources as tables of bounded size, whatever the size of a source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl

from copydesk.errors import UnreadableSourceError
from copydesk.reading.formats import read_records
from copydesk.reading.identities import Identities
from copydesk.reading.records import BadRecord, DecodedRecord, Record, decode_record, escape_name, tidy_stated
from copydesk.reading.sources import Source, open_hashed, report_read_errors
from copydesk.schemas import QUARANTINE, TEXTS, Quarantine, Texts
from copydesk.settings import ReadingSettings


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
    limits, chunk = limits or ChunkLimits(), _Chunk(found_at)
    for source in sources:
        for outcome in _read_source(source, settings):
            chunk.add(outcome)
            if chunk.is_full(limits):
                yield chunk.close()
                chunk = _Chunk(found_at)
    if not chunk.is_empty:
        yield chunk.close()


class _Document(NamedTuple):
    """A document: with those of the decoded record, the columns of `TEXTS`."""

    document_id: str
    source_file: str
    record_index: int
    record_id: str | None
    source_hash: str
    decoded: DecodedRecord


class _Refusal(NamedTuple):
    """A file, or where it has an id a record, that cannot be read: columns of `QUARANTINE`."""

    source_file: str
    document_id: str | None
    reason: str
    detail: str


class _End(NamedTuple):
    """The end of a source; its hash is None where it could not be opened."""

    source: Source
    source_hash: str | None


_Outcome = _Document | _Refusal | _End


def _read_source(source: Source, settings: ReadingSettings) -> Iterator[_Outcome]:
    identities, digest, index = Identities(source.source_file), None, -1
    try:
        file, digest = open_hashed(source)
        with file, report_read_errors():
            for index, record in enumerate(read_records(file, source.source_file, settings)):
                yield _read_record(record, index, identities, digest, settings)
    except UnreadableSourceError as error:
        where = f"after {index + 1:,} records: " if index >= 0 else ""
        yield _Refusal(source.source_file, None, error.reason, f"{where}{error.detail}")
    yield _End(source, digest)


def _read_record(
    record: Record | BadRecord, index: int, identities: Identities, source_hash: str, settings: ReadingSettings
) -> _Document | _Refusal:
    source_file = identities.source_file
    own_id = tidy_stated(record.id) or (tidy_stated(record.url) if isinstance(record, Record) else None)
    document_id = identities.identify(own_id, record.member, index)
    shown_id = own_id or escape_name(record.member) or None
    if isinstance(record, Record):
        try:
            decoded = decode_record(record, settings.max_record_bytes)
        except UnreadableSourceError as error:
            if record.is_whole:
                return _Refusal(source_file, None, error.reason, error.detail)
            record = BadRecord(error.reason, error.detail)
        else:
            return _Document(document_id, source_file, index, shown_id, source_hash, decoded)
    where = f"record {index:,} ({shown_id})" if shown_id else f"record {index:,}"
    return _Refusal(source_file, document_id, record.reason, f"{where}: {record.detail}")


class _Chunk:
    """What is collected for one part."""

    def __init__(self, found_at: datetime) -> None:
        self._found_at = found_at
        self._documents: list[_Document] = []
        self._refused: list[_Refusal] = []
        self._ended: list[_End] = []
        self._n_chars = 0

    @property
    def is_empty(self) -> bool:
        return not (self._documents or self._refused or self._ended)

    def is_full(self, limits: ChunkLimits) -> bool:
        return len(self._documents) + len(self._refused) >= limits.documents or self._n_chars >= limits.chars

    def add(self, outcome: _Outcome) -> None:
        if isinstance(outcome, _Document):
            self._documents.append(outcome)
            self._n_chars += len(outcome.decoded.text)
        elif isinstance(outcome, _Refusal):
            self._refused.append(outcome)
        else:
            self._ended.append(outcome)

    def close(self) -> Reading:
        documents = [(*document[:-1], *document.decoded) for document in self._documents]
        refused = [
            refusal._asdict() | {"found_at": self._found_at, "first_found_at": self._found_at, "times_found": 1}
            for refusal in self._refused
        ]
        return Reading(
            pl.DataFrame(documents, schema=dict(TEXTS.columns), orient="row"),
            pl.DataFrame(refused, schema=dict(QUARANTINE.columns)),
            {end.source.source_file: end.source_hash for end in self._ended if end.source_hash},
            tuple(end.source for end in self._ended),
        )
