"""WARC and WET: the pages of a crawl.

The archive is cut into records here, by the length each states (ISO 28500), rather than by FastWARC: given a stream
that cannot be rewound or that breaks off, FastWARC 2.0 ends in a panic of its Rust code, which no `except` for errors
catches.
"""

import re
import zlib
from collections.abc import Mapping
from typing import BinaryIO, Final, NamedTuple

import brotli

from copydesk.reading.columns import parse_time
from copydesk.reading.records import HTML, TEXT, BadRecord, Record, Records, describe_large, refuse

_VERSION: Final = b"WARC/"
_MAX_HEADER_BYTES: Final = 65_536
_PIECE_BYTES: Final = 1 << 20
_FORMATS: Final = {"text/html": HTML, "application/xhtml+xml": HTML, "text/plain": TEXT}
_OK: Final = 200
_STATUS: Final = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n")
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32

Headers = Mapping[str, str]


def read_warc(file: BinaryIO, max_bytes: int, member: str) -> Records:
    """Yield the pages: responses of status 200 that are text or markup, and texts made of pages (WET).

    Requests, metadata, redirects, errors, images and the like are no pages, and passed over.

    Raises:
        UnreadableSourceError: the archive breaks off, or is none from here on.
    """
    while (headers := _read_headers(file)) is not None:
        length = headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            raise refuse("broken", "a record states no length")
        kind, n_bytes = headers.get("warc-type", "").lower(), int(length)
        is_page = kind in ("response", "conversion", "resource")
        block = _read_block(file, n_bytes, max_bytes if is_page else 0)
        if not is_page:
            continue
        if block is None:
            yield describe_large(n_bytes, max_bytes, member, _read_uri(headers))
        elif record := _read_page(headers, block, max_bytes, member, is_http=kind == "response"):
            yield record


def _read_headers(file: BinaryIO) -> Headers | None:
    """Return the fields of the next record's header, None at the end of the file."""
    while (line := file.readline(_MAX_HEADER_BYTES)) in (b"\r\n", b"\n"):
        pass
    if not line:
        return None
    if not line.startswith(_VERSION):
        raise refuse("broken", "there is no record of WARC where one should begin")
    lines, n_bytes = [], 0
    while (line := file.readline(_MAX_HEADER_BYTES)) not in (b"\r\n", b"\n"):
        n_bytes += len(line)
        if not line or n_bytes > _MAX_HEADER_BYTES:
            raise refuse("broken", "breaks off within the header of a record")
        lines.append(line)
    return _parse_fields(lines)


def _parse_fields(lines: list[bytes]) -> Headers:
    """Return header fields by name in lower case; the first of a name counts."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        fields.setdefault(name.decode("ascii", "replace").strip().lower(), value.decode("utf-8", "replace").strip())
    return fields


def _read_block(file: BinaryIO, n_bytes: int, max_bytes: int) -> bytes | None:
    """Read what a record holds; pass over what is larger than the limit."""
    kept = b""
    if n_bytes <= max_bytes:
        kept = file.read(n_bytes)
        n_left = n_bytes - len(kept)
    else:
        n_left = n_bytes
        while n_left and (piece := file.read(min(n_left, _PIECE_BYTES))):
            n_left -= len(piece)
    if n_left:
        raise refuse("broken", "breaks off within a record")
    return kept if n_bytes <= max_bytes else None


def _read_uri(headers: Headers) -> str | None:
    return headers.get("warc-target-uri", "").strip("<>") or None


class _Payload(NamedTuple):
    """What a server sent: the type it states, and the bytes."""

    content_type: str
    content: bytes


def _read_page(headers: Headers, block: bytes, max_bytes: int, member: str, is_http: bool) -> Record | BadRecord | None:
    uri = _read_uri(headers)
    try:
        payload = _read_http(block, max_bytes) if is_http else _Payload(headers.get("content-type", ""), block)
    except (zlib.error, brotli.error, ValueError) as error:
        return BadRecord("malformed", f"is no response of HTTP: {error}", member, uri)
    kind = payload.content_type.partition(";")[0].strip().lower() if payload else ""
    if payload is None or kind not in _FORMATS:
        return None
    charset = _CHARSET.search(payload.content_type)
    return Record(
        payload.content,
        encoding=charset[1] if charset else None,
        format=_FORMATS[kind],
        member=member,
        url=uri,
        fetched_at=parse_time(headers.get("warc-date")),
    )


def _read_http(block: bytes, max_bytes: int) -> _Payload | None:
    """Return what a response holds; None where it is no page but a redirect or an error."""
    status = _STATUS.match(block)
    if not status:
        raise ValueError("there is no status line")
    if int(status[1]) != _OK:
        return None
    head, *rest = _HEAD_END.split(block, maxsplit=1)
    body, fields = b"".join(rest), _parse_fields(head.split(b"\n")[1:])
    if "chunked" in fields.get("transfer-encoding", "").lower():
        body = _join_chunks(body)
    for encoding in fields.get("content-encoding", "").lower().split(",")[:2]:
        body = _decompress(body, encoding.strip(), max_bytes)
    return _Payload(fields.get("content-type", ""), body)


def _join_chunks(body: bytes) -> bytes:
    """Join the chunks of a body; one that is not in chunks, as crawlers that joined them leave it, stays as it is."""
    pieces: list[bytes] = []
    at = 0
    while size := _CHUNK.match(body, at):
        n_bytes = int(size[1], 16)
        if not n_bytes:
            return b"".join(pieces)
        pieces.append(body[size.end() : size.end() + n_bytes])
        at = size.end() + n_bytes
    return b"".join(pieces) if pieces and at >= len(body) else body


def _decompress(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Undo the encoding of a body; one that is not so encoded, as crawlers that undid it leave it, stays as it is."""
    if encoding in ("gzip", "x-gzip", "deflate"):
        try:
            return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, max_bytes + 1)
        except zlib.error:
            return body
    if encoding == "br":
        return _decompress_brotli(body, max_bytes)
    return body


def _decompress_brotli(body: bytes, max_bytes: int) -> bytes:
    codec, content = brotli.Decompressor(), b""
    try:
        while not codec.is_finished() and len(content) <= max_bytes:
            piece = codec.process(body, output_buffer_limit=max_bytes + 1)
            if not piece:
                break
            content, body = content + piece, b""
    except brotli.error:
        return body
    return content
