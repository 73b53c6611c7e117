"""What changed between two versions: documents, paragraphs, and why paragraphs came or went."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from copydesk.schemas import DOCUMENTS, PARAGRAPHS, REMOVED, Contract
from copydesk.tables import list_parts, read_part

SAMPLES: Final = 3
"""Texts shown for each reason."""
DOCUMENT_REMOVED: Final = "document removed"
DOCUMENT_ADDED: Final = "document added"
TEXT_CHANGED: Final = "text changed"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some paragraphs were gained or lost: how many, and a few of them."""

    name: str
    count: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one version to another.

    Attributes:
        documents: how many were added, removed, and processed again ("re-processed").
        gained: paragraphs only the newer version has, by the reason they were removed for in the older one.
        lost: paragraphs only the older version has, by the reason they are removed for in the newer one.
        removed: by reason, how many more blocks the newer version removes.
    """

    documents: Mapping[str, int]
    gained: tuple[Reason, ...]
    lost: tuple[Reason, ...]
    removed: Mapping[str, int]


def compare_versions(older: Path, newer: Path) -> Difference:
    """Compare two versions of a dataset. Files they share are not read.

    Args:
        older: the folder of a version.
        newer: the folder of another.
    """
    documents, paragraphs, removed = (_read_both(older / "clean", newer / "clean", c) for c in _TABLES)
    ids = [set(frame["document_id"]) for frame in documents]
    again = documents[0].join(documents[1], on="document_id", suffix="_now")
    n_again = again.filter(pl.col("processed_at") != pl.col("processed_at_now")).height
    lost, gained = _find_only(paragraphs[0], paragraphs[1]), _find_only(paragraphs[1], paragraphs[0])
    return Difference(
        documents={"added": len(ids[1] - ids[0]), "removed": len(ids[0] - ids[1]), "re-processed": n_again},
        gained=_explain_paragraphs(gained, removed[0], ids[0], DOCUMENT_ADDED),
        lost=_explain_paragraphs(lost, removed[1], ids[1], DOCUMENT_REMOVED),
        removed=_count_removed(*removed),
    )


_TABLES: Final = (DOCUMENTS, PARAGRAPHS, REMOVED)
_COLUMNS: Final = {
    DOCUMENTS.name: ("document_id", "processed_at"),
    PARAGRAPHS.name: ("document_id", "paragraph_id", "text", "verbatim"),
    REMOVED.name: ("document_id", "text", "reason"),
}


def _read_both(older: Path, newer: Path, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the rows of a table in the files that the two versions do not share."""
    files = [
        {path.stat().st_ino: path for paths in list_parts(clean, contract).values() for path in paths}
        for clean in (older, newer)
    ]
    own = ([path for inode, path in mine.items() if inode not in other] for mine, other in (files, files[::-1]))
    first, second = (_read_parts(paths, contract) for paths in own)
    return first, second


def _read_parts(paths: list[Path], contract: Contract) -> pl.DataFrame:
    frame = pl.concat([contract.make_empty(), *(read_part(path, contract) for path in paths)])
    if contract is PARAGRAPHS:
        frame = frame.with_columns(verbatim=pl.coalesce("text_verbatim", "text"))
    return frame.select(_COLUMNS[contract.name])


def _find_only(mine: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return mine.join(other, on="paragraph_id", how="anti")


def _explain_paragraphs(
    paragraphs: pl.DataFrame, removed: pl.DataFrame, known: set[str], otherwise: str
) -> tuple[Reason, ...]:
    """Say for each paragraph that one version lacks what the other did with it."""
    reasons = removed.unique(["document_id", "text"]).rename({"text": "verbatim"})
    explained = paragraphs.join(reasons, on=["document_id", "verbatim"], how="left", maintain_order="left")
    is_known = pl.col("document_id").is_in(list(known))
    named = explained.with_columns(
        name=pl.when(is_known).then(pl.col("reason").fill_null(TEXT_CHANGED)).otherwise(pl.lit(otherwise))
    )
    groups = named.group_by("name").agg(count=pl.len(), samples=pl.col("text").head(SAMPLES))
    rows = groups.sort("count", "name", descending=[True, False]).iter_rows()
    return tuple(Reason(name, count, tuple(samples)) for name, count, samples in rows)


def _count_removed(older: pl.DataFrame, newer: pl.DataFrame) -> dict[str, int]:
    counts = (frame.group_by("reason").len() for frame in (older, newer))
    joined = next(counts).join(next(counts), on="reason", how="full", coalesce=True, suffix="_now").fill_null(0)
    moved = joined.select("reason", n=pl.col("len_now").cast(pl.Int64) - pl.col("len").cast(pl.Int64))
    return dict(moved.filter(pl.col("n") != 0).sort(pl.col("n").abs(), "reason", descending=[True, False]).iter_rows())
