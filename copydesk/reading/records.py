"""Records: what formats yield, before it is decoded; and what decoding makes of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from copydesk.errors import UnreadableSourceError
from copydesk.reading.decode import REASONS, DecodedText, decode_bytes
from copydesk.reading.html import Page, looks_like_html, read_page
from copydesk.reading.repair import repair_text

TEXT: Final = "text"
HTML: Final = "html"
MAX_STATED_CHARS: Final = 2_000
"""A longer title, name, time or address is none; it would be repeated with each paragraph of the page."""


class Record(NamedTuple):
    """One record of a source file.

    Attributes:
        content: its text or markup, as bytes where its format leaves open how they are encoded.
        encoding: what the source says they are encoded in; a hint.
        format: `TEXT` or `HTML`; None where the content has to tell.
        member: the file of the archive it comes from; empty outside archives.
        id: its own id.
        title: as the record states it, like those that follow.
        authors: their names.
        published: when it was published.
        url: its address.
        fetched_at: when it was fetched.
        carried: other columns, as a JSON object.
        is_whole: it is all of the source file.
    """

    content: bytes | str
    encoding: str | None = None
    format: str | None = None
    member: str = ""
    id: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    url: str | None = None
    fetched_at: datetime | None = None
    carried: str | None = None
    is_whole: bool = False


class BadRecord(NamedTuple):
    """A record that cannot be read, while those after it may.

    Attributes:
        reason: a code of `copydesk.reading.decode.REASONS`.
        detail: what was found.
        member: the file of the archive it comes from; empty outside archives.
        id: its own id, where that is known.
    """

    reason: str
    detail: str
    member: str = ""
    id: str | None = None


Records = Iterator[Record | BadRecord]


def refuse(reason: str, detail: str = "") -> UnreadableSourceError:
    """Return the exception for a reason of `REASONS`, in its usual words if no others are given."""
    return UnreadableSourceError(reason, detail or REASONS[reason])


def refuse_size(n_bytes: int | None, max_bytes: int) -> UnreadableSourceError:
    """Return the exception for a record above the limit; None bytes where its size is not known."""
    size = f"{n_bytes:,} bytes" if n_bytes else "a record"
    return refuse("too_large", f"{size} {REASONS['too_large']} (reading.max_record_bytes = {max_bytes:,})")


def describe_large(n_bytes: int, max_bytes: int, member: str, own_id: str | None = None) -> BadRecord:
    """Return what stands for a record above the limit that was passed over."""
    error = refuse_size(n_bytes, max_bytes)
    return BadRecord(error.reason, error.detail, member, own_id)


class DecodedRecord(NamedTuple):
    """A record as text: columns of `TEXTS`."""

    format: str
    encoding: str
    repairs: list[str]
    stated_title: str | None
    stated_authors: list[str]
    stated_published: str | None
    stated_url: str | None
    fetched_at: datetime | None
    carried: str | None
    text: str


def decode_record(record: Record, max_bytes: int) -> DecodedRecord:
    """Decode a record; what it states itself comes before what its markup states.

    Raises:
        UnreadableSourceError: it is too large, or no text.
    """
    content = record.content
    n_bytes = len(content if isinstance(content, bytes) else content.encode())
    if n_bytes > max_bytes:
        raise refuse_size(n_bytes, max_bytes)
    decoded = _take_text(content) if isinstance(content, str) else decode_bytes(content, record.encoding)
    text, encoding, repairs = decoded
    is_markup = record.format == HTML or (record.format is None and looks_like_html(text))
    page = read_page(text) if is_markup else Page(text)
    return DecodedRecord(
        HTML if is_markup else TEXT,
        encoding,
        list(repairs),
        tidy_stated(record.title) or tidy_stated(page.stated_title),
        [name for stated in record.authors or page.stated_authors if (name := tidy_stated(stated))],
        tidy_stated(record.published) or tidy_stated(page.stated_published),
        tidy_stated(record.url) or tidy_stated(page.stated_url),
        record.fetched_at,
        record.carried,
        page.text,
    )


def _take_text(text: str) -> DecodedText:
    if not text.strip():
        raise refuse("blank")
    repaired = repair_text(text)
    return DecodedText(repaired.text, "utf-8", repaired.repairs)


def tidy_stated(stated: str | None) -> str | None:
    """Return what a record states in single spaces and without characters that do not show; None where that is none."""
    if not stated or len(stated) > MAX_STATED_CHARS:
        return None
    words = " ".join(stated.split())
    return (words if words.isprintable() else "".join(filter(str.isprintable, words))) or None


def escape_name(name: str) -> str:
    """Return a name or message from a source so that it does nothing wherever it is printed, and shows what it is."""
    return name if name.isprintable() else "".join(map(_escape_character, name))


def _escape_character(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
