"""Source files on other machines: found, compared, fetched; what goes wrong there becomes a message or a row."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from copydesk.changes import Before, Changes, find_changes
from copydesk.errors import RemoteError, WrongUseError
from copydesk.fingerprint import combine_parts
from copydesk.manifest import describe_sources, note_outcomes
from copydesk.reading import Source, find_sources, read_sources, require_place
from copydesk.remote.files import open_file
from copydesk.remote.listing import list_entries
from copydesk.remote.places import is_remote
from copydesk.settings import Settings
from tests.places import find_port, open_s3, serve_pages

NOW = datetime(2026, 5, 4, tzinfo=UTC)
PIPELINE = {"rules": "1", "reading.max_file_bytes": "100", "reading.max_record_bytes": "100"}
TEXT = "The council met on Monday and decided on the road."


def write_pages(place: str, **pages: str) -> None:
    for name, text in pages.items():
        open_s3().pipe_file(f"{place}/{name}.txt", text.encode())


def list_names(raw: str) -> list[str]:
    return [source.source_file for source in find_sources(raw)]


def remember(place: str) -> Before:
    """What a version made from the files at `place` now would remember."""
    sources = find_sources(place)
    reading = read_sources(sources, Settings().reading, NOW)
    rows = describe_sources(sources, reading.hashes, combine_parts(PIPELINE), NOW)
    return Before(note_outcomes(rows, reading.texts.lazy().select("source_file")), PIPELINE)


def compare(place: str, before: Before) -> Changes:
    return find_changes(find_sources(place), before, PIPELINE, Settings())


def list_refused(sources: list[Source]) -> list[tuple[str, str]]:
    rows = read_sources(sources, Settings().reading, NOW).quarantine
    return list(rows.select("source_file", "reason").iter_rows())


def test_folder_of_a_bucket_is_listed_with_sizes_and_without_hidden_files(bucket: str) -> None:
    write_pages(f"{bucket}/news", b="four", **{"sub/a": "five5", ".hidden/c": "x", "sub/.d": "x"})
    write_pages(bucket, newsroom="other")
    found = find_sources(f"{bucket}/news/")
    assert [(source.source_file, source.size) for source in found] == [("b.txt", 4), ("sub/a.txt", 5)]


def test_names_below_a_bucket_are_those_below_the_same_folder(bucket: str, tmp_path: Path) -> None:
    write_pages(f"{bucket}/news", a="x", **{"2024/é b": "y"})
    (tmp_path / "2024").mkdir()
    (tmp_path / "a.txt").touch()
    (tmp_path / "2024" / "é b.txt").touch()
    assert list_names(f"{bucket}/news") == list_names(str(tmp_path))


def test_listing_takes_one_request_for_many_objects(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pages(bucket, **{f"folder-{number % 3}/{number}": TEXT for number in range(30)})
    client = type(open_s3())
    call, calls = client._call_s3, []

    def count_call(self: object, method: str, *args: object, **options: object) -> Any:
        calls.append(method)
        return call(self, method, *args, **options)

    monkeypatch.setattr(client, "_call_s3", count_call)
    assert len(find_sources(bucket)) == 30
    assert calls == ["list_objects_v2"]


def test_one_object_is_a_source_of_its_own_name(bucket: str) -> None:
    write_pages(f"{bucket}/news", a="x", b="y")
    assert list_names(f"{bucket}/news/a.txt") == ["a.txt"]


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("*.txt", ["a.txt"]),
        ("**/*.txt", ["2024-01/b.txt", "2024-02/c/d.txt", "a.txt"]),
        ("2024-*", ["2024-01/b.txt", "2024-02/c/d.txt"]),
        ("2024-0[1]/*", ["2024-01/b.txt"]),
        ("nothing*", []),
    ],
)
def test_glob_finds_the_same_in_a_folder_and_in_a_bucket(
    bucket: str, tmp_path: Path, pattern: str, wanted: list[str]
) -> None:
    for name in ("a.txt", "2024-01/b.txt", "2024-02/c/d.txt", "note.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("x")
        open_s3().pipe_file(f"{bucket}/news/{name}", b"x")
    expected = sorted([*wanted, "note.md"]) if pattern == "*" else wanted
    assert list_names(f"{tmp_path}/{pattern}") == expected
    assert list_names(f"{bucket}/news/{pattern}") == expected


def test_one_file_is_a_source_of_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (source,) = find_sources(str(tmp_path / "a.txt"))
    assert (source.source_file, source.size) == ("a.txt", len(TEXT))


def test_folder_whose_name_looks_like_a_glob_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "news[1]").mkdir()
    (tmp_path / "news[1]" / "a.txt").touch()
    assert list_names(str(tmp_path / "news[1]")) == ["a.txt"]


def test_object_is_read_as_a_file_is(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    write_pages(bucket, a=TEXT)
    here, there = (read_sources(find_sources(raw), Settings().reading, NOW) for raw in (str(tmp_path), bucket))
    assert there.texts.equals(here.texts)
    assert there.hashes == here.hashes


def test_many_objects_are_read_in_order_whatever_their_sizes(bucket: str, tmp_path: Path) -> None:
    for number in range(40):
        text = f"{TEXT} {number}\n" * (30_000 if number % 17 == 0 else 1)
        (tmp_path / f"{number:02}.txt").write_text(text)
        write_pages(bucket, **{f"{number:02}": text})
    sources = find_sources(bucket)
    open_s3().rm(f"{bucket}/20.txt")
    (tmp_path / "20.txt").unlink()
    here, there = (read_sources(found, Settings().reading, NOW) for found in (find_sources(str(tmp_path)), sources))
    assert there.texts.equals(here.texts)
    assert there.quarantine["reason"].to_list() == ["vanished"]
    assert [source.source_file for source in there.ended] == [source.source_file for source in sources]


def test_large_object_can_be_read_from_any_place(bucket: str) -> None:
    content = b"0123456789" * 1_200_000
    open_s3().pipe_file(f"{bucket}/large", content)
    (source,) = find_sources(f"{bucket}/large")
    with source.open() as file:
        file.seek(-5, 2)
        assert file.read() == b"56789"
        file.seek(0)
        assert file.read() == content


def test_unchanged_objects_are_not_fetched_again(bucket: str) -> None:
    write_pages(bucket, a=TEXT, b=TEXT + "2")
    before = remember(bucket)
    changes = compare(bucket, before)
    assert (changes.has_work, changes.n_unchanged, changes.touched) == (False, 2, ())


def test_edited_object_of_the_same_size_is_edited(bucket: str) -> None:
    write_pages(bucket, a=TEXT, b=TEXT)
    before = remember(bucket)
    write_pages(bucket, b=TEXT.upper())
    assert [source.source_file for source in compare(bucket, before).edited] == ["b.txt"]


def test_deleted_object_is_gone_and_a_moved_one_is_renamed(bucket: str) -> None:
    write_pages(bucket, a=TEXT, b=TEXT * 2, c=TEXT * 3)
    before = remember(bucket)
    open_s3().rm(f"{bucket}/a.txt")
    open_s3().mv(f"{bucket}/b.txt", f"{bucket}/z.txt")
    changes = compare(bucket, before)
    assert changes.gone == ("a.txt", "b.txt")
    assert changes.renamed == {"z.txt": "b.txt"}


def test_object_that_vanishes_in_mid_run_is_set_aside(bucket: str) -> None:
    write_pages(bucket, a=TEXT, b=TEXT)
    sources = find_sources(bucket)
    open_s3().rm(f"{bucket}/a.txt")
    assert list_refused(sources) == [("a.txt", "vanished")]


def test_bucket_that_does_not_exist_is_wrong_use(s3_server: None) -> None:
    with pytest.raises(WrongUseError, match="s3://no-such-bucket-here/news does not exist"):
        find_sources("s3://no-such-bucket-here/news")


def test_missing_credentials_are_named(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    forget_clients()
    with pytest.raises(RemoteError, match=r"s3://.*: Unable to locate credentials\. Check"):
        find_sources(bucket)
    forget_clients()


def forget_clients() -> None:
    type(open_s3()).clear_instance_cache()


def test_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(WrongUseError, match=r"pip install 'copydesk\[gs\]'"):
        find_sources("gs://bucket/folder")


def test_unknown_kind_of_place_is_wrong_use() -> None:
    with pytest.raises(WrongUseError, match="nosuch:// is no kind of place"):
        find_sources("nosuch://bucket/folder")


def test_address_that_loses_a_slash_in_a_path_is_still_known_as_one() -> None:
    assert is_remote(Path("s3://bucket/folder"))
    assert not is_remote(Path("data/raw"))
    assert not is_remote("C:folder")


def test_place_that_is_not_there_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="does not exist"):
        require_place(f"{tmp_path}/no/*.txt")
    require_place(f"{tmp_path}/*.txt")
    require_place("s3://bucket/is/not/asked")


def test_missing_library_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(WrongUseError, match="library that is not installed"):
        require_place("gs://bucket/folder")


# Pages on the web


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for name in ("a.txt", "é b.txt", "sub/c.txt", ".hidden/d.txt", ".e.txt"):
        (tmp_path / "www" / "news" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "www" / "news" / name).write_text(f"{TEXT} {name}")
    (tmp_path / "www" / "secret.txt").write_text("not below the list")
    return tmp_path / "www"


def test_page_of_links_is_listed_with_all_below_it(pages: Path) -> None:
    with serve_pages(pages) as address:
        found = find_sources(f"{address}news/")
        reading = read_sources(found, Settings().reading, NOW)
    assert [source.source_file for source in found] == ["a.txt", "sub/c.txt", "é b.txt"]
    assert reading.texts["text"].to_list() == [f"{TEXT} {source.source_file}" for source in found]


def test_glob_of_pages_is_matched_against_the_links(pages: Path) -> None:
    with serve_pages(pages) as address:
        assert list_names(f"{address}news/**/c.*") == ["sub/c.txt"]


def test_one_page_is_a_source_of_its_own_name(pages: Path) -> None:
    with serve_pages(pages) as address:
        assert list_names(f"{address}news/%C3%A9%20b.txt") == ["é b.txt"]


def test_links_that_lead_elsewhere_are_not_followed(pages: Path) -> None:
    links = (
        "../secret.txt",
        "/secret.txt",
        "%2e%2e/secret.txt",
        "http://127.0.0.1:9/x.txt",
        "?C=N",
        "a.txt#top",
        "./a.txt",
    )
    (pages / "news" / "index.html").write_text("".join(f'<a href="{link}">x</a>' for link in links))
    with serve_pages(pages) as address:
        assert list_names(f"{address}news/") == ["a.txt"]


def test_folder_that_is_linked_and_not_there_holds_nothing(pages: Path) -> None:
    (pages / "news" / "index.html").write_text('<a href="dead/">x</a><a href="a.txt">x</a>')
    with serve_pages(pages) as address:
        assert list_names(f"{address}news/") == ["a.txt"]


def test_pages_that_never_end_are_refused(pages: Path) -> None:
    (pages / "news" / "index.html").write_text('<a href="deeper/">x</a>')
    deep = pages / "news"
    for _ in range(40):
        deep /= "deeper"
        deep.mkdir()
    with serve_pages(pages) as address, pytest.raises(WrongUseError, match="more than 32 folders deep"):
        find_sources(f"{address}news/")


def test_unchanged_page_is_not_fetched_again_and_an_edited_one_is(pages: Path) -> None:
    with serve_pages(pages) as address:
        before = remember(f"{address}news/")
        (pages / "news" / "a.txt").write_text("edited " * 20)
        changes = compare(f"{address}news/", before)
    assert [source.source_file for source in changes.edited] == ["a.txt"]
    assert (changes.n_unchanged, changes.touched) == (2, ())


def answer_with(status: int, when: Callable[[str], bool]) -> Callable[[str], int]:
    return lambda path: status if when(path) else 0


@pytest.mark.parametrize(("status", "reason"), [(404, "vanished"), (410, "vanished"), (403, "unreadable")])
def test_page_that_is_refused_in_mid_run_is_set_aside(pages: Path, status: int, reason: str) -> None:
    refused: list[str] = []
    with serve_pages(pages, answer_with(status, lambda path: path in refused)) as address:
        sources = find_sources(f"{address}news/")
        refused.append("/news/a.txt")
        assert list_refused(sources) == [("a.txt", reason)]


def test_page_that_fails_once_is_asked_for_again(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copydesk.remote.files._WEB_PAUSES", (0.01, 0.01))
    failures = iter([503, 503])
    asked: list[str] = []

    def fail_twice(path: str) -> int:
        return next(failures, 0) if path in asked else 0

    with serve_pages(pages, fail_twice) as address:
        sources = find_sources(f"{address}news/")
        asked.append("/news/a.txt")
        assert list_refused(sources) == []


def test_server_that_goes_away_in_mid_run_stops_the_run(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copydesk.remote.files._WEB_PAUSES", (0.01,))
    with serve_pages(pages) as address:
        source = find_sources(f"{address}news/")[0]
    with pytest.raises(RemoteError, match=r"/news/a\.txt: .*Check the address, the network"):
        source.open()


def test_listed_page_that_is_not_there_is_a_source_that_cannot_be_read(pages: Path) -> None:
    (pages / "news" / "index.html").write_text('<a href="a.txt">x</a><a href="gone.txt">x</a>')
    with serve_pages(pages) as address:
        sources = find_sources(f"{address}news/")
        assert [source.source_file for source in sources] == ["a.txt", "gone.txt"]
        assert list_refused(sources) == [("gone.txt", "vanished")]


@pytest.mark.parametrize("path", ["no.txt", "no/"])
def test_page_that_is_not_there_is_wrong_use(pages: Path, path: str) -> None:
    with serve_pages(pages) as address, pytest.raises(WrongUseError, match="does not exist"):
        list_entries(f"{address}{path}")


def test_server_that_does_not_answer_is_named() -> None:
    address = f"http://127.0.0.1:{find_port()}/news/"
    with pytest.raises(RemoteError, match=f"{address}: "):
        list_entries(address)


def test_missing_folder_for_temporary_files_is_no_vanished_page(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_pages(pages) as address:
        source = find_sources(f"{address}news/")[0]
        monkeypatch.setattr("tempfile.tempdir", str(pages / "no"))
        with pytest.raises(RemoteError, match="no temporary folder can be made"):
            source.open()


def test_file_that_is_not_there_leaves_nothing_behind(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with serve_pages(pages) as address, pytest.raises(FileNotFoundError):
        open_file(f"{address}news/no.txt")
    assert list((tmp_path / "temporary").iterdir()) == []
