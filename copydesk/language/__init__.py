"""The language of documents and of their blocks."""

from copydesk.language.detect import (
    detect_block_languages,
    detect_languages,
    prepare_detector,
    settle_languages,
)
from copydesk.language.foreign import find_foreign_blocks

__all__ = [
    "detect_block_languages",
    "detect_languages",
    "find_foreign_blocks",
    "prepare_detector",
    "settle_languages",
]
