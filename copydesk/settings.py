"""Settings: frozen objects, passed to the steps that need them. Nothing else configures copydesk."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from copydesk.errors import WrongUseError
from copydesk.remote.places import is_remote

PIPELINE_VERSION: Final = "0.1.0"


@dataclass(frozen=True, slots=True)
class ColumnSettings:
    """Which columns of a record (keys of a JSON object, columns of CSV or Parquet) hold what.

    Names are tried in order, whatever their case; the first that holds something counts.

    Attributes:
        text: the text, or the markup, of the page.
        id: the record's own id.
        url: the address of the page.
        title: its headline.
        authors: who wrote it: a name, or a list of names.
        published: when it was published.
        fetched: when it was fetched.
    """

    text: tuple[str, ...] = ("text", "content", "body", "raw_text", "maintext", "html", "raw_html")
    id: tuple[str, ...] = ("id", "_id", "uuid")
    url: tuple[str, ...] = ("url", "link", "source_url")
    title: tuple[str, ...] = ("title", "headline")
    authors: tuple[str, ...] = ("authors", "author", "byline")
    published: tuple[str, ...] = ("published_at", "published", "date_publish", "date")
    fetched: tuple[str, ...] = ("fetched_at", "date_download", "crawled_at", "scraped_at")


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """How source files become documents.

    Attributes:
        max_record_bytes: a larger record is quarantined; 20 MB is some 5,000 times a long article.
        max_unpacked_bytes: a compressed file or archive is read no further once it has given so many bytes.
        columns: which columns of records hold what.
        carry: names of other columns to carry along into `documents.carried`; "*" stands for all.
    """

    max_record_bytes: int = 20_000_000
    max_unpacked_bytes: int = 1_000_000_000_000
    columns: ColumnSettings = field(default_factory=ColumnSettings)
    carry: tuple[str, ...] = ()


class Thresholds(NamedTuple):
    """The score from which evidence is acted on, 0 to 1.

    Attributes:
        page: the model's, on the text of a full page, menus and all.
        extract: the model's, on text an extractor has already cut out; there most blocks are content.
        passage: the model's at least, on a block of a hundred words and more, whose loss is the greatest.
        structure: that of the document's structure.
    """

    page: float
    extract: float
    passage: float
    structure: float


THRESHOLDS: Final = MappingProxyType(
    {
        "conservative": Thresholds(page=0.7, extract=0.85, passage=0.85, structure=0.5),
        "balanced": Thresholds(page=0.57, extract=0.67, passage=0.75, structure=0.5),
        "strict": Thresholds(page=0.5, extract=0.5, passage=0.5, structure=0.5),
    }
)


@dataclass(frozen=True, slots=True)
class NoiseSettings:
    """How blocks are labelled.

    Attributes:
        mode: a name in `THRESHOLDS`: conservative keeps more, strict removes more. Rules are certain in every mode.
    """

    mode: str = "balanced"

    def __post_init__(self) -> None:
        if self.mode not in THRESHOLDS:
            raise WrongUseError(f"noise.mode should be one of {', '.join(THRESHOLDS)}, is '{self.mode}'.")


DETECTORS: Final = ("vote", "langdetect")


@dataclass(frozen=True, slots=True)
class LanguageSettings:
    """How languages are detected.

    Attributes:
        detector: a name in `DETECTORS`: the vote of three detectors, langdetect among them, or langdetect alone.
    """

    detector: str = "vote"

    def __post_init__(self) -> None:
        if self.detector not in DETECTORS:
            raise WrongUseError(f"language.detector should be one of {', '.join(DETECTORS)}, is '{self.detector}'.")


@dataclass(frozen=True, slots=True)
class MetadataSettings:
    """How facts are read from metadata blocks.

    Attributes:
        reference_time: what "today" and "yesterday" refer to where a record does not say when it was fetched; without
            either relative dates stay unknown.
    """

    reference_time: datetime | None = None


DELETION_POLICIES: Final = ("mirror", "keep")
DRIFT_ACTIONS: Final = ("warn", "block")


@dataclass(frozen=True, slots=True)
class DatasetSettings:
    """How the published dataset follows its sources. None of it changes what a document becomes.

    Attributes:
        deletion: "mirror": the documents of a source that is gone leave the dataset; "keep": they stay.
        drift: what happens when a delivery is unlike the ones before: "warn" in the run's report, or "block".
        publish_to: the address of a folder in an object store that versions are sent to; empty for none.
    """

    deletion: str = "mirror"
    drift: str = "warn"
    publish_to: str = ""

    def __post_init__(self) -> None:
        for name, known in (("deletion", DELETION_POLICIES), ("drift", DRIFT_ACTIONS)):
            value = getattr(self, name)
            if value not in known:
                raise WrongUseError(f"dataset.{name} should be one of {', '.join(known)}, is '{value}'.")
        if self.publish_to and not is_remote(self.publish_to):
            raise WrongUseError(f"dataset.publish_to should be like s3://bucket/folder, is '{self.publish_to}'.")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run can be told, in one frozen object."""

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    noise: NoiseSettings = field(default_factory=NoiseSettings)
    language: LanguageSettings = field(default_factory=LanguageSettings)
    metadata: MetadataSettings = field(default_factory=MetadataSettings)
    dataset: DatasetSettings = field(default_factory=DatasetSettings)


def read_settings(path: Path) -> Settings:
    """Read a TOML file with a table per group, for example `[reading]` with `max_record_bytes = 1000`.

    Raises:
        WrongUseError: the file cannot be read, or names an unknown setting or a value of the wrong type.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongUseError(f"Settings file {path}: {error}") from error
    settings: Settings = _override(Settings(), values, where=str(path))
    return settings


def _override(settings: Any, values: Mapping[str, Any], where: str) -> Any:
    known = {f.name for f in fields(settings)}
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise WrongUseError(f"{where}: unknown setting '{name}'; known are {', '.join(sorted(known))}.")
        changes[name] = _convert(getattr(settings, name), value, f"{where}: {name}")
    return replace(settings, **changes)


def _convert(current: Any, value: Any, where: str) -> Any:
    if is_dataclass(current):
        if not isinstance(value, Mapping):
            raise WrongUseError(f"{where} is a group: write [{where.rsplit(' ', 1)[-1]}] and its settings below.")
        return _override(current, value, where)
    if isinstance(current, tuple):
        return _convert_names(value, where)
    if isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    wanted = datetime if current is None else type(current)
    if type(value) is not wanted:
        raise WrongUseError(f"{where} should be {wanted.__name__}, is {type(value).__name__}.")
    return value


def _convert_names(value: Any, where: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise WrongUseError(f'{where} should be a name, or a list of names: ["first", "second"].')
    return tuple(names)
