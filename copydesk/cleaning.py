"""Cleaning texts in memory: the text pipeline without Prefect, files or validation."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

import polars as pl

from copydesk.language import detect_languages
from copydesk.metadata.times import format_time
from copydesk.noise.model import Model
from copydesk.pipeline import assemble_tables, label_blocks, label_with_clues
from copydesk.schemas import TEXTS, Tables, Texts
from copydesk.settings import Settings

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Published times of the run; texts cleaned in memory have none.
_NO_TIME: Final = datetime.fromtimestamp(0, UTC)


class Paragraph(NamedTuple):
    """A content block: `text` is normalised; `char_start` to `char_end`, exclusive, are code points of the input."""

    text: str
    label: str
    language: str
    char_start: int
    char_end: int


class RemovedBlock(NamedTuple):
    """A metadata or noise block, `text` verbatim, with the rule or detector that decided and its score (0 to 1)."""

    text: str
    role: str
    label: str
    reason: str
    score: float
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class CleanDocument:
    """A cleaned text.

    Attributes:
        language: ISO 639-1, 639-3 where there is none, or `und`.
        language_confidence: from 0 to 1; the share of the content in that language, times how sure that is.
        title: None where the text states none, as `published`, `updated` and `source_url`.
        authors: people and agencies.
        published: ISO 8601, no finer than the text states it.
        updated: when it was last changed, likewise.
        source_url: the address the text names as its source, without tracking parameters.
        paragraphs: content blocks in order.
        removed: metadata and noise blocks in order.
    """

    language: str
    language_confidence: float
    title: str | None
    authors: tuple[str, ...]
    published: str | None
    updated: str | None
    source_url: str | None
    paragraphs: tuple[Paragraph, ...]
    removed: tuple[RemovedBlock, ...]

    @property
    def text(self) -> str:
        """The clean text: its paragraphs with a blank line between them."""
        return "\n\n".join(paragraph.text for paragraph in self.paragraphs)


def clean(text: str, settings: Settings | None = None) -> CleanDocument:
    """Clean one text."""
    return clean_many([text], settings)[0]


def clean_many(texts: Iterable[str], settings: Settings | None = None) -> list[CleanDocument]:
    """Clean texts together, in order; faster than one by one.

    A lone surrogate, which is no character, is read as U+FFFD.
    """
    return list(read_documents(clean_tables(texts, settings or Settings())))


def clean_tables(texts: Iterable[str], settings: Settings, model: Model | None = None) -> Tables:
    """Return the three tables of texts in memory; `document_id` is each text's number.

    Another `model` than the shipped one is for measuring.
    """
    frame = make_frame(texts)
    languages = detect_languages(frame, settings.language)
    verdicts = label_blocks(frame, languages, settings, model)
    return assemble_tables(frame, languages, verdicts, settings, _NO_TIME)


def clean_with_clues(frame: Texts, settings: Settings) -> tuple[Tables, dict[int, str]]:
    """Return the three tables of one document, and the model's clues for each block by the offset where it starts."""
    languages = detect_languages(frame, settings.language)
    verdicts, clues = label_with_clues(frame, languages, settings)
    return assemble_tables(frame, languages, verdicts, settings, _NO_TIME), clues


def make_frame(texts: Iterable[str]) -> Texts:
    """Return texts in memory as a table; `document_id` is each text's number."""
    rows = [
        {
            "document_id": str(i),
            "source_file": "",
            "record_index": i,
            "source_hash": "",
            "format": "text",
            "encoding": "str",
            "repairs": [],
            "stated_authors": [],
            "text": _LONE_SURROGATE.sub("\ufffd", text),
        }
        for i, text in enumerate(texts)
    ]
    return pl.DataFrame(rows, schema=dict(TEXTS.columns))


def read_documents(tables: Tables) -> Iterator[CleanDocument]:
    """Yield the documents of three tables, in order."""
    paragraphs = _group_rows(
        tables.paragraphs.rename({"language": "document_language", "paragraph_language": "language"}), Paragraph
    )
    removed = _group_rows(tables.removed, RemovedBlock)
    for row in tables.documents.iter_rows(named=True):
        yield CleanDocument(
            language=row["language"],
            language_confidence=row["language_confidence"],
            title=row["title"],
            authors=tuple(row["authors"]),
            published=format_time(row["published_at"], row["published_offset_minutes"], row["published_precision"]),
            updated=format_time(row["updated_at"], row["updated_offset_minutes"], row["updated_precision"]),
            source_url=row["source_url"],
            paragraphs=paragraphs.get(row["document_id"], ()),
            removed=removed.get(row["document_id"], ()),
        )


def _group_rows(frame: pl.DataFrame, kind: Any) -> dict[str, tuple[Any, ...]]:
    """Return the rows of each document, which stand together."""
    # As kind._make does, without a call of its own for each row.
    make_row = partial(tuple.__new__, kind)
    rows = list(map(make_row, zip(*(frame[column].to_list() for column in kind._fields), strict=True)))
    in_order = iter(rows)
    return {key: tuple(islice(in_order, n_rows)) for key, n_rows in Counter(frame["document_id"].to_list()).items()}


def to_record(document: CleanDocument) -> dict[str, Any]:
    """Return the document as the JSON object `copydesk clean --jsonl` writes, without its id."""
    blocks = [
        (block.role, {k: v for k, v in block._asdict().items() if k not in ("role", "score")})
        for block in document.removed
    ]
    return {
        "language": document.language,
        "paragraphs": [paragraph.text for paragraph in document.paragraphs],
        "title": document.title,
        "authors": list(document.authors),
        "published": document.published,
        "updated": document.updated,
        "source_url": document.source_url,
        "metadata": [block for role, block in blocks if role == "metadata"],
        "removed": [block for role, block in blocks if role == "noise"],
    }
