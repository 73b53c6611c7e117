"""The title of a document: its title block, or the part of its first line that the page repeats as its headline."""

import re
from collections.abc import Sequence
from typing import Final

from copydesk.labels import Label, Role
from copydesk.metadata.header import Block
from copydesk.text.fold import squash_text
from copydesk.text.normalise import normalise_text

_SEPARATOR: Final = re.compile(r"\s+[-|–—·•»]\s+|\s*\|\s*")
_FIRST_CHARS: Final = 300
_MIN_CHARS: Final = 20


def read_title(blocks: Sequence[Block]) -> str | None:
    """Return a document's title, else None.

    A page's own title often opens its text as "Headline - Site". Where no block is the title, because the page is glued
    together, the longest such opening counts that stands once more on the page.
    """
    title = next((block.text for block in blocks if block.label == Label.TITLE), None)
    return normalise_text(title) if title else _find_repeated_opening(blocks)


def _find_repeated_opening(blocks: Sequence[Block]) -> str | None:
    if not blocks or blocks[0].role == Role.CONTENT:
        return None
    line = normalise_text(blocks[0].text[:_FIRST_CHARS])
    openings = [line[: match.start()] for match in _SEPARATOR.finditer(line)]
    long = [squash_text(opening) for opening in openings]
    page = squash_text("".join(block.text for block in blocks)) if any(len(text) >= _MIN_CHARS for text in long) else ""
    repeated = (
        opening
        for opening, text in zip(reversed(openings), reversed(long), strict=True)
        if len(text) >= _MIN_CHARS and page.count(text) > 1
    )
    return next(repeated, None)
