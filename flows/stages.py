"""The tasks of a run that has something to do, and the order they run in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
from prefect import Task, task, unmapped
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.utilities.annotations import quote

from copydesk.drift import describe_delivery, describe_drift, extend_history, measure_drift, merge_deliveries
from copydesk.errors import ChecksFailedError, CopydeskError
from copydesk.language import detect_languages, prepare_detector
from copydesk.manifest import describe_sources, note_outcomes, update_manifest
from copydesk.pipeline import assemble_tables, label_blocks
from copydesk.publish import PublishedVersion, publish_version, write_quarantine
from copydesk.publish import State as DatasetState
from copydesk.quarantine import update_quarantine
from copydesk.reading import Source, read_sources
from copydesk.report import format_markdown
from copydesk.schemas import DOCUMENTS, HISTORY, LANGUAGES, MANIFEST, QUARANTINE, TEXTS, VERDICTS
from copydesk.settings import Settings
from copydesk.summary import RunSummary, count_labels, list_counts, summarise_run
from copydesk.tables import read_tables, scan_staged, write_tables
from copydesk.validate import find_drift, validate_tables
from flows.batches import (
    SPLIT,
    group_batches,
    join_tables,
    make_batch_folders,
    read_quarantine,
    read_staged,
    stage_batches,
    write_staged,
)
from flows.plan import Plan
from flows.stage_log import log_stage

MAX_COUNT_ROWS: Final = 500
"""Rows of the artifact that lists counts; the Prefect UI draws them all at once."""


def is_worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Tell whether a failure may pass: one of a disk or a network share may, what copydesk itself refuses will not."""
    return not isinstance(state.result(raise_on_failure=False), CopydeskError)


# A task's result is the name of a staged folder, gone when the run ends: never to be reused or kept.
_STEP: Final[dict[str, Any]] = {"cache_policy": NO_CACHE, "persist_result": False}
_STEP_ON_DISK: Final = _STEP | {
    "retries": 2,
    "retry_delay_seconds": [1, 10],
    "retry_condition_fn": is_worth_retrying,
}


def carry_out(plan: Plan, settings: Settings, now: datetime, accept_drift: bool) -> RunSummary:
    """Process what changed and publish a new version.

    Raises:
        ChecksFailedError: a table or the delivery failed its checks, or no document would be left.
    """
    prepare_detector(settings.language)  # its first use must not happen in two threads at once
    with stage_batches(plan.data) as staging:
        folders = make_batch_folders(staging, len(plan.batches))
        checked = process_batches(plan, folders, settings, now)
        require_documents(plan, folders, checked)
        quoted: Any = quote(plan)  # Prefect would look for futures in each of its sources
        warnings = check_delivery(checked, staging, quoted, now)
        if warnings and settings.dataset.drift == "block" and not accept_drift:
            raise ChecksFailedError(describe_refusal(warnings))
        version = publish(folders, checked, staging, quoted, now)
        return report_run(plan, folders, checked, version, warnings)


def process_batches(plan: Plan, folders: Sequence[Path], settings: Settings, now: datetime) -> list[Path]:
    """Take each batch through the stages; return the folders of what passed the checks.

    Raises:
        CopydeskError: what failed first, in the order of the stages.
    """
    batches = [quote(batch) for batch in plan.batches]
    ingested = ingest.map(batches, folders, unmapped(settings), unmapped(plan.fingerprint), unmapped(now))
    detected = detect_language.map(ingested, unmapped(settings))
    stripped = strip_noise.map(detected, unmapped(settings))
    split = split_paragraphs.map(stripped, unmapped(settings), unmapped(now))
    places = group_batches(folders)
    checked = [
        validate.submit(split[start:end], place, now)  # type: ignore[arg-type]  # Prefect waits for the futures
        for (start, end), place in places.items()
    ]
    for future in checked:
        future.wait()
    for stage in (ingested, detected, stripped, split, checked):
        for future in stage:
            future.result()
    return list(places.values())


def require_documents(plan: Plan, folders: Sequence[Path], checked: Sequence[Path]) -> None:
    """Refuse to publish a dataset without documents. Where there is none yet, the quarantine is written to say why.

    Raises:
        ChecksFailedError: no source file became a document that passed its checks.
    """
    if not folders or plan.n_staying or any(read_staged(DOCUMENTS, place).height for place in checked):
        return
    quarantine = read_quarantine([*folders, *checked])
    counts = quarantine["reason"].value_counts(sort=True).head(5)
    reasons = ", ".join(f"{number} {reason}" for reason, number in counts.iter_rows())
    where = ""
    if plan.current is None:
        write_quarantine(quarantine, plan.data)
        where = f" {plan.data / 'quarantine' / 'quarantine.parquet'} lists why, file by file."
    raise ChecksFailedError(
        f"No source file became a document ({reasons}). Nothing was published; the former dataset is as it was.{where}"
    )


@task(description="Read and decode source files.", task_run_name="ingest-{folder.name}", **_STEP_ON_DISK)
def ingest(sources: Sequence[Source], folder: Path, settings: Settings, fingerprint: str, found_at: datetime) -> Path:
    """Stage the documents of some source files, and what could not be read."""
    with log_stage("ingest", folder.name) as counts:
        reading = read_sources(sources, settings.reading, found_at)
        write_staged(reading.texts, TEXTS, folder)
        write_staged(reading.quarantine, QUARANTINE, folder)
        write_staged(describe_sources(sources, reading, fingerprint, found_at), MANIFEST, folder)
        counts.update(documents=reading.texts.height, quarantined=reading.quarantine.height)
    return folder


@task(description="Find the language of each document.", task_run_name="detect_language-{folder.name}", **_STEP)
def detect_language(folder: Path, settings: Settings) -> Path:
    """Stage a first opinion on the language of each staged document; its content settles it when it is split."""
    with log_stage("detect_language", folder.name) as counts:
        languages = detect_languages(read_staged(TEXTS, folder), settings.language)
        write_staged(languages, LANGUAGES, folder)
        counts.update(documents=languages.height, languages=languages["language"].n_unique())
    return folder


@task(description="Cut texts into blocks, label each.", task_run_name="strip_noise-{folder.name}", **_STEP)
def strip_noise(folder: Path, settings: Settings) -> Path:
    """Stage a verdict for each block of the staged documents."""
    with log_stage("strip_noise", folder.name) as counts:
        verdicts = label_blocks(read_staged(TEXTS, folder), read_staged(LANGUAGES, folder), settings)
        write_staged(verdicts, VERDICTS, folder)
        counts.update(blocks=verdicts.height)
    return folder


@task(description="Assemble the three tables.", task_run_name="split_paragraphs-{folder.name}", **_STEP)
def split_paragraphs(folder: Path, settings: Settings, processed_at: datetime) -> Path:
    """Stage the documents, paragraphs and removed blocks the verdicts make."""
    with log_stage("split_paragraphs", folder.name) as counts:
        texts, languages, verdicts = (read_staged(contract, folder) for contract in (TEXTS, LANGUAGES, VERDICTS))
        tables = assemble_tables(texts, languages, verdicts, settings, processed_at)
        write_tables(tables, folder / SPLIT)
        counts.update(paragraphs=tables.paragraphs.height, removed=tables.removed.height)
    return folder


@task(description="Check the tables with Great Expectations.", task_run_name="validate-{place.name}", **_STEP)
def validate(folders: Sequence[Path], place: Path, found_at: datetime) -> Path:
    """Stage the rows of some batches that keep their expectations, and those that do not."""
    with log_stage("validate", place.name) as counts:
        passed, refused = validate_tables(join_tables(folders), found_at)
        write_tables(passed, place)
        write_staged(refused, QUARANTINE, place)
        counts.update(documents=passed.documents.height, quarantined=refused.height)
    return place


@task(description="Compare the delivery with those before.", task_run_name="check_delivery", **_STEP)
def check_delivery(checked: Sequence[Path], staging: Path, plan: Plan, now: datetime) -> list[str]:
    """Stage what the last deliveries held; return how this one is unlike them, a sentence each."""
    with log_stage("check_delivery") as counts:
        before = plan.state.history if plan.state else HISTORY.make_empty()
        new = [source.source_file for source in (*plan.changes.new, *plan.changes.edited)]
        delivery = merge_deliveries([describe_delivery(read_tables(place), new, now) for place in checked])
        write_staged(extend_history(before, delivery), HISTORY, staging)
        compared = measure_drift(before, delivery)
        found = find_drift(compared) if compared.height else []
        warnings = [f"{describe_drift(row)}. {notes}" for notes, row in found]
        counts.update(compared=compared.height, unusual=len(warnings))
    return warnings


@task(description="Publish a new version of the dataset.", task_run_name="publish-version", **_STEP_ON_DISK)
def publish(
    folders: Sequence[Path], checked: Sequence[Path], staging: Path, plan: Plan, now: datetime
) -> PublishedVersion:
    """Publish the checked tables of all batches, and what did not change, as one version."""
    with log_stage("publish") as counts:
        found = note_outcomes(
            pl.concat([MANIFEST.make_empty(), *(read_staged(MANIFEST, folder) for folder in folders)]),
            scan_staged(checked, DOCUMENTS),
        )
        before = plan.state
        processed = [source.source_file for source in plan.changes.to_process]
        state = DatasetState(
            manifest=update_manifest(
                before.manifest if before else MANIFEST.make_empty(), [found], plan.changes, plan.fingerprint, now
            ),
            quarantine=update_quarantine(
                before.quarantine if before else QUARANTINE.make_empty(),
                read_quarantine([*folders, *checked]),
                [*processed, *plan.changes.gone],
            ),
            history=read_staged(HISTORY, staging),
            pipeline=plan.pipeline,
        )
        version = publish_version(checked, plan.data, state, now, plan.former)
        counts.update(version.info.rows, written=version.files_written, linked=version.files_linked)
    return version


def describe_refusal(warnings: Sequence[str]) -> str:
    """Say why a delivery is not published."""
    return (
        "The delivery is unlike the ones before it; nothing was published and the former dataset is as it was.\n"
        + "\n".join(f"- {warning}" for warning in warnings)
        + "\nIf it is as it should be, run again with --accept-drift. Limits: expectations/delivery.json."
    )


def report_run(
    plan: Plan, folders: Sequence[Path], checked: Sequence[Path], version: PublishedVersion, drift: Sequence[str]
) -> RunSummary:
    """Sum up the run and leave the sums as artifacts in Prefect."""
    counts = [count_labels(read_tables(place)) for place in checked]
    quarantine = read_quarantine([*folders, *checked])
    summary = replace(summarise_run(counts, quarantine, plan.folders, version.info, plan.changes), drift=tuple(drift))
    create_markdown_artifact(format_markdown(summary), key="build-dataset-summary", description="What the run did.")
    create_table_artifact(
        list_counts(counts, MAX_COUNT_ROWS),
        key="build-dataset-counts",
        description=f"Blocks by document and label, the first {MAX_COUNT_ROWS} rows.",
    )
    return summary
