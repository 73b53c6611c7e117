"""The flow: raw pages in, a published dataset out. What only a run with something to do needs is in `flows.stages`."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow
from prefect.runtime import flow_run

from copydesk.manifest import update_manifest
from copydesk.publish import refresh_manifest
from copydesk.remote_versions import send_version
from copydesk.run_log import record_run
from copydesk.schemas import QUARANTINE
from copydesk.settings import Settings, read_settings
from copydesk.staging import remove_staging
from copydesk.summary import RunSummary, summarise_run
from copydesk.versions import lock_dataset, read_info, require_current
from flows.hands import Hands
from flows.plan import Plan, plan_run
from flows.stage_log import log_stage


def name_flow_run() -> str:
    """Name a run after the folder it reads and the time it starts, in UTC."""
    return f"{flow_run.parameters['raw']} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(
    name="build-dataset",
    flow_run_name=name_flow_run,
    persist_result=False,
)
def build_dataset(  # noqa: PLR0913, PLR0917 - they are the parameters of the deployment
    raw: str = "data/raw",
    data: str = "data",
    settings_file: str | None = None,
    rebuild: bool = False,
    allow_shrink: bool = False,
    accept_drift: bool = False,
    publish_to: str | None = None,
    workers: int | None = None,
    dask_address: str | None = None,
) -> RunSummary:
    """Bring the dataset in the folder `data` up to date with the pages in `raw`.

    Only what changed since the published version is processed; without changes nothing is published.

    Args:
        raw: the folder, file, glob or address of the source files.
        data: the folder that holds the published dataset, its versions and the quarantine.
        settings_file: a TOML file with settings; without it the defaults hold.
        rebuild: process every source again.
        allow_shrink: go on although more than half of the sources are gone.
        accept_drift: publish although the delivery is unlike the ones before and `dataset.drift` says block.
        publish_to: the address the version is sent to, instead of the settings' `dataset.publish_to`.
        workers: processes that share the work; without it as many as there are cores. A small run takes one.
        dask_address: the address of a Dask scheduler, whose cluster then does the work.

    Raises:
        WrongUseError: a folder or the settings file cannot be used.
        RemoteError: another machine, which holds the pages or is to hold the dataset, does not answer or refuses.
        DatasetBusyError: another run is building this dataset.
        SourcesGoneError: more than half of the sources are gone.
        WorkersLostError: a worker process ended without a word. What is finished is kept for the next run.
        ChecksFailedError: a table or the delivery failed its checks, or there is no document. The dataset is as it was.
    """
    now = datetime.now(UTC)
    hands = Hands(workers, dask_address)
    settings = read_settings(Path(settings_file)) if settings_file else Settings()
    if publish_to:
        settings = replace(settings, dataset=replace(settings.dataset, publish_to=publish_to))
    with lock_dataset(Path(data)), record_run(Path(data), now) as notes:
        with log_stage("find_changes") as counts:
            plan = plan_run(hands.place(raw), Path(data), settings, rebuild, allow_shrink)
            counts.update(plan.changes.count())
        notes.counts |= plan.changes.count()
        if plan.changes.has_work:
            from flows.stages import carry_out  # noqa: PLC0415 - loads the model's libraries, which takes seconds

            summary = carry_out(plan, settings, now, accept_drift, hands)
        else:
            remove_staging(Path(data))  # a run may have been killed after it published
            summary = note_touched(plan, now)
        notes.outcome, notes.version = summary.outcome, summary.version
        notes.message = "; ".join(summary.drift)
        if settings.dataset.publish_to:
            with log_stage("send") as counts:
                counts.update(send_version(require_current(Path(data)), settings.dataset.publish_to))
        return summary


def note_touched(plan: Plan, now: datetime) -> RunSummary:
    """Leave the dataset as it is, but remember the times of touched files, so as not to read those again."""
    assert plan.current is not None
    assert plan.state is not None
    if plan.changes.touched:
        manifest = update_manifest(plan.state.manifest, [], plan.changes, plan.fingerprint, now)
        refresh_manifest(plan.current, manifest)
    return summarise_run([], QUARANTINE.make_empty(), plan.folders, read_info(plan.current), plan.changes)
