"""From source files to documents: finding them, decoding them, refusing what is no text."""

from copydesk.reading.decode import DecodedText, decode_bytes
from copydesk.reading.places import find_sources, require_place
from copydesk.reading.sources import Reading, Source, hash_source, list_sources, read_sources, require_folder

__all__ = [
    "DecodedText",
    "Reading",
    "Source",
    "decode_bytes",
    "find_sources",
    "hash_source",
    "list_sources",
    "read_sources",
    "require_folder",
    "require_place",
]
