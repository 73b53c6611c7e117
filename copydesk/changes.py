"""Which sources a run has to process: those that are not as the published version knows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, NamedTuple

from copydesk.errors import SourcesGoneError
from copydesk.fingerprint import Fingerprint, combine_parts, name_changes
from copydesk.reading import FREE_BYTES, MAX_RATIO, Source, hash_source
from copydesk.schemas import Manifest
from copydesk.settings import Settings

MAX_SHARE_GONE: Final = 0.5
_LIMIT: Final = "reading.max_record_bytes"


class _Known(NamedTuple):
    """A source as the manifest knows it; names and order are those of its columns."""

    source_file: str
    size: int
    mtime_ns: int
    source_hash: str | None
    outcome: str
    n_documents: int
    fingerprint: str


class Before(NamedTuple):
    """The version before: what it was made from, and the pipeline that made it."""

    manifest: Manifest
    pipeline: Fingerprint


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the sources that are there and those a version was made from.

    Attributes:
        new: sources that were not there; those of `renamed` are among them.
        edited: sources with other bytes.
        outdated: sources with the same bytes, but processed by another pipeline.
        touched: sources whose size or time of change is another, and whose bytes are the same.
        gone: names of sources that are no more and whose documents leave the dataset.
        absent: names of sources that are no more and whose documents stay.
        renamed: the former name of each new source that holds the bytes of one that is gone.
        n_unchanged: sources with nothing to do, the touched among them.
        pipeline: what changed in the pipeline, such as "rules" or "noise.mode"; empty where nothing is outdated.
    """

    new: tuple[Source, ...] = ()
    edited: tuple[Source, ...] = ()
    outdated: tuple[Source, ...] = ()
    touched: tuple[Source, ...] = ()
    gone: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    n_unchanged: int = 0
    pipeline: tuple[str, ...] = ()

    @property
    def to_process(self) -> list[Source]:
        """The sources to read, in order."""
        return sorted((*self.new, *self.edited, *self.outdated), key=attrgetter("source_file"))

    @property
    def leaving(self) -> list[str]:
        """Names of the sources whose former rows leave the dataset, be it for newer ones."""
        return [*(source.source_file for source in (*self.edited, *self.outdated)), *self.gone]

    @property
    def delivered(self) -> list[str]:
        """Names of the sources that are new or edited; those that are only processed again are not among them."""
        return [source.source_file for source in (*self.new, *self.edited)]

    def count(self) -> dict[str, int]:
        """Return how many sources there are of each kind; a renamed one counts neither as new nor as gone."""
        n_renamed = len(self.renamed)
        return {
            "new": len(self.new) - n_renamed,
            "edited": len(self.edited),
            "renamed": n_renamed,
            "gone": len(self.gone) - n_renamed,
            "outdated": len(self.outdated),
            "unchanged": self.n_unchanged,
        }

    @property
    def has_work(self) -> bool:
        """Whether the dataset has to change."""
        return bool(self.new or self.edited or self.outdated or self.gone)


def find_changes(
    found: Sequence[Source],
    before: Before | None,
    current: Fingerprint,
    settings: Settings,
    rebuild: bool = False,
) -> Changes:
    """Compare the sources that are there with those the published version was made from.

    Size and time of change tell first, then the SHA-256 of the bytes.

    Args:
        found: the sources that are there.
        before: the published version; None where there is none.
        current: the pipeline of this run.
        settings: what is to be done with sources that are gone, and the limits of reading.
        rebuild: process every source again.
    """
    known = {row[0]: _Known(*row) for row in before.manifest.iter_rows()} if before else {}
    stale_fingerprints = _Staleness(before.pipeline if before else current, current)
    groups: dict[str, list[Source]] = {"new": [], "edited": [], "outdated": [], "touched": [], "same": []}
    for source in found:
        change = "new"
        if row := known.get(source.source_file):
            change = _compare_source(source, row)
            if change != "edited" and (rebuild or stale_fingerprints.concerns(source, row)):
                change = "outdated"
        groups[change].append(source)
    gone = sorted(known.keys() - {source.source_file for source in found})
    mirrors = settings.dataset.deletion == "mirror"
    return Changes(
        new=tuple(groups["new"]),
        edited=tuple(groups["edited"]),
        outdated=tuple(groups["outdated"]),
        touched=tuple(groups["touched"]),
        gone=tuple(gone) if mirrors else (),
        absent=() if mirrors else tuple(gone),
        renamed=_find_renamed(groups["new"], [known[name] for name in gone]) if mirrors else {},
        n_unchanged=len(groups["same"]) + len(groups["touched"]),
        pipeline=(("rebuild",) if rebuild else stale_fingerprints.parts) if groups["outdated"] else (),
    )


def refuse_disappearance(changes: Changes, n_known: int, raw: str) -> None:
    """Refuse to empty a dataset whose sources seem to be gone by accident. Renamed sources are not gone.

    Args:
        changes: what a run found.
        n_known: sources of the published version.
        raw: the folder the sources are looked for in.

    Raises:
        SourcesGoneError: more than half of the sources are gone.
    """
    n_gone = len(changes.gone) - len(changes.renamed)
    if n_gone > MAX_SHARE_GONE * n_known:
        raise SourcesGoneError(
            f"{n_gone:,} of the {n_known:,} source files of the last version are gone from {raw}: is the folder "
            "mounted, and the right one? Nothing was published; the former dataset is as it was. If they are meant to "
            "leave the dataset, run again with --allow-shrink."
        )


class _Staleness:
    """Tells which sources another pipeline would make something else of."""

    def __init__(self, former: Fingerprint, current: Fingerprint) -> None:
        self.parts = tuple(name_changes(former, current))
        self._former_digest, self._current_digest = combine_parts(former), combine_parts(current)
        # Another limit changes nothing for files whose records are below both, however they are packed.
        limit = min(int(former[_LIMIT]), int(current[_LIMIT])) if self.parts == (_LIMIT,) else 0
        self._harmless_size = limit // MAX_RATIO if limit >= FREE_BYTES else -1

    def concerns(self, source: Source, row: _Known) -> bool:
        if row.fingerprint == self._current_digest:
            return False
        return row.fingerprint != self._former_digest or source.size > self._harmless_size


def _compare_source(source: Source, before: _Known) -> str:
    if (source.size, source.mtime_ns) == (before.size, before.mtime_ns):
        if before.source_hash is not None:
            return "same"
        # It could not be opened; mending its permissions changes neither size nor time.
        return "same" if hash_source(source) is None else "edited"
    if before.source_hash is None:
        return "edited"
    return "touched" if hash_source(source) == before.source_hash else "edited"


def _find_renamed(new: Iterable[Source], gone: Sequence[_Known]) -> dict[str, str]:
    """Match new sources with gone ones of the same bytes; files of another size are not read."""
    sizes = {before.size for before in gone}
    by_hash: dict[str, list[str]] = {}
    for before in reversed(gone):
        if before.source_hash is not None:
            by_hash.setdefault(before.source_hash, []).append(before.source_file)
    renamed = {}
    for source in new:
        if source.size in sizes and (names := by_hash.get(hash_source(source) or "")):
            renamed[source.source_file] = names.pop()
    return renamed
