"""From source files to documents: finding them, decoding them, refusing what is no text."""

from copydesk.reading.decode import DecodedText, decode_bytes
from copydesk.reading.html import Page, looks_like_html, read_page
from copydesk.reading.repair import RepairedText, repair_text
from copydesk.reading.sources import Reading, Source, hash_source, list_sources, read_sources, require_folder

__all__ = [
    "DecodedText",
    "Page",
    "Reading",
    "RepairedText",
    "Source",
    "decode_bytes",
    "hash_source",
    "list_sources",
    "looks_like_html",
    "read_page",
    "read_sources",
    "repair_text",
    "require_folder",
]
