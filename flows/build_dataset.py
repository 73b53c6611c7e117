"""The flow: raw pages in, a published dataset out."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
from prefect import Task, flow, task, unmapped
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from copydesk.errors import CopydeskError
from copydesk.language import detect_languages, prepare_detector
from copydesk.manifest import build_manifest
from copydesk.pipeline import assemble_tables, label_blocks
from copydesk.publish import lock_dataset, publish_version
from copydesk.reading import Source, list_sources, read_sources
from copydesk.report import RunSummary, count_labels, format_markdown, list_counts, summarise_run
from copydesk.schemas import DOCUMENTS, LANGUAGES, QUARANTINE, TEXTS, VERDICTS
from copydesk.settings import Settings, read_settings
from copydesk.tables import read_tables, write_tables
from copydesk.validate import validate_tables
from flows.batches import (
    CHECKED,
    SPLIT,
    cut_batches,
    make_batch_folders,
    read_quarantine,
    read_staged,
    require_documents,
    stage_batches,
    write_staged,
)

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


def name_flow_run() -> str:
    """Name a run after the folder it reads and the time it starts, in UTC."""
    return f"{flow_run.parameters['raw']} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(
    name="build-dataset",
    flow_run_name=name_flow_run,
    # Prefect's own runner does not fit Prefect's own annotation.
    task_runner=ThreadPoolTaskRunner(max_workers=os.cpu_count()),  # type: ignore[arg-type]
    persist_result=False,
)
def build_dataset(raw: str = "data/raw", data: str = "data", settings_file: str | None = None) -> RunSummary:
    """Build the dataset in the folder `data` from the pages in the folder `raw`.

    Args:
        raw: the folder of source files.
        data: the folder that holds the published dataset, its versions and the quarantine.
        settings_file: a TOML file with settings; without it the defaults hold.

    Raises:
        WrongUseError: a folder or the settings file cannot be used.
        DatasetBusyError: another run is building this dataset.
        ChecksFailedError: a table failed its checks, or there is no document; the dataset is as it was.
    """
    settings = read_settings(Path(settings_file)) if settings_file else Settings()
    now = datetime.now(UTC)
    batches = cut_batches(list_sources(Path(raw)))
    prepare_detector(settings.language)  # its first use must not happen in two threads at once
    with lock_dataset(Path(data)), stage_batches(Path(data)) as staging:
        folders = make_batch_folders(staging, len(batches))
        ingested = ingest.map(batches, folders, unmapped(settings), unmapped(now))
        detected = detect_language.map(ingested, unmapped(settings))
        stripped = strip_noise.map(detected, unmapped(settings))
        split = split_paragraphs.map(stripped, unmapped(settings), unmapped(now))
        checked = validate.map(split, unmapped(now))
        checked.wait()
        for stage in (ingested, detected, stripped, split, checked):
            stage.result()  # raises what failed first, in the order of the stages
        require_documents(folders, Path(data))
        version = publish(batches, folders, Path(data), now)
        return report_run(folders, Path(raw), Path(data), version)


@task(description="Read and decode source files.", task_run_name="ingest-{folder.name}", **_STEP_ON_DISK)
def ingest(sources: Sequence[Source], folder: Path, settings: Settings, found_at: datetime) -> Path:
    """Stage the documents of some source files, and what could not be read."""
    texts, unreadable = read_sources(sources, settings.reading, found_at)
    write_staged(texts, TEXTS, folder)
    write_staged(unreadable, QUARANTINE, folder)
    return folder


@task(description="Find the language of each document.", task_run_name="detect_language-{folder.name}", **_STEP)
def detect_language(folder: Path, settings: Settings) -> Path:
    """Stage a first opinion on the language of each staged document; its content settles it when it is split."""
    write_staged(detect_languages(read_staged(TEXTS, folder), settings.language), LANGUAGES, folder)
    return folder


@task(description="Cut texts into blocks, label each.", task_run_name="strip_noise-{folder.name}", **_STEP)
def strip_noise(folder: Path, settings: Settings) -> Path:
    """Stage a verdict for each block of the staged documents."""
    write_staged(label_blocks(read_staged(TEXTS, folder), read_staged(LANGUAGES, folder), settings), VERDICTS, folder)
    return folder


@task(description="Assemble the three tables.", task_run_name="split_paragraphs-{folder.name}", **_STEP)
def split_paragraphs(folder: Path, settings: Settings, processed_at: datetime) -> Path:
    """Stage the documents, paragraphs and removed blocks the verdicts make."""
    texts, languages, verdicts = (read_staged(contract, folder) for contract in (TEXTS, LANGUAGES, VERDICTS))
    write_tables(assemble_tables(texts, languages, verdicts, settings, processed_at), folder / SPLIT)
    return folder


@task(description="Check the tables with Great Expectations.", task_run_name="validate-{folder.name}", **_STEP)
def validate(folder: Path, found_at: datetime) -> Path:
    """Stage the rows that keep their expectations, and those that do not."""
    passed, refused = validate_tables(read_tables(folder / SPLIT), found_at)
    write_tables(passed, folder / CHECKED)
    write_staged(refused, QUARANTINE, folder / CHECKED)
    return folder


@task(description="Publish a new version of the dataset.", task_run_name="publish-version", **_STEP_ON_DISK)
def publish(batches: Sequence[Sequence[Source]], folders: Sequence[Path], data: Path, now: datetime) -> str:
    """Publish the checked tables of all batches as one version; return its id."""
    manifest = pl.concat(
        build_manifest(sources, read_staged(TEXTS, folder), read_staged(DOCUMENTS, folder / CHECKED))
        for sources, folder in zip(batches, folders, strict=True)
    )
    staged = [folder / CHECKED for folder in folders]
    return publish_version(staged, data, manifest, read_quarantine(folders), now).id


TASKS: Final[tuple[Task[..., Any], ...]] = (ingest, detect_language, strip_noise, split_paragraphs, validate, publish)
"""The tasks in the order they run."""


def report_run(folders: Sequence[Path], raw: Path, data: Path, version: str) -> RunSummary:
    """Sum up the run and leave the sums as artifacts in Prefect."""
    counts = [count_labels(read_tables(folder / CHECKED)) for folder in folders]
    summary = summarise_run(counts, read_quarantine(folders), raw, data / "clean", version)
    create_markdown_artifact(format_markdown(summary), key="build-dataset-summary", description="What the run did.")
    create_table_artifact(
        list_counts(counts, MAX_COUNT_ROWS),
        key="build-dataset-counts",
        description=f"Blocks by document and label, the first {MAX_COUNT_ROWS} rows.",
    )
    return summary
