"""Fetching source files from other machines a few at a time: with small ones, most of the time goes in waiting."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from copydesk.reading.sources import Source
from copydesk.remote.files import fetch_file

_AT_ONCE: Final = 16
_SMALL_BYTES: Final = 1 << 20
"""A file larger than that is fetched when it is opened: the time it takes is not spent on waiting for an answer."""


def fetch_ahead(sources: Sequence[Source]) -> Iterator[Source]:
    """Yield sources in order; small ones on other machines are there already, until the next source is asked for.

    Raises:
        RemoteError: another machine does not answer.
    """
    if all(isinstance(source.path, Path) for source in sources):
        yield from sources
        return
    with tempfile.TemporaryDirectory(prefix="copydesk-") as folder, ThreadPoolExecutor(_AT_ONCE) as pool:
        places = [Path(folder, str(number)) for number in range(_AT_ONCE)]
        for start in range(0, len(sources), _AT_ONCE):
            yield from pool.map(_fetch_small, sources[start : start + _AT_ONCE], places)


def _fetch_small(source: Source, place: Path) -> Source:
    if isinstance(source.path, Path) or not 0 < source.size <= _SMALL_BYTES:
        return source
    try:
        fetch_file(source.path, place)
    except OSError:
        return source  # opening it says what is wrong
    return source._replace(path=place)
