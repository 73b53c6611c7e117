"""Builds small valid tables, block by block, for tests that do not want the whole pipeline."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from copydesk.labels import CONTENT_LABELS, ROLE_OF, Label
from copydesk.publish import State
from copydesk.schemas import DOCUMENTS, HISTORY, MANIFEST, PARAGRAPHS, PUBLISHED, QUARANTINE, REMOVED, Tables
from copydesk.tables import write_tables

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
BLOCKS = (
    (Label.TITLE, "Un titre"),
    (Label.PARAGRAPH, "Il pleut sur la ville, dit-on."),
    (Label.SHARE, "Partager"),
    (Label.PARAGRAPH, "Le fleuve a  monté de 2 mètres."),
)


def make_id(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:24]


def build_document(
    name: str = "a.txt",
    language: str = "fr",
    blocks: Sequence[tuple[Label, str]] = BLOCKS,
    now: datetime = NOW,
) -> Tables:
    """Tables of one document whose blocks stand on lines of their own."""
    document_id = make_id(name)
    paragraphs: list[dict[str, Any]] = []
    removed: list[dict[str, Any]] = []
    position = 0
    for index, (label, verbatim) in enumerate(blocks):
        block = {
            "document_id": document_id,
            "block_index": index,
            "label": str(label),
            "char_start": position,
            "char_end": position + len(verbatim),
            "language": language,
        }
        position += len(verbatim) + 1
        if label in CONTENT_LABELS:
            paragraphs.append(block | _describe_paragraph(verbatim, document_id, len(paragraphs), language))
        else:
            removed.append(
                block | {"role": str(ROLE_OF[label]), "text": verbatim, "reason": "any.test_rule", "score": 1.0}
            )
    document = {
        "document_id": document_id,
        "source_file": name,
        "record_index": 0,
        "source_hash": sha256(name.encode()).hexdigest(),
        "format": "text",
        "encoding": "utf-8",
        "repairs": [],
        "title": "Un titre",
        "authors": ["Jeanne Exemple"],
        "published_precision": "unknown",
        "updated_precision": "unknown",
        "language": language,
        "language_confidence": 0.99,
        "n_chars_raw": sum(_count(text) for _, text in blocks),
        "n_chars_kept": sum(_count(text) for label, text in blocks if label in CONTENT_LABELS),
        "n_paragraphs": len(paragraphs),
        "white_space": "\n" * max(len(blocks) - 1, 0),
        "ingested_at": now,
        "processed_at": now,
        "pipeline_version": "0.1.0",
    }
    return Tables(
        pl.DataFrame([document], schema=dict(DOCUMENTS.columns)),
        pl.DataFrame(paragraphs, schema=dict(PARAGRAPHS.columns)),
        pl.DataFrame(removed, schema=dict(REMOVED.columns)),
    )


def build_tables(*documents: Tables) -> Tables:
    """One batch of these documents."""
    return Tables(*(pl.concat(frames) for frames in zip(*documents, strict=True)))


def build_numbered(count: int, language: str = "fr", now: datetime = NOW, prefix: str = "") -> Tables:
    """A batch of `count` documents of two paragraphs and two removed blocks each."""
    return build_tables(*(build_document(f"{prefix}{i:05}.txt", language, now=now) for i in range(count)))


def _count(text: str) -> int:
    return len("".join(text.split()))


def _describe_paragraph(verbatim: str, document_id: str, index: int, language: str) -> dict[str, Any]:
    text = " ".join(verbatim.split())
    return {
        "paragraph_id": make_id(document_id, index),
        "paragraph_index": index,
        "text": text,
        "text_verbatim": None if text == verbatim else verbatim,
        "n_chars": len(text),
        "n_words": len(text.split()),
        "paragraph_language": language,
        "paragraph_language_confidence": 0.99,
        "title": "Un titre",
    }


def stage_tables(tables: Tables, folder: Path) -> dict[str, list[Path]]:
    """Write tables as one staged batch; return its files by table."""
    write_tables(tables, folder)
    return {contract.name: [folder / f"{contract.name}.parquet"] for contract in PUBLISHED}


def make_state(
    manifest: pl.DataFrame | None = None,
    quarantine: pl.DataFrame | None = None,
    pipeline: Mapping[str, str] | None = None,
) -> State:
    """What a version remembers: nothing, but for what is given."""
    return State(
        MANIFEST.make_empty() if manifest is None else manifest,
        QUARANTINE.make_empty() if quarantine is None else quarantine,
        HISTORY.make_empty(),
        pipeline or {},
    )
