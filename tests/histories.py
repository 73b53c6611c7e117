"""Random histories of a raw folder, and runs on it without Prefect: for tests of what a sequence of runs leaves."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from copydesk.language import detect_languages
from copydesk.manifest import describe_sources, note_outcomes, update_manifest
from copydesk.pipeline import assemble_tables, label_blocks
from copydesk.publish import publish_version, refresh_manifest
from copydesk.quarantine import update_quarantine
from copydesk.reading import read_sources
from copydesk.schemas import DOCUMENTS, MANIFEST, PUBLISHED, QUARANTINE
from copydesk.settings import Settings
from copydesk.tables import open_dataset, scan_staged, write_tables
from copydesk.versions import lock_dataset
from flows.plan import plan_run
from tests.tables_factory import make_state

_RUN_TIMES = ("ingested_at", "processed_at")


def ignore(_stage: str) -> None:
    """Take no note."""


def run_once(raw: Path, data: Path, settings: Settings | None = None, note: Callable[[str], None] = ignore) -> bool:
    """Do what the flow does, but for the checks, in this process; return whether a version was published.

    `note` is told the name of each stage as it starts.
    """
    chosen, now = settings or Settings(), datetime.now(UTC)
    with lock_dataset(data):
        note("find_changes")
        plan = plan_run(str(raw), data, chosen, rebuild=False, allow_shrink=True)
        before = plan.state or make_state()
        if not plan.changes.has_work:
            assert plan.current is not None
            refresh_manifest(plan.current, update_manifest(before.manifest, [], plan.changes, plan.fingerprint, now))
            return False
        sources = plan.changes.to_process
        note("ingest")
        reading = read_sources(sources, chosen.reading, now)
        note("strip_noise")
        languages = detect_languages(reading.texts, chosen.language)
        verdicts = label_blocks(reading.texts, languages, chosen)
        note("split_paragraphs")
        staged = data / ".staging"
        write_tables(assemble_tables(reading.texts, languages, verdicts, chosen, now), staged)
        found = note_outcomes(
            describe_sources(sources, reading.hashes, plan.fingerprint, now), scan_staged([staged], DOCUMENTS)
        )
        processed = [source.source_file for source in sources]
        state = make_state(
            update_manifest(before.manifest, [found], plan.changes, plan.fingerprint, now),
            update_quarantine(before.quarantine, reading.quarantine, [*processed, *plan.changes.gone]),
            plan.pipeline,
        )
        note("publish")
        publish_version([staged], data, state, now, plan.former)
        return True


def read_rows(data: Path) -> list[pl.DataFrame]:
    """Return all rows of the three tables, sorted, without the times of the runs that made them."""
    return [
        open_dataset(data, contract.name).drop(_RUN_TIMES, strict=False).collect().sort(contract.key)
        for contract in PUBLISHED
    ]


def read_quarantined(data: Path) -> list[tuple[str, str]]:
    """Return source and reason of all quarantine rows, sorted."""
    rows = pl.read_parquet(data / "quarantine" / "quarantine.parquet", schema=dict(QUARANTINE.columns))
    return sorted(rows.select("source_file", "reason").iter_rows())


def read_manifest(data: Path) -> pl.DataFrame:
    """Return the manifest of the published version without times of change."""
    clean = Path(os.path.realpath(data / "clean"))
    return pl.read_parquet(clean.parent / "manifest.parquet", schema=dict(MANIFEST.columns)).drop("mtime_ns")
