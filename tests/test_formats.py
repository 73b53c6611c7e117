"""Every format, packed every way, gives the same documents; what is broken or hostile costs no more than itself."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import brotli
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from pyarrow import parquet

from copydesk.errors import UnreadableSourceError
from copydesk.reading import ChunkLimits, Reading, read_chunks, read_document, read_sources
from copydesk.settings import ColumnSettings, ReadingSettings
from copydesk.tables import open_dataset
from tests.histories import read_quarantined, read_rows, run_once
from tests.source_files import (
    ARCHIVES,
    CODECS,
    FORMATS,
    Story,
    write_csv,
    write_jsonl,
    write_page,
    write_response,
    write_source,
    write_tar,
    write_warc,
    write_warc_record,
    write_wet,
    write_zip,
)

NOW = datetime(2024, 5, 3, tzinfo=UTC)
SMALL = ReadingSettings(max_record_bytes=2_000)
STORIES = [
    Story(
        f"https://example.org/{number}",
        f"Crue n° {number}",
        f'Il pleut sur la ville, dit "{number}" ; {{[\\ le fleuve\nmonte de {number} mètres.',
    )
    for number in range(5)
]
LARGE = Story("https://example.org/large", "Grande", "Le fleuve monte.\n" * 1_000)


def read(content: bytes, settings: ReadingSettings | None = None, name: str = "source") -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        return read_sources([write_source(Path(folder), name, content)], settings or ReadingSettings(), NOW)


def list_words(reading: Reading) -> list[list[str]]:
    return [text.split() for text in reading.texts["text"]]


def list_refusals(reading: Reading) -> list[str]:
    return reading.quarantine["reason"].to_list()


def words_of(stories: Sequence[Story]) -> list[list[str]]:
    return [story.text.split() for story in stories]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_read_however_it_is_compressed(form: str, codec: str) -> None:
    reading = read(CODECS[codec](FORMATS[form](STORIES)))
    assert list_words(reading) == words_of(STORIES)
    assert list_refusals(reading) == []


@pytest.mark.parametrize("archive", ARCHIVES)
@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_read_from_an_archive(form: str, archive: str) -> None:
    files = {f"part/{number}": FORMATS[form]([story]) for number, story in enumerate(STORIES)}
    assert list_words(read(ARCHIVES[archive](files))) == words_of(STORIES)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("archive", ARCHIVES)
def test_archive_of_compressed_files_is_read_however_it_is_compressed(archive: str, codec: str) -> None:
    content = CODECS[codec](ARCHIVES[archive]({"a": CODECS[codec](write_jsonl(STORIES))}))
    assert list_words(read(content)) == words_of(STORIES)


PIECES = st.sampled_from(
    ["Le", "fleuve", "monte,", '"dit-on";', "\n", "{a}", "[b]", "\\", "\t", "été", "港", "<b>", "|"]
)
TEXTS = st.lists(PIECES, max_size=30).map(lambda pieces: "Il pleut " + " ".join(pieces))
PACKED = st.tuples(
    st.sampled_from(sorted(FORMATS)), st.sampled_from(sorted(CODECS)), st.sampled_from([None, *ARCHIVES])
)


@given(st.lists(st.tuples(st.lists(TEXTS, min_size=1, max_size=4), PACKED), min_size=1, max_size=4))
@with_settings(max_examples=40, deadline=None)
def test_any_split_of_records_into_files_gives_the_same_documents(
    parts: list[tuple[list[str], tuple[str, str, str | None]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for number, (texts, (form, codec, archive)) in enumerate(parts):
            stories = [Story(f"https://example.org/{number}/{i}", "Crue", text) for i, text in enumerate(texts)]
            content = CODECS[codec](FORMATS[form](stories))
            packed = ARCHIVES[archive]({"pages": content}) if archive else content
            sources.append(write_source(Path(folder), f"{number}", packed))
        reading = read_sources(sources, ReadingSettings(), NOW)
    assert list_refusals(reading) == []
    assert list_words(reading) == [text.split() for texts, _ in parts for text in texts]
    assert reading.texts["document_id"].is_unique().all()


@given(st.integers(1, 7), st.integers(1, 300))
@with_settings(max_examples=40, deadline=None)
def test_documents_do_not_depend_on_how_they_are_dealt_to_chunks(documents: int, chars: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        contents = [write_jsonl(STORIES) + b"{\n", b"", write_zip({"a": write_csv(STORIES), "b": b"text"})]
        sources = [write_source(Path(folder), str(number), content) for number, content in enumerate(contents)]
        whole = read_sources(sources, SMALL, NOW)
        parts = list(read_chunks(sources, SMALL, NOW, ChunkLimits(documents, chars)))
    assert pl.concat([part.texts for part in parts]).equals(whole.texts)
    assert pl.concat([part.quarantine for part in parts]).equals(whole.quarantine)
    assert [source.source_file for part in parts for source in part.ended] == ["0", "1", "2"]
    assert max(part.texts.height + part.quarantine.height for part in parts) <= documents


@pytest.mark.parametrize(
    "text",
    [
        "{ce n'est pas du JSON}",
        "[Photo] La ville sous l'eau",
        "{\nLe fleuve monte.",
        "Hier, le fleuve, dit-on, a monté.\nAujourd'hui, il baisse, dit-on.",
        "text, body and soul\nTwo lines, one comma",
        "BZh est un sigle.",
        "PK 3,2 km de route coupée",
        "WARC et WET sont des formats.",
    ],
)
def test_text_that_starts_like_another_format_is_text(text: str) -> None:
    assert read(text.encode()).texts["text"].to_list() == [text]


def test_page_of_markup_gives_its_text_and_states_its_title() -> None:
    (row,) = read(write_page(STORIES[0])).texts.to_dicts()
    assert row["text"].split() == STORIES[0].text.split()
    assert (row["format"], row["stated_title"]) == ("html", STORIES[0].title)


def test_columns_beside_the_text_are_stated() -> None:
    record = {
        "id": 7,
        "Text": "Il pleut.",
        "url": "https://example.org/a",
        "headline": "  La\x07 crue ",
        "authors": [{"name": "Jeanne Exemple"}, "Luc\nTexte"],
        "date": "2024-05-03",
        "fetched_at": "2024-05-04T12:00:00+02:00",
    }
    (row,) = read(json.dumps(record).encode()).texts.to_dicts()
    assert row["record_id"] == "7"
    assert row["stated_url"] == "https://example.org/a"
    assert row["stated_title"] == "La crue"
    assert row["stated_authors"] == ["Jeanne Exemple", "Luc Texte"]
    assert row["stated_published"] == "2024-05-03"
    assert row["fetched_at"] == datetime(2024, 5, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize("published", [1_714_737_600, 1_714_737_600_000])
def test_time_given_as_a_number_is_stated_as_iso(published: int) -> None:
    reading = read(json.dumps({"text": "Il pleut.", "date": published}).encode())
    assert reading.texts["stated_published"].to_list() == ["2024-05-03T12:00:00+00:00"]


def test_stated_title_of_any_length_is_not_repeated_with_each_paragraph() -> None:
    reading = read(json.dumps({"text": "Il pleut.", "title": "x" * 10_000}).encode())
    assert reading.texts["stated_title"].to_list() == [None]


def test_text_column_is_chosen_by_setting() -> None:
    settings = ReadingSettings(columns=ColumnSettings(text=("article",)))
    reading = read(b'{"text": "no", "article": "Il pleut."}', settings)
    assert reading.texts["text"].to_list() == ["Il pleut."]


@pytest.mark.parametrize(("carry", "carried"), [(("rubrique",), '{"rubrique":"Monde"}'), ((), None)])
def test_other_columns_are_carried_along_when_asked(carry: tuple[str, ...], carried: str | None) -> None:
    reading = read(b'{"text": "Il pleut.", "rubrique": "Monde", "n": 1}', ReadingSettings(carry=carry))
    assert reading.texts["carried"].to_list() == [carried]


def test_all_other_columns_are_carried_along_when_asked() -> None:
    content = FORMATS["parquet"](STORIES[:1])
    reading = read(content, ReadingSettings(carry=("*",)))
    assert json.loads(reading.texts["carried"].item()) == {"url": STORIES[0].url, "title": STORIES[0].title}


@pytest.mark.parametrize("name", ["pages.csv", "pages.csv.gz"])
def test_table_without_a_column_of_text_says_what_to_do(name: str) -> None:
    content = b"nom,adresse\nJeanne,ici\n"
    reading = read(gzip.compress(content) if name.endswith(".gz") else content, name=name)
    assert list_refusals(reading) == ["no_column"]
    assert "reading.columns.text" in reading.quarantine["detail"].item()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_records_are_read_in_another_encoding(form: str, encoding: str) -> None:
    story = Story("https://example.org/", "L’été", "L’été dernier, la forêt brûlait déjà près de la côte.")
    rows = {"jsonl": json.dumps(story._asdict(), ensure_ascii=False) + "\n", "csv": write_csv([story]).decode()}
    (row,) = read(rows[form].encode(encoding)).texts.to_dicts()
    assert (row["text"], row["stated_title"]) == (story.text, story.title)


def list_ids(stories: Sequence[Story], form: str = "jsonl") -> list[str]:
    return read(FORMATS[form](stories)).texts["document_id"].to_list()


def test_id_of_a_record_stays_when_others_come_before_it() -> None:
    assert list_ids(STORIES)[1:] == list_ids(STORIES[1:])


def test_id_of_a_record_does_not_depend_on_its_text() -> None:
    assert list_ids(STORIES[:1]) == list_ids([STORIES[0]._replace(text="Autre chose.")])


def test_each_of_several_records_of_one_address_has_an_id_of_its_own() -> None:
    ids = list_ids([STORIES[0], *STORIES[:2]])
    assert len(set(ids)) == 3
    assert [ids[0], ids[2]] == list_ids(STORIES[:2])


def test_record_without_id_or_address_is_known_by_its_position() -> None:
    (first, second) = read(b'{"text": "Un."}\n{"text": "Deux."}\n').texts.to_dicts()
    assert first["document_id"] == read(b"Un.").texts["document_id"].item()
    assert (second["record_index"], second["record_id"]) == (1, None)


def test_same_id_in_two_files_of_an_archive_is_two_records() -> None:
    both = read(write_zip({"a": write_jsonl(STORIES[:1]), "b": write_jsonl(STORIES[:1])})).texts
    alone = read(write_zip({"b": write_jsonl(STORIES[:1])})).texts
    assert both["document_id"].n_unique() == 2
    assert both["document_id"][1] == alone["document_id"].item()


def test_page_in_an_archive_is_known_by_its_name() -> None:
    texts = read(write_tar({"pages/a.txt": b"Il pleut.", "pages/b.txt": b"Il vente."})).texts
    assert texts["record_id"].to_list() == ["pages/a.txt", "pages/b.txt"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "Il pl', "malformed"),
        (b"{}", "no_column"),
        (b"[1, 2]", "malformed"),
        (b"Il pleut.", "malformed"),
        (b'{"text": "  "}', "blank"),
        (b'{"text": "", "url": null}', "empty"),
        (b'{"text": 12}', "no_column"),
        (b"[" * 100_000, "malformed"),
        (json.dumps(LARGE._asdict()).encode(), "too_large"),
    ],
)
def test_bad_line_of_json_is_set_aside_alone(line: bytes, reason: str) -> None:
    reading = read(
        write_jsonl(STORIES[:2]) + line + b"\n" + write_jsonl(STORIES[2:]),
        ReadingSettings(max_record_bytes=200_000) if line.startswith(b"[[") else SMALL,
    )
    assert list_words(reading) == words_of(STORIES)
    (row,) = reading.quarantine.to_dicts()
    assert row["reason"] == reason
    assert row["detail"].startswith("record 2")
    assert row["document_id"] not in reading.texts["document_id"]


def test_text_that_json_has_decoded_is_not_guessed_at_again() -> None:
    text = "Il pleut\x01\x02 " * 20
    (row,) = read(json.dumps({"text": text}).encode()).texts.to_dicts()
    assert (row["text"], row["encoding"]) == (text, "utf-8")


@pytest.mark.parametrize("value", ["null", "12", '"text"', "[1]", '{"text": " "}', json.dumps(LARGE._asdict())])
def test_bad_value_in_an_array_is_set_aside_alone(value: str) -> None:
    good = [json.dumps(story._asdict()) for story in STORIES]
    reading = read(f"[{','.join([*good[:2], value, *good[2:]])}]".encode(), SMALL)
    assert list_words(reading) == words_of(STORIES)
    assert len(list_refusals(reading)) == 1


@pytest.mark.parametrize("row", ["seul", "a,b,c,d", f'u,t,"{LARGE.text}"', f"u,t,{LARGE.text[:16] * 200}"])
def test_bad_row_of_csv_is_set_aside_alone(row: str) -> None:
    start, end = write_csv(STORIES[:2]), write_csv(STORIES[2:]).partition(b"\n")[2]
    reading = read(start + row.encode() + b"\r\n" + end, SMALL)
    assert list_words(reading) == words_of(STORIES)
    assert len(list_refusals(reading)) == 1


def test_names_of_columns_may_be_longer_than_a_record() -> None:
    reading = read(b"title,text\na,b\n", ReadingSettings(max_record_bytes=5))
    assert reading.texts["text"].to_list() == ["b"]


@pytest.mark.parametrize("form", ["array", "csv", "jsonl", "parquet", "warc", "wet"])
def test_record_above_the_limit_is_set_aside_alone(form: str) -> None:
    reading = read(FORMATS[form]([*STORIES[:2], LARGE, *STORIES[2:]]), SMALL)
    assert list_words(reading) == words_of(STORIES)
    assert list_refusals(reading) == ["too_large"]


def test_page_of_an_archive_above_the_limit_is_set_aside_alone() -> None:
    reading = read(write_zip({"a": b"Un.", "b": LARGE.text.encode(), "c": b"Deux."}), SMALL)
    assert reading.texts["text"].to_list() == ["Un.", "Deux."]
    assert list_refusals(reading) == ["too_large"]


@pytest.mark.parametrize("codec", ["gz", "zst", "bz2", "xz"])
def test_records_before_a_break_are_kept(codec: str) -> None:
    # In two streams, so that the first is whole whatever the size of a codec's blocks.
    stories = [story._replace(url=str(number)) for number in range(40) for story in STORIES]
    cut = CODECS[codec](write_jsonl([LARGE]))
    reading = read(CODECS[codec](write_jsonl(stories)) + cut[: len(cut) // 2])
    n_lost = 30 if codec == "zst" else 0  # what lies in the last 4 kB before the break
    assert reading.texts.height >= len(stories) - n_lost
    assert list_words(reading) == words_of(stories)[: reading.texts.height]
    assert reading.quarantine.select("document_id", "reason").rows() == [(None, "broken")]
    assert reading.hashes.keys() == {"source"}


@pytest.mark.parametrize("write", [write_warc, write_wet])
def test_pages_before_the_break_of_a_crawl_are_kept(write: type[object]) -> None:
    reading = read(FORMATS[write.__name__.removeprefix("write_")](STORIES)[:-40])
    assert list_words(reading) == words_of(STORIES[:-1])
    assert list_refusals(reading) == ["broken"]


def test_files_before_the_break_of_a_tar_are_kept() -> None:
    content = write_tar({str(number): story.text.encode() for number, story in enumerate(STORIES)})
    reading = read(content[: 1024 * 4 + 520])
    assert list_words(reading)[:4] == words_of(STORIES[:4])
    assert "broken" in list_refusals(reading)


@pytest.mark.parametrize("form", ["zip", "parquet"])
def test_file_whose_list_of_contents_is_cut_off_is_set_aside(form: str) -> None:
    content = write_zip({"a": b"Un."}) if form == "zip" else FORMATS["parquet"](STORIES)
    assert list_refusals(read(content[:-30])) == ["broken"]


@pytest.mark.parametrize("content", [write_zip({}), write_tar({"a/.hidden": b"x"}), b"[]", write_wet([])])
def test_file_without_records_is_set_aside(content: bytes) -> None:
    assert list_refusals(read(content)) == ["empty"]


@pytest.mark.parametrize("codec", ["gz", "zst", "bz2", "xz"])
def test_bomb_is_refused(codec: str) -> None:
    assert list_refusals(read(CODECS[codec](bytes(60_000_000)))) == ["bomb"]


def test_bomb_of_many_files_is_refused_after_what_came_before() -> None:
    reading = read(write_zip({"a": b"Un."} | {str(number): bytes(1_500_000) for number in range(40)}))
    assert reading.texts["text"].to_list() == ["Un."]
    assert list_refusals(reading)[-1] == "bomb"


def test_table_of_one_value_repeated_is_refused() -> None:
    out = io.BytesIO()
    parquet.write_table(pa.table({"text": [LARGE.text] * 2_000}), out)
    assert list_refusals(read(out.getvalue())) == ["bomb"]


def test_source_that_gives_more_than_the_setting_allows_is_read_no_further() -> None:
    reading = read(gzip.compress(write_jsonl(STORIES * 100)), ReadingSettings(max_unpacked_bytes=5_000))
    assert list_refusals(reading) == ["bomb"]
    assert "reading.max_unpacked_bytes" in reading.quarantine["detail"].item()


@pytest.mark.parametrize(
    "content",
    [
        write_zip({"a": write_zip({"b": b"x"})}),
        write_tar({"a": gzip.compress(write_tar({"b": b"x"}))}),
        gzip.compress(gzip.compress(b"x")),
    ],
    ids=["zip", "tar", "gzip"],
)
def test_packing_within_packing_is_refused(content: bytes) -> None:
    assert list_refusals(read(content)) == ["nested"]


@pytest.mark.parametrize("archive", ARCHIVES)
@pytest.mark.parametrize("name", ["../a.txt", "/etc/passwd", "a/../../b.txt", "C:\\a.txt", "..\\a.txt"])
def test_name_that_leads_out_of_an_archive_is_refused(archive: str, name: str) -> None:
    reading = read(ARCHIVES[archive]({name: b"Il pleut.", "b.txt": b"Il vente."}))
    assert reading.texts["text"].to_list() == ["Il vente."]
    assert list_refusals(reading) == ["unsafe_name"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_link_or_device_in_a_tar_is_refused(kind: bytes) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("a.txt")
        entry.type, entry.linkname = kind, "/etc/passwd"
        archive.addfile(entry)
    assert list_refusals(read(out.getvalue())) == ["link"]


def test_link_in_a_zip_is_refused() -> None:
    entry = zipfile.ZipInfo("a.txt")
    entry.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert list_refusals(read(out.getvalue())) == ["link"]


def test_encrypted_file_in_a_zip_is_refused() -> None:
    content = bytearray(write_zip({"a.txt": b"Il pleut."}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    assert list_refusals(read(bytes(content))) == ["encrypted"]


@pytest.mark.parametrize(("kind", "size"), [(tarfile.GNUTYPE_LONGNAME, 1 << 32), (tarfile.REGTYPE, -1536)])
def test_header_of_a_tar_that_claims_any_size_is_refused(kind: bytes, size: int) -> None:
    entry = tarfile.TarInfo("a")
    entry.type, entry.size = kind, size
    assert list_refusals(read(entry.tobuf(tarfile.GNU_FORMAT) + bytes(10_000))) == ["broken"]


def test_office_document_is_no_archive_of_pages() -> None:
    assert list_refusals(read(write_zip({"[Content_Types].xml": b"<x/>", "a.xml": b"<x/>"}))) == ["binary"]


def test_damaged_file_in_a_zip_is_set_aside_alone() -> None:
    content = bytearray(write_zip({"a": STORIES[0].text.encode(), "b": b"Deux."}))
    content[40] ^= 0xFF
    reading = read(bytes(content))
    assert reading.texts["text"].to_list() == ["Deux."]
    assert list_refusals(reading) == ["broken"]


def test_name_that_is_not_utf_8_is_shown_escaped() -> None:
    content = write_tar({"cafXX.txt": b"Il pleut."}).replace(b"cafXX", b"caf\xe9X")
    checksum = sum(content[:148]) + 8 * 32 + sum(content[156:512])
    content = content[:148] + b"%06o\0 " % checksum + content[156:]
    assert read(content).texts["record_id"].to_list() == ["caf\\udce9X.txt"]


def test_names_and_ids_are_shown_harmless() -> None:
    reading = read(write_tar({"a\x1b[31m\u202e.txt": b" ", "b\n.txt": b"Il pleut."}))
    shown = "".join([*reading.quarantine["detail"], *reading.texts["record_id"]])
    assert shown.isprintable()
    assert "\\x1b[31m\\u202e.txt" in shown


def test_entities_of_a_page_are_never_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden treasure")
    page = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY file SYSTEM "file://{secret}"><!ENTITY a "lol">'
        '<!ENTITY b "&a;&a;&a;">]><html xmlns="http://www.w3.org/1999/xhtml">'
        "<body><p>Il pleut &file; &b;</p></body></html>"
    )
    (text,) = read(page.encode()).texts["text"]
    assert "Il pleut" in text
    assert "treasure" not in text
    assert "lollol" not in text


@pytest.mark.parametrize(
    ("fields", "encode"),
    [
        ("Content-Encoding: gzip\r\n", gzip.compress),
        ("Content-Encoding: br\r\n", brotli.compress),
        ("Content-Encoding: gzip\r\n", bytes),
        ("Content-Encoding: br\r\n", bytes),
        (
            "Transfer-Encoding: chunked\r\n",
            lambda body: b"%x\r\n" % 9 + body[:9] + b"\r\n%x\r\n" % len(body[9:]) + body[9:] + b"\r\n0\r\n\r\n",
        ),
        ("Transfer-Encoding: chunked\r\n", bytes),
    ],
)
def test_body_of_a_response_is_decoded_if_it_is_encoded(fields: str, encode: type[bytes]) -> None:
    content = write_response(STORIES[0].url, encode(write_page(STORIES[0])), "text/html", fields)
    assert list_words(read(content)) == words_of(STORIES[:1])


def test_bomb_in_a_response_is_set_aside_alone() -> None:
    bomb = write_response(
        "https://example.org/", gzip.compress(bytes(10**7)), "text/html", "Content-Encoding: gzip\r\n"
    )
    reading = read(bomb + write_wet(STORIES), ReadingSettings(max_record_bytes=20_000))
    assert list_words(reading) == words_of(STORIES)
    assert list_refusals(reading) == ["too_large"]


def test_crawled_page_states_its_address_and_when_it_was_fetched() -> None:
    (row,) = read(write_warc(STORIES[:1])).texts.to_dicts()
    assert (row["record_id"], row["stated_url"]) == (STORIES[0].url, STORIES[0].url)
    assert row["fetched_at"] == datetime(2024, 5, 3, 10, tzinfo=UTC)


def test_charset_a_server_states_is_heeded() -> None:
    content = write_response(
        "https://example.org/", "Ceny żywności".encode("iso-8859-2"), "text/plain; charset=iso-8859-2"
    )
    assert read(content).texts["encoding"].item().lower().replace("_", "-") in ("iso-8859-2", "utf-8", "iso8859-2")


@pytest.mark.parametrize("status", ["301 Moved", "404 Not Found"])
def test_response_that_is_no_page_is_passed_over(status: str) -> None:
    other = write_response("https://example.org/x", b"<html>Not here", "text/html", status=status)
    reading = read(other + write_warc(STORIES))
    assert (list_words(reading), list_refusals(reading)) == (words_of(STORIES), [])


@pytest.mark.parametrize("length", [b"-5", b"99999999", b"x", b"\xc2\xb2"])
def test_crawl_whose_record_lies_about_its_length_breaks_off_there(length: bytes) -> None:
    lie = write_warc_record("response", "application/http", b"HTTP/1.1 200 OK\r\n\r\nx").replace(
        b"gth: 20", b"gth: " + length
    )
    reading = read(write_wet(STORIES) + lie)
    assert list_words(reading) == words_of(STORIES)
    assert list_refusals(reading) == ["broken"]


@given(st.sampled_from(sorted(FORMATS)), st.sampled_from(sorted(CODECS)), st.sampled_from([None, *ARCHIVES]), st.data())
@with_settings(max_examples=100, deadline=None)
def test_damage_anywhere_raises_nothing(form: str, codec: str, archive: str | None, data: st.DataObject) -> None:
    content = bytearray(CODECS[codec](FORMATS[form](STORIES)))
    if archive:
        content = bytearray(ARCHIVES[archive]({"a": bytes(content)}))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading = read(bytes(content[: data.draw(st.integers(1, len(content)))]))
    assert reading.texts.height + reading.quarantine.height > 0


HUGE = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from copydesk.reading import Source, read_chunks
from copydesk.settings import ReadingSettings
path = Path(sys.argv[1])
source = Source(path, path.name, path.stat().st_size, 0)
list(read_chunks([], ReadingSettings(), datetime.now(UTC)))
import pyarrow.parquet
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for reading in read_chunks([source], ReadingSettings(), datetime.now(UTC)):
    print(*reading.quarantine["reason"], reading.texts.height)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (b'{"text": "', b'"}\n{"text": "Il pleut."}\n'),
        (b'[{"text": "', b'"}, {"text": "Il pleut."}]'),
        (b'title,text\na,b\nc,"', b'"\nd,Il pleut.\n'),
    ],
    ids=["jsonl", "array", "csv"],
)
def test_record_of_300_mb_is_set_aside_without_being_held(start: bytes, end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.write(start)
        file.seek(300_000_000)  # a hole, which takes no room on the disk
        file.write(end)
    done = subprocess.run([sys.executable, "-c", HUGE, path], capture_output=True, text=True, check=True)
    *found, grown = done.stdout.split()
    assert found == ["too_large", "2" if start.startswith(b"title") else "1"]
    assert int(grown) < 150


def test_record_of_a_file_is_explained(tmp_path: Path) -> None:
    source = write_source(tmp_path, "feed.jsonl", write_jsonl(STORIES))
    command = [str(Path(sys.executable).with_name("copydesk")), "explain", str(source.path), "--record", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "300"})
    assert 'Il pleut sur la ville, dit "1"' in done.stdout


@pytest.mark.parametrize(("number", "problem"), [(2, "record 2: is no JSON"), (9, "holds 3 records")])
def test_record_that_is_not_there_cannot_be_explained(number: int, problem: str, tmp_path: Path) -> None:
    source = write_source(tmp_path, "feed.jsonl", write_jsonl(STORIES[:2]) + b"broken\n")
    with pytest.raises(UnreadableSourceError, match=problem):
        read_document(Path(source.path), number, ReadingSettings())


def test_dataset_of_records_follows_its_sources(tmp_path: Path) -> None:
    raw, data, scratch = (tmp_path / name for name in ("raw", "data", "scratch"))
    raw.mkdir()
    write_source(raw, "crawl.warc.gz", gzip.compress(write_warc(STORIES)))
    write_source(raw, "feed.jsonl", write_jsonl(STORIES) + b"broken\n")
    run_once(raw, data)
    first = open_dataset(data, "documents").collect()
    assert read_quarantined(data) == [("feed.jsonl", "malformed")]
    assert not run_once(raw, data)
    added = Story("https://example.org/new", "Baisse", "Le fleuve a baissé dans la nuit, selon la préfecture.")
    write_source(raw, "feed.jsonl", write_jsonl([added, *STORIES[1:]]))
    run_once(raw, data)
    run_once(raw, scratch)
    for grown, built in zip(read_rows(data), read_rows(scratch), strict=True):
        assert grown.equals(built)
    seen = open_dataset(data, "documents").collect().join(first, on="document_id", how="left", suffix="_first")
    old = seen.filter(pl.col("ingested_at_first").is_not_null())
    assert old["ingested_at"].equals(old["ingested_at_first"].rename("ingested_at"))
    assert (seen.height, old.height) == (10, 9)
    assert read_quarantined(data) == []
