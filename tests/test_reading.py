"""Finding, decoding and refusing source files."""

import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from copydesk.errors import UnreadableSourceError, WrongUseError
from copydesk.reading import Source, decode_bytes, hash_source, list_sources, read_sources
from copydesk.settings import ReadingSettings

NOW = datetime(2024, 5, 3, tzinfo=UTC)
TEXT = "L’été dernier, la forêt brûlait déjà près de la côte, où les pompiers étaient à l’œuvre depuis l’aube."


@pytest.mark.parametrize(
    ("encoded_as", "found_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("cp1252", "windows-1252"),
    ],
)
def test_text_is_decoded_from(encoded_as: str, found_as: str) -> None:
    assert decode_bytes((TEXT * 3).encode(encoded_as)) == (TEXT * 3, found_as, ())


def test_text_cut_off_within_a_character_is_still_utf_8() -> None:
    assert decode_bytes("déjà vu, encore un é".encode()[:-1]) == (
        "déjà vu, encore un \ufffd",
        "utf-8",
        ("cut_off",),
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\t\r\n ", "blank"),
        (b"\xef\xbb\xbf \n", "blank"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(32)) * 20, "binary"),
        (b"\xff\xfeA", "undecodable"),
        (Random(0).randbytes(400).translate(None, bytes(range(128))), "undecodable"),
    ],
)
def test_bytes_that_are_no_text_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSourceError) as caught:
        decode_bytes(content)
    assert caught.value.reason == reason


def write(folder: Path, name: str, text: str = TEXT) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_sources_are_found_below_the_folder_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.txt", "a.md"):
        write(tmp_path, name)
    assert [source.source_file for source in list_sources(tmp_path)] == ["a.md", "a/c.txt", "b.txt"]


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    for name in ("a.txt", ".gitkeep", ".cache/b.txt"):
        write(tmp_path, name)
    assert [source.source_file for source in list_sources(tmp_path)] == ["a.txt"]


def test_links_out_of_the_folder_are_left_out(tmp_path: Path) -> None:
    secret = write(tmp_path, "outside/secret.txt")
    write(tmp_path, "raw/a.txt")
    (tmp_path / "raw" / "link.txt").symlink_to(secret)
    assert [source.source_file for source in list_sources(tmp_path / "raw")] == ["a.txt"]


@pytest.mark.parametrize("name", ["missing", "file.txt"])
def test_folder_that_is_none_is_wrong_use(tmp_path: Path, name: str) -> None:
    write(tmp_path, "file.txt")
    with pytest.raises(WrongUseError, match="--raw"):
        list_sources(tmp_path / name)


def read_one(path: Path, raw: Path, limit: int = 1000) -> tuple[list[str], list[str]]:
    source = Source(path, path.relative_to(raw).as_posix(), 0, 0)
    reading = read_sources([source], ReadingSettings(max_record_bytes=limit), NOW)
    return reading.texts["text"].to_list(), reading.quarantine["reason"].to_list()


def test_readable_file_becomes_a_document(tmp_path: Path) -> None:
    assert read_one(write(tmp_path, "a.txt"), tmp_path) == ([TEXT], [])


def test_file_above_the_limit_is_quarantined(tmp_path: Path) -> None:
    assert read_one(write(tmp_path, "a.txt"), tmp_path, limit=10) == ([], ["too_large"])


def test_file_that_is_no_text_has_a_hash_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, "blank.txt", " ")
    sources = list_sources(tmp_path)
    hashes = read_sources(sources, ReadingSettings(), NOW).hashes
    assert hashes == {"blank.txt": hash_source(sources[0])}


def test_file_above_the_limit_has_a_hash_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    assert hash_source(list_sources(tmp_path)[0]) == sha256(TEXT.encode()).hexdigest()


def test_file_that_vanished_is_quarantined(tmp_path: Path) -> None:
    assert read_one(tmp_path / "gone.txt", tmp_path) == ([], ["vanished"])


def test_folder_in_place_of_a_file_is_quarantined(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    assert read_one(tmp_path / "a.txt", tmp_path) == ([], ["unreadable"])


def test_name_that_is_not_utf_8_is_shown_escaped(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123  (a path of bytes)
        file.write(TEXT)
    (source,) = list_sources(tmp_path)
    texts = read_sources([source], ReadingSettings(), NOW).texts
    assert texts["source_file"].to_list() == ["caf\\xe9.txt"]


def test_document_id_depends_on_the_place_not_on_the_text(tmp_path: Path) -> None:
    ids = []
    for text in (TEXT, TEXT.upper()):
        write(tmp_path, "a.txt", text)
        ids += read_sources(list_sources(tmp_path), ReadingSettings(), NOW).texts["document_id"].to_list()
    assert ids[0] == ids[1]
