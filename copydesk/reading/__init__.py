"""From source files to documents: finding them, decoding them, refusing what is no text."""

from copydesk.reading.decode import DecodedText, decode_bytes
from copydesk.reading.sources import Source, list_sources, read_sources

__all__ = ["DecodedText", "Source", "decode_bytes", "list_sources", "read_sources"]
