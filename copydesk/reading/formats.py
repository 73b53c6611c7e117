"""What a source file is, by its content, and the records in it."""

from typing import BinaryIO

from copydesk.reading.records import Record, Records, refuse_size
from copydesk.settings import ReadingSettings


def read_records(file: BinaryIO, name: str, settings: ReadingSettings) -> Records:  # noqa: ARG001
    """Yield the records of a source file.

    Raises:
        UnreadableSourceError: the file cannot be read, or no further.
    """
    content = file.read(settings.max_record_bytes + 1)
    if len(content) > settings.max_record_bytes:
        raise refuse_size(None, settings.max_record_bytes)
    yield Record(content, is_whole=True)
