"""From source files to documents: finding them, decoding them, refusing what is no text."""

from copydesk.reading.chunks import ChunkLimits, Reading, read_chunks, read_document, read_sources
from copydesk.reading.decode import DecodedText, decode_bytes
from copydesk.reading.html import Page, looks_like_html, read_page
from copydesk.reading.places import find_sources, is_within_reach, require_place
from copydesk.reading.repair import RepairedText, repair_text
from copydesk.reading.sources import Source, hash_source, list_sources, require_folder
from copydesk.reading.unpack import FREE_BYTES, MAX_RATIO

__all__ = [
    "FREE_BYTES",
    "MAX_RATIO",
    "ChunkLimits",
    "DecodedText",
    "Page",
    "Reading",
    "RepairedText",
    "Source",
    "decode_bytes",
    "find_sources",
    "hash_source",
    "is_within_reach",
    "list_sources",
    "looks_like_html",
    "read_chunks",
    "read_document",
    "read_page",
    "read_sources",
    "repair_text",
    "require_folder",
    "require_place",
]
