"""Contracts of every table that passes between two steps or is published.

Offsets are code points in the document's decoded text, `char_end` exclusive. Times are UTC.
A step's signature names the contract of what it takes and gives, for example
`def cut_blocks(texts: Texts) -> Blocks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import polars as pl

from copydesk.errors import ContractError

TEXT = pl.String()
COUNT = pl.Int64()
SCORE = pl.Float64()
TIME = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class Contract:
    """Name, columns with types, and key columns of a table."""

    name: str
    columns: Mapping[str, pl.DataType]
    key: tuple[str, ...]

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return `frame` with the contract's columns only, in the contract's order.

        Raises:
            ContractError: a column is missing or has another type.
        """
        schema = frame.schema
        wrong = [
            f"{name} should be {wanted}, is {schema.get(name, 'missing')}"
            for name, wanted in self.columns.items()
            if schema.get(name) != wanted
        ]
        if wrong:
            raise ContractError(f"Table '{self.name}' breaks its contract: {'; '.join(wrong)}.")
        return frame if list(schema) == list(self.columns) else frame.select(self.columns.keys())

    def make_empty(self) -> pl.DataFrame:
        """Return a table with no rows."""
        return pl.DataFrame(schema=dict(self.columns))


_DOCUMENT_KEY: dict[str, pl.DataType] = {"document_id": TEXT}
_BLOCK_KEY: dict[str, pl.DataType] = _DOCUMENT_KEY | {"block_index": COUNT}
_SPAN: dict[str, pl.DataType] = {"char_start": COUNT, "char_end": COUNT}
_LANGUAGE: dict[str, pl.DataType] = {"language": TEXT, "language_confidence": SCORE}
_DECISION: dict[str, pl.DataType] = {"role": TEXT, "label": TEXT, "reason": TEXT, "score": SCORE}

_STATED: dict[str, pl.DataType] = {
    "stated_title": TEXT,
    "stated_authors": pl.List(pl.String()),
    "stated_published": TEXT,
    "stated_url": TEXT,
}

TEXTS = Contract(
    "texts",
    _DOCUMENT_KEY
    | {
        "source_file": TEXT,
        "record_index": COUNT,
        "record_id": TEXT,
        "source_hash": TEXT,
        "format": TEXT,
        "encoding": TEXT,
        "repairs": pl.List(pl.String()),
    }
    | _STATED
    | {"fetched_at": TIME, "carried": TEXT, "text": TEXT},
    ("document_id",),
)
"""Decoded documents, as ingested: one row a document.

`record_index` is the record's position in its source file, from 0; `record_id` its own id or address, null where the
position is all there is. `format` is what the record is, text or html. `repairs` names what decoding repaired.
`stated_*` is what the record or its markup says beside the text, as it stands there; null, or an empty list, where it
says nothing. `fetched_at` is when the page was fetched. `carried` holds the other columns that were asked for, as a
JSON object."""

LANGUAGES = Contract("languages", _DOCUMENT_KEY | _LANGUAGE, ("document_id",))
"""The language of each document."""

BLOCKS = Contract("blocks", _BLOCK_KEY | {"line_index": COUNT} | _SPAN | {"text": TEXT}, tuple(_BLOCK_KEY))
"""The spans every decision is about, in reading order, `text` verbatim; `line_index` numbers the lines of the page
from 0, so that pieces cut from one glued line share it."""

BLOCK_LANGUAGES = Contract(
    "block_languages", _BLOCK_KEY | _LANGUAGE | {"is_sure": pl.Boolean(), "n_chars": COUNT}, BLOCKS.key
)
"""The language of each content block. `is_sure`: the block's own text settles it, whatever its document's language."""

VERDICTS = Contract("verdicts", dict(BLOCKS.columns) | _DECISION, BLOCKS.key)
"""Blocks with the one role and label decided for each, and why."""

FACTS = Contract(
    "facts",
    _DOCUMENT_KEY
    | {
        "title": TEXT,
        "authors": pl.List(pl.String()),
        "published_at": TIME,
        "published_offset_minutes": COUNT,
        "published_precision": TEXT,
        "published_text": TEXT,
        "updated_at": TIME,
        "updated_offset_minutes": COUNT,
        "updated_precision": TEXT,
        "updated_text": TEXT,
        "source_url": TEXT,
        "site": TEXT,
    },
    ("document_id",),
)
"""What the metadata blocks state: one row a document.

`published_offset_minutes` is the time zone the text states; null means that it states none and `published_at` holds
the time of the text as if it were UTC. `published_precision` is second, minute, day or unknown. The same for
`updated_*`, the time of the last change."""

DOCUMENTS = Contract(
    "documents",
    {k: v for k, v in TEXTS.columns.items() if k != "text" and k not in _STATED}
    | {k: v for k, v in FACTS.columns.items() if k != "document_id"}
    | _LANGUAGE
    | {
        "n_chars_raw": COUNT,
        "n_chars_kept": COUNT,
        "n_paragraphs": COUNT,
        "white_space": TEXT,
        "ingested_at": TIME,
        "processed_at": TIME,
        "pipeline_version": TEXT,
    },
    ("document_id",),
)
"""Published: one row a document. `n_chars_*` count characters that are not white space. `white_space` is the white
space that stands outside blocks, in order: with it the three published tables rebuild the decoded text exactly."""

PARAGRAPHS = Contract(
    "paragraphs",
    {"paragraph_id": TEXT}
    | _DOCUMENT_KEY
    | {"paragraph_index": COUNT, "block_index": COUNT, "label": TEXT, "text": TEXT}
    | {"text_verbatim": TEXT}
    | _SPAN
    | {
        "n_chars": COUNT,
        "n_words": COUNT,
        "paragraph_language": TEXT,
        "paragraph_language_confidence": SCORE,
        "language": TEXT,
        "source_url": TEXT,
        "site": TEXT,
        "published_at": TIME,
        "title": TEXT,
    },
    ("paragraph_id",),
)
"""Published: the content blocks. `text` is NFC, without control characters, single-spaced; `text_verbatim` is the
text as it stood where that differs, else null."""

REMOVED = Contract(
    "removed",
    _BLOCK_KEY
    | {"role": TEXT, "label": TEXT, "text": TEXT}
    | _SPAN
    | {"reason": TEXT, "score": SCORE, "language": TEXT},
    BLOCKS.key,
)
"""Published: the metadata and noise blocks, `text` verbatim, with the rule or detector that decided."""

QUARANTINE = Contract(
    "quarantine",
    {
        "source_file": TEXT,
        "document_id": TEXT,
        "table": TEXT,
        "reason": TEXT,
        "detail": TEXT,
        "row": TEXT,
        "found_at": TIME,
        "first_found_at": TIME,
        "times_found": COUNT,
    },
    (),
)
"""What could not be read or broke an expectation. `table` is null for a source that could not be read; `reason` is a
code or the expectation's name; `row` is the offending row as JSON, null for a source. `found_at` is when it was last
tried; `times_found` counts the tries since `first_found_at` that found the same."""

MANIFEST = Contract(
    "manifest",
    {
        "source_file": TEXT,
        "size": COUNT,
        "mtime_ns": COUNT,
        "source_hash": TEXT,
        "outcome": TEXT,
        "n_documents": COUNT,
        "fingerprint": TEXT,
    },
    ("source_file",),
)
"""What a version was made from: one row a source file. `size` in bytes, `mtime_ns` in nanoseconds since 1970,
on another machine any number that changes with the file;
`source_hash` is null where the file could not be read whole; `outcome` is published or quarantined; `fingerprint`
tells the pipeline it was processed with."""

HISTORY = Contract(
    "history",
    {
        "delivered_at": TIME,
        "language": TEXT,
        "site": TEXT,
        "label": TEXT,
        "n_documents": COUNT,
        "n_new": COUNT,
        "n_empty": COUNT,
        "n_blocks": COUNT,
        "newest_at": TIME,
    },
    ("delivered_at", "language", "site", "label"),
)
"""What the last deliveries held, by language and site: a row of documents, its label null (`n_new` of new or edited
sources, `n_empty` without paragraphs, `newest_at` the latest time a page states), and a row of blocks each label."""

PUBLISHED = (DOCUMENTS, PARAGRAPHS, REMOVED)
PARTITION_KEY = "language"
"""The document's language, in all three tables; a paragraph's own is `paragraph_language`."""

Texts = Annotated[pl.DataFrame, TEXTS]
Languages = Annotated[pl.DataFrame, LANGUAGES]
Blocks = Annotated[pl.DataFrame, BLOCKS]
BlockLanguages = Annotated[pl.DataFrame, BLOCK_LANGUAGES]
Verdicts = Annotated[pl.DataFrame, VERDICTS]
Facts = Annotated[pl.DataFrame, FACTS]
Documents = Annotated[pl.DataFrame, DOCUMENTS]
Paragraphs = Annotated[pl.DataFrame, PARAGRAPHS]
Removed = Annotated[pl.DataFrame, REMOVED]
Quarantine = Annotated[pl.DataFrame, QUARANTINE]
Manifest = Annotated[pl.DataFrame, MANIFEST]
History = Annotated[pl.DataFrame, HISTORY]


class Tables(NamedTuple):
    """The three published tables of some documents."""

    documents: Documents
    paragraphs: Paragraphs
    removed: Removed


class SettledLanguages(NamedTuple):
    """The languages of documents, and of their content blocks."""

    documents: Languages
    blocks: BlockLanguages
