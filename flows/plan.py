"""What a run has to do: found out before anything heavy is loaded, since most runs find nothing."""

from dataclasses import dataclass
from pathlib import Path

from copydesk.changes import Before, Changes, find_changes, refuse_disappearance
from copydesk.errors import WrongUseError
from copydesk.fingerprint import Fingerprint, combine_parts, describe_installation, describe_pipeline
from copydesk.partitions import Former
from copydesk.publish import State, read_state
from copydesk.reading import find_sources
from copydesk.settings import Settings
from copydesk.versions import clear_leftovers, find_current


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do.

    Attributes:
        raw: the folder, file, glob or address of the source files.
        data: the data folder.
        changes: the sources that are not as the published version knows them.
        rebuild: whether every source is processed again.
        pipeline: what this run's rows will depend on besides the sources.
        current: the version readers see, if there is one.
        state: what it remembers; None where there is none or an older copydesk wrote it.
    """

    raw: str
    data: Path
    changes: Changes
    rebuild: bool
    pipeline: Fingerprint
    current: Path | None
    state: State | None

    @property
    def fingerprint(self) -> str:
        """One digest of the pipeline."""
        return combine_parts(self.pipeline)

    @property
    def key(self) -> str:
        """What staged tables depend on besides the sources: a run only goes on with what one of the same key staged."""
        return combine_parts({**self.pipeline, "installation": describe_installation(), "rebuild": str(self.rebuild)})

    @property
    def folders(self) -> tuple[str, Path]:
        """Where the source files are, and the one readers open."""
        return self.raw, self.data / "clean"

    @property
    def former(self) -> Former | None:
        """The version to build on, and what of it leaves."""
        if self.current is None or self.state is None:
            return None
        return Former(self.current / "clean", self.changes.leaving, self.changes.renamed)

    @property
    def n_staying(self) -> int:
        """How many sources keep the documents they have."""
        if self.state is None:
            return 0
        leaving = set(self.changes.leaving)
        rows = self.state.manifest.select("source_file", "n_documents").iter_rows()
        return sum(n_documents > 0 and name not in leaving for name, n_documents in rows)


def plan_run(raw: str, data: Path, settings: Settings, rebuild: bool, allow_shrink: bool) -> Plan:
    """Compare the sources with the published version. Call it while holding the dataset's lock.

    Raises:
        WrongUseError: a folder cannot be used, or there are no sources and never were.
        RemoteError: the sources are on another machine, which does not answer or refuses.
        SourcesGoneError: more than half of the sources are gone, and `allow_shrink` is not set.
    """
    clear_leftovers(data)
    found = find_sources(raw)
    current = find_current(data)
    state = read_state(current) if current else None
    if not found and state is None:
        raise WrongUseError(f"{raw} holds no files. Put text files there, or name another place with --raw.")
    pipeline = describe_pipeline(settings)
    before = Before(state.manifest, state.pipeline) if state else None
    changes = find_changes(found, before, pipeline, settings, rebuild)
    if state and not allow_shrink:
        refuse_disappearance(changes, state.manifest.height, raw)
    return Plan(raw, data, changes, rebuild, pipeline, current, state)
