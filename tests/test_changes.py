"""Which sources a run has to process."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from copydesk.changes import Before, Changes, find_changes, refuse_disappearance
from copydesk.errors import SourcesGoneError
from copydesk.fingerprint import combine_parts
from copydesk.manifest import describe_sources, note_outcomes, update_manifest
from copydesk.reading import Source, list_sources, read_sources
from copydesk.settings import DatasetSettings, ReadingSettings, Settings

PIPELINE = {"rules": "1", "reading.max_record_bytes": "100"}
NEW_RULES = PIPELINE | {"rules": "2"}
SETTINGS = Settings(reading=ReadingSettings(max_record_bytes=100))
KEEP = replace(SETTINGS, dataset=DatasetSettings(deletion="keep"))
LATER = datetime.now(UTC) + timedelta(hours=1)
"""When the files were listed: long enough after they were written to trust their times."""


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(f"Text of {name}.")
    return tmp_path


def remember(raw: Path, listed_at: datetime = LATER, pipeline: Mapping[str, str] = PIPELINE) -> Before:
    """What a version made from the files in `raw` now would remember."""
    sources = list_sources(raw)
    reading = read_sources(sources, SETTINGS.reading, listed_at)
    rows = describe_sources(sources, reading.hashes, combine_parts(pipeline), listed_at)
    outcomes = note_outcomes(rows, reading.texts.lazy().select("source_file"))
    return Before(outcomes, pipeline)


def compare(
    raw: Path, before: Before | None, settings: Settings = SETTINGS, pipeline: dict[str, str] = PIPELINE
) -> Changes:
    return find_changes(list_sources(raw), before, pipeline, settings)


def names(sources: tuple[Source, ...]) -> list[str]:
    return [source.source_file for source in sources]


def test_everything_is_new_before_the_first_version(raw: Path) -> None:
    assert names(compare(raw, None).new) == ["a.txt", "b.txt", "c.txt"]


def test_nothing_is_to_do_when_nothing_changed(raw: Path) -> None:
    changes = compare(raw, remember(raw))
    assert not changes.has_work
    assert changes.n_unchanged == 3


def test_unchanged_file_is_not_read(raw: Path) -> None:
    before = remember(raw)
    (raw / "a.txt").chmod(0)
    status = (raw / "a.txt").stat()
    (raw / "a.txt").unlink()
    (raw / "a.txt").write_bytes(b"x" * status.st_size)
    os.utime(raw / "a.txt", ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert not compare(raw, before).has_work


def test_file_with_other_bytes_is_edited(raw: Path) -> None:
    before = remember(raw)
    (raw / "a.txt").write_text("Other.")
    assert names(compare(raw, before).edited) == ["a.txt"]


def test_file_with_another_time_and_the_same_bytes_is_touched(raw: Path) -> None:
    before = remember(raw)
    os.utime(raw / "a.txt", (1, 1))
    changes = compare(raw, before)
    assert names(changes.touched) == ["a.txt"]
    assert not changes.has_work


def test_file_changed_just_before_it_was_listed_is_read_again(raw: Path) -> None:
    before = remember(raw, listed_at=datetime.now(UTC))
    assert names(compare(raw, before).touched) == ["a.txt", "b.txt", "c.txt"]


def test_manifest_remembers_the_new_time_of_a_touched_file(raw: Path) -> None:
    before = remember(raw)
    os.utime(raw / "a.txt", (1, 1))
    manifest = update_manifest(before.manifest, [], compare(raw, before), combine_parts(PIPELINE), LATER)
    assert compare(raw, Before(manifest, PIPELINE)).touched == ()


def test_file_that_is_gone_leaves(raw: Path) -> None:
    before = remember(raw)
    (raw / "a.txt").unlink()
    changes = compare(raw, before)
    assert (changes.gone, changes.leaving) == (("a.txt",), ["a.txt"])


def test_file_that_is_gone_stays_where_the_policy_is_keep(raw: Path) -> None:
    before = remember(raw)
    (raw / "a.txt").unlink()
    changes = compare(raw, before, KEEP)
    assert not changes.has_work
    assert changes.absent == ("a.txt",)


def test_kept_source_that_comes_back_under_a_new_pipeline_is_outdated(raw: Path) -> None:
    before = remember(raw)
    text = (raw / "a.txt").read_text()
    (raw / "a.txt").unlink()
    changes = compare(raw, before, KEEP, NEW_RULES)
    fingerprint = combine_parts(NEW_RULES)
    again = [remember_rows(raw, fingerprint)]
    manifest = update_manifest(before.manifest, again, changes, fingerprint, LATER)
    (raw / "a.txt").write_text(text)
    came_back = compare(raw, Before(manifest, NEW_RULES), KEEP, NEW_RULES)
    assert names(came_back.outdated) == ["a.txt"]


def remember_rows(raw: Path, fingerprint: str) -> pl.DataFrame:
    sources = list_sources(raw)
    reading = read_sources(sources, SETTINGS.reading, LATER)
    return describe_sources(sources, reading.hashes, fingerprint, LATER)


def test_renamed_file_is_new_and_its_former_name_is_known(raw: Path) -> None:
    before = remember(raw)
    (raw / "a.txt").rename(raw / "z.txt")
    changes = compare(raw, before)
    assert changes.renamed == {"z.txt": "a.txt"}
    assert changes.count() | {"renamed": 1, "new": 0, "gone": 0} == changes.count()


def test_changed_rules_make_every_source_outdated_and_say_so(raw: Path) -> None:
    changes = compare(raw, remember(raw), pipeline=NEW_RULES)
    assert names(changes.outdated) == ["a.txt", "b.txt", "c.txt"]
    assert changes.pipeline == ("rules",)


def test_another_size_limit_concerns_only_files_that_may_hold_records_beyond_it(raw: Path) -> None:
    (raw / "big.txt").write_text("x" * 9_000)
    before = remember(raw, pipeline=PIPELINE | {"reading.max_record_bytes": "3000000"})
    changes = compare(raw, before, pipeline=PIPELINE | {"reading.max_record_bytes": "2000000"})
    assert names(changes.outdated) == ["big.txt"]


def test_rebuild_makes_every_source_outdated(raw: Path) -> None:
    changes = find_changes(list_sources(raw), remember(raw), PIPELINE, SETTINGS, rebuild=True)
    assert len(changes.outdated) == 3
    assert changes.pipeline == ("rebuild",)


def test_file_that_cannot_be_read_is_not_tried_again_before_it_can(raw: Path) -> None:
    (raw / "a.txt").unlink()
    (raw / "a.txt").symlink_to(raw / "nowhere")
    before = remember(raw)
    assert not compare(raw, before).has_work
    os.utime(raw / "a.txt", (0, 0), follow_symlinks=False)
    (raw / "nowhere").write_text("")
    assert names(compare(raw, before).edited) == ["a.txt"]


def test_more_than_half_of_the_sources_gone_is_refused(raw: Path) -> None:
    before = remember(raw)
    (raw / "a.txt").unlink()
    refuse_disappearance(compare(raw, before), 3, str(raw))
    (raw / "b.txt").unlink()
    with pytest.raises(SourcesGoneError, match=r"2 of the 3 source files .* --allow-shrink"):
        refuse_disappearance(compare(raw, before), 3, str(raw))


def test_renamed_folder_is_no_disappearance(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = remember(raw)
    moved = tmp_path_factory.mktemp("moved")
    raw.rename(moved / "news")
    refuse_disappearance(compare(moved, before), 3, str(moved))


def test_manifest_of_a_first_run_has_a_row_for_each_source(raw: Path) -> None:
    (raw / "empty.txt").touch()
    outcomes = dict(remember(raw).manifest.select("source_file", "outcome").iter_rows())
    assert outcomes == {"a.txt": "published", "b.txt": "published", "c.txt": "published", "empty.txt": "quarantined"}
