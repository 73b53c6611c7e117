"""Showing text from elsewhere on a terminal: nothing in it may move the cursor, change colours or run."""

import re
from typing import Final

from rich.markup import escape

# Control characters but for tab and line ends; what embeds or overrides the direction of writing; separators of lines.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|\r(?!\n)")


def spell_controls(text: str) -> str:
    r"""Return `text` with control characters spelled out, ESC as `\x1b` for example."""
    return _CONTROLS.sub(lambda match: ascii(match[0])[1:-1], text)


def escape_text(text: str) -> str:
    """Return `text` for rich's markup: its brackets style nothing, its control characters are spelled out."""
    return escape(spell_controls(text))
