"""Writes the same pages as source files of every format, compression and archive."""

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import zstandard
from pyarrow import parquet

from copydesk.reading import Source


class Story(NamedTuple):
    """A page, and what its record states beside the text."""

    url: str
    title: str
    text: str


def write_jsonl(stories: Sequence[Story]) -> bytes:
    return b"".join(json.dumps(story._asdict()).encode() + b"\n" for story in stories)


def write_json_array(stories: Sequence[Story]) -> bytes:
    return json.dumps([story._asdict() for story in stories], indent=2, ensure_ascii=False).encode()


def write_json_objects(stories: Sequence[Story]) -> bytes:
    return "\n".join(json.dumps(story._asdict(), indent=1) for story in stories).encode()


def write_csv(stories: Sequence[Story], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=delimiter)
    rows.writerow(Story._fields)
    rows.writerows(stories)
    return out.getvalue().encode()


def write_tsv(stories: Sequence[Story]) -> bytes:
    return write_csv(stories, "\t")


def write_parquet(stories: Sequence[Story]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist([story._asdict() for story in stories]), out, row_group_size=2)
    return out.getvalue()


def write_warc_record(kind: str, content_type: str, content: bytes, url: str = "") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-05-03T10:00:00Z\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n\r\n"


def write_response(url: str, content: bytes, content_type: str, fields: str = "", status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{fields}\r\n"
    return write_warc_record("response", "application/http; msgtype=response", head.encode() + content, url)


def write_page(story: Story) -> bytes:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in story.text.splitlines())
    head = f'<title>{escape(story.title)}</title><meta property="og:title" content="{escape(story.title)}">'
    return f"<!doctype html><html><head>{head}</head><body>{paragraphs}</body></html>".encode()


def write_warc(stories: Sequence[Story]) -> bytes:
    """An archive of pages of markup, with what else stands in one."""
    info = write_warc_record("warcinfo", "application/warc-fields", b"software: ours\r\n")
    request = write_warc_record("request", "application/http; msgtype=request", b"GET / HTTP/1.1\r\n\r\n")
    image = write_response("https://example.org/a.png", b"\x89PNG", "image/png")
    pages = [write_response(story.url, write_page(story), "text/html; charset=utf-8") for story in stories]
    return info + request + image + b"".join(pages)


def write_wet(stories: Sequence[Story]) -> bytes:
    info = write_warc_record("warcinfo", "application/warc-fields", b"software: ours\r\n")
    texts = [write_warc_record("conversion", "text/plain", story.text.encode(), story.url) for story in stories]
    return info + b"".join(texts)


def write_zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def write_tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


FORMATS: Mapping[str, Callable[[Sequence[Story]], bytes]] = {
    "jsonl": write_jsonl,
    "array": write_json_array,
    "objects": write_json_objects,
    "csv": write_csv,
    "tsv": write_tsv,
    "parquet": write_parquet,
    "warc": write_warc,
    "wet": write_wet,
}
CODECS: Mapping[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}
ARCHIVES: Mapping[str, Callable[[Mapping[str, bytes]], bytes]] = {"zip": write_zip, "tar": write_tar}


def write_source(folder: Path, name: str, content: bytes) -> Source:
    path = folder / name
    path.write_bytes(content)
    return Source(path, name, len(content), path.stat().st_mtime_ns)
