"""The tasks of a run that has something to do, and the order they run in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec

import polars as pl
from prefect import Task, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import wait
from prefect.utilities.annotations import quote

from copydesk.drift import describe_drift, extend_history, measure_drift, merge_deliveries
from copydesk.errors import ChecksFailedError, CopydeskError, DeliveryRefusedError
from copydesk.manifest import note_outcomes, update_manifest
from copydesk.publish import PublishedVersion, publish_version, write_quarantine
from copydesk.publish import State as DatasetState
from copydesk.quarantine import update_quarantine
from copydesk.report import format_markdown
from copydesk.schemas import DOCUMENTS, HISTORY, MANIFEST, QUARANTINE
from copydesk.settings import Settings
from copydesk.staging import (
    DELIVERED,
    Batch,
    Unit,
    count_staged,
    cut_units,
    deal_chunks,
    group_checked,
    list_chunks,
    open_staging,
    read_quarantine,
    read_staged,
    stop_on_error,
    take_up,
    write_staged,
)
from copydesk.steps import Tally, check_chunks, detect_chunk, label_chunk, read_unit, split_chunk
from copydesk.summary import COUNTS, RunSummary, list_counts, summarise_run
from copydesk.tables import scan_staged
from copydesk.validate import find_drift
from flows.hands import Hands, Runner
from flows.plan import Plan
from flows.progress import watch_run
from flows.stage_log import log_stage
from flows.workers import call_step, start_workers

P = ParamSpec("P")

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


def carry_out(plan: Plan, settings: Settings, now: datetime, accept_drift: bool, hands: Hands) -> RunSummary:
    """Process what changed and publish a new version.

    Raises:
        ChecksFailedError: a table or the delivery failed its checks, or no document would be left.
        WorkersLostError: a process that did a part of the work is gone.
        WrongUseError: the Dask cluster cannot do the work.
    """
    with open_staging(plan.data, plan.key) as staging:
        units, checked = process_sources(plan, staging, settings, now, hands)
        require_documents(plan, units, checked)
        quoted: Any = quote(plan)  # Prefect would look for futures in each of its sources
        warnings = check_delivery(checked, staging, quoted, now)
        if warnings and settings.dataset.drift == "block" and not accept_drift:
            raise DeliveryRefusedError(describe_refusal(warnings))
        version = publish(units, checked, staging, quoted, now)
        return report_run(plan, units, checked, version, warnings)


def process_sources(
    plan: Plan, staging: Path, settings: Settings, now: datetime, hands: Hands
) -> tuple[list[Path], list[Path]]:
    """Read sources and take their documents through the stages; what an earlier run has done is not done again.

    Returns:
        The folders of what was read, and of what passed the checks.

    Raises:
        CopydeskError: what failed first, in the order of the stages.
    """
    units, missing = take_up(staging, plan.changes.to_process)
    write_staged(pl.DataFrame({"source_file": plan.changes.delivered}, dict(DELIVERED.columns)), DELIVERED, staging)
    n_processes = hands.count_processes(sum(source.size for source in plan.changes.to_process))
    with (
        watch_run(staging) as watch,
        start_workers(n_processes),
        hands.open_runner(plan.raw, staging, n_processes) as runner,
        stop_on_error(staging),
    ):
        how = {"settings": settings, "fingerprint": plan.fingerprint, "found_at": now}
        units += read_units(runner, cut_units(missing, staging), how)
        batches = deal_chunks(list_chunks(units), hands.count_tasks(n_processes))
        watch.expect(batches)
        return units, clean_batches(runner, batches, settings, now)


def read_units(runner: Runner, units: Sequence[Unit], how: Mapping[str, Any]) -> list[Path]:
    """Have sources read, a task for each unit; return the folders of what came of it."""
    futures = [runner.submit(ingest, {"unit": unit, **how}) for unit in units]
    wait(futures)
    return [future.result() for future in futures]


def clean_batches(runner: Runner, batches: Sequence[Batch], settings: Settings, now: datetime) -> list[Path]:
    """Take each batch through the stages; return the folders of what passed the checks."""
    own: dict[Task[..., Any], dict[str, Any]] = {
        detect_language: {"settings": settings},
        strip_noise: {"settings": settings},
        split_paragraphs: {"settings": settings, "processed_at": now},
        validate: {"now": now},
    }
    stages: list[list[Any]] = [list(batches)]
    for step, arguments in own.items():
        stages.append([runner.submit(step, {"batch": batch} | arguments) for batch in stages[-1]])
    wait(stages[-1])
    results: list[list[Any]] = [[future.result() for future in stage] for stage in stages[1:]]
    return [place for places in results[-1] for place in places]


def require_documents(plan: Plan, units: Sequence[Path], checked: Sequence[Path]) -> None:
    """Refuse to publish a dataset without documents. Where there is none yet, the quarantine is written to say why.

    Raises:
        ChecksFailedError: no source file became a document that passed its checks.
    """
    if not units or plan.n_staying or any(count_staged(DOCUMENTS, place) for place in checked):
        return
    quarantine = read_quarantine(units, checked)
    counts = quarantine["reason"].value_counts(sort=True).head(5)
    reasons = ", ".join(f"{number} {reason}" for reason, number in counts.iter_rows())
    where = ""
    if plan.current is None:
        write_quarantine(quarantine, plan.data)
        where = f" {plan.data / 'quarantine' / 'quarantine.parquet'} lists why, file by file."
    raise ChecksFailedError(
        f"No source file became a document ({reasons}). Nothing was published; the former dataset is as it was.{where}"
    )


@task(description="Read and decode source files.", task_run_name="ingest-{unit.name}", **_STEP_ON_DISK)
def ingest(unit: Unit, settings: Settings, fingerprint: str, found_at: datetime) -> Path:
    """Stage the documents of some source files in chunks, and what could not be read."""
    with log_stage("ingest", unit.name) as counts:
        counts.update(call_step(read_unit, unit, settings, fingerprint, found_at))
    return unit.place


@task(description="Find the language of each document.", task_run_name="detect_language-{batch.name}", **_STEP)
def detect_language(batch: Batch, settings: Settings) -> Batch:
    """Stage a first opinion on the language of each staged document; its content settles it when it is split."""
    return take_chunks("detect_language", batch, detect_chunk, settings)


@task(description="Cut texts into blocks, label each.", task_run_name="strip_noise-{batch.name}", **_STEP)
def strip_noise(batch: Batch, settings: Settings) -> Batch:
    """Stage a verdict for each block of the staged documents."""
    return take_chunks("strip_noise", batch, label_chunk, settings)


@task(description="Assemble the three tables.", task_run_name="split_paragraphs-{batch.name}", **_STEP)
def split_paragraphs(batch: Batch, settings: Settings, processed_at: datetime) -> Batch:
    """Stage the documents, paragraphs and removed blocks the verdicts make."""
    return take_chunks("split_paragraphs", batch, split_chunk, settings, processed_at)


def take_chunks(
    stage: str, batch: Batch, step: Callable[Concatenate[Path, P], Tally], *how: P.args, **more: P.kwargs
) -> Batch:
    """Take each chunk of a batch through a step, and log what it counts as that of `stage`."""
    with log_stage(stage, batch.name) as counts:
        for chunk in batch.chunks:
            counts.update(call_step(step, chunk, *how, **more))
    return batch


@task(description="Check the tables with Great Expectations.", task_run_name="validate-{batch.name}", **_STEP)
def validate(batch: Batch, now: datetime) -> list[Path]:
    """Stage the rows that keep their expectations, and those that do not; return the folders."""
    groups = group_checked(batch)
    with log_stage("validate", batch.name) as counts:
        for place, chunks in groups.items():
            counts.update(call_step(check_chunks, chunks, place, now))
    return list(groups)


@task(description="Compare the delivery with those before.", task_run_name="check_delivery", **_STEP)
def check_delivery(checked: Sequence[Path], staging: Path, plan: Plan, now: datetime) -> list[str]:
    """Stage what the last deliveries held; return how this one is unlike them, a sentence each."""
    with log_stage("check_delivery") as counts:
        before = plan.state.history if plan.state else HISTORY.make_empty()
        delivery = merge_deliveries(scan_staged(checked, HISTORY), now)
        write_staged(extend_history(before, delivery), HISTORY, staging)
        compared = measure_drift(before, delivery)
        found = find_drift(compared) if compared.height else []
        warnings = [f"{describe_drift(row)}. {notes}" for notes, row in found]
        counts.update(compared=compared.height, unusual=len(warnings))
    return warnings


@task(description="Publish a new version of the dataset.", task_run_name="publish-version", **_STEP_ON_DISK)
def publish(
    units: Sequence[Path], checked: Sequence[Path], staging: Path, plan: Plan, now: datetime
) -> PublishedVersion:
    """Publish the checked tables of all batches, and what did not change, as one version."""
    with log_stage("publish") as counts:
        found = note_outcomes(
            pl.concat([MANIFEST.make_empty(), *(read_staged(MANIFEST, unit) for unit in units)]),
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
                read_quarantine(units, checked),
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
    plan: Plan, units: Sequence[Path], checked: Sequence[Path], version: PublishedVersion, drift: Sequence[str]
) -> RunSummary:
    """Sum up the run and leave the sums as artifacts in Prefect."""
    quarantine = read_quarantine(units, checked)
    counts = partial(map, partial(read_staged, COUNTS), checked)
    summary = replace(summarise_run(counts(), quarantine, plan.folders, version.info, plan.changes), drift=tuple(drift))
    create_markdown_artifact(format_markdown(summary), key="build-dataset-summary", description="What the run did.")
    create_table_artifact(
        list_counts(counts(), MAX_COUNT_ROWS),
        key="build-dataset-counts",
        description=f"Blocks by document and label, the first {MAX_COUNT_ROWS} rows.",
    )
    return summary
