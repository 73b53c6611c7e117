"""Reading sources record by record, and collecting what comes of it into tables."""

from collections.abc import Iterator, Sequence
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


class Document(NamedTuple):
    """A document: with those of the decoded record, the columns of `TEXTS`."""

    document_id: str
    source_file: str
    record_index: int
    record_id: str | None
    source_hash: str
    decoded: DecodedRecord


class Refusal(NamedTuple):
    """A file, or where it has an id a record, that cannot be read: columns of `QUARANTINE`."""

    source_file: str
    document_id: str | None
    reason: str
    detail: str


class End(NamedTuple):
    """The end of a source; its hash is None where it could not be opened."""

    source: Source
    source_hash: str | None


Outcome = Document | Refusal | End


def make_texts(documents: Sequence[Document]) -> Texts:
    """Return documents as a table."""
    rows = [(*document[:-1], *document.decoded) for document in documents]
    return pl.DataFrame(rows, schema=dict(TEXTS.columns), orient="row")


def read_source(source: Source, settings: ReadingSettings) -> Iterator[Outcome]:
    """Yield what comes of each record of a source, and its end."""
    identities, digest, index = Identities(source.source_file), None, -1
    try:
        file, digest, n_bytes = open_hashed(source)
        with file, report_read_errors():
            for index, record in enumerate(read_records(file, source.source_file, n_bytes, settings)):
                yield _read_record(record, index, identities, digest, settings)
    except UnreadableSourceError as error:
        where = f"after {index + 1:,} records: " if index >= 0 else ""
        yield Refusal(source.source_file, None, error.reason, f"{where}{escape_name(error.detail)}")
    yield End(source, digest)


def _read_record(
    record: Record | BadRecord, index: int, identities: Identities, source_hash: str, settings: ReadingSettings
) -> Document | Refusal:
    source_file = identities.source_file
    own_id = tidy_stated(record.id) or (tidy_stated(record.url) if isinstance(record, Record) else None)
    member = escape_name(record.member)
    document_id = identities.identify(own_id, member, index)
    record_id = own_id or member or None
    if isinstance(record, Record):
        try:
            decoded = decode_record(record, settings.max_record_bytes)
        except UnreadableSourceError as error:
            if record.is_whole:
                return Refusal(source_file, None, error.reason, error.detail)
            record = BadRecord(error.reason, error.detail)
        else:
            return Document(document_id, source_file, index, record_id, source_hash, decoded)
    where = f"record {index:,} ({record_id})" if record_id else f"record {index:,}"
    return Refusal(source_file, document_id, record.reason, f"{where}: {escape_name(record.detail)}")


class Collector:
    """What is collected for one part.

    Attributes:
        n_chars: characters of text.
        ended: the sources that were read to their end.
    """

    def __init__(self) -> None:
        self.n_chars = 0
        self.ended: list[End] = []
        self._documents: list[Document] = []
        self._refused: list[Refusal] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added yet."""
        return not (self._documents or self._refused or self.ended)

    @property
    def n_records(self) -> int:
        """How many records were added, those set aside among them."""
        return len(self._documents) + len(self._refused)

    def add(self, outcome: Outcome) -> None:
        """Take a document, a refusal or the end of a source."""
        if isinstance(outcome, Document):
            self._documents.append(outcome)
            self.n_chars += len(outcome.decoded.text)
        elif isinstance(outcome, Refusal):
            self._refused.append(outcome)
        else:
            self.ended.append(outcome)

    def make_texts(self) -> Texts:
        """Return the documents as a table."""
        return make_texts(self._documents)

    def make_quarantine(self, found_at: datetime) -> Quarantine:
        """Return what could not be read as a table."""
        times = {"found_at": found_at, "first_found_at": found_at, "times_found": 1}
        rows = [refusal._asdict() | times for refusal in self._refused]
        return pl.DataFrame(rows, schema=dict(QUARANTINE.columns))
