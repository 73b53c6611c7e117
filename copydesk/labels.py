"""The closed lists of roles and labels: where a block ends up, and what kind of block it is there."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """Where a block ends up."""

    CONTENT = "content"
    METADATA = "metadata"
    NOISE = "noise"


class Label(StrEnum):
    """The kind of block within its role."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTE = "quote"

    TITLE = "title"
    BYLINE = "byline"
    TIMESTAMP = "timestamp"
    SOURCE_URL = "source_url"

    NAVIGATION = "navigation"
    SHARE = "share"
    RECOMMENDATION = "recommendation"
    HASHTAGS = "hashtags"
    MEDIA_PLACEHOLDER = "media_placeholder"
    CAPTION = "caption"
    CALL_TO_ACTION = "call_to_action"
    LEGAL_NOTICE = "legal_notice"
    ADVERTISEMENT = "advertisement"
    COMMENTS = "comments"
    REPEATED = "repeated"


CONTENT_LABELS: Final = (Label.PARAGRAPH, Label.HEADING, Label.LIST_ITEM, Label.QUOTE)
METADATA_LABELS: Final = (Label.TITLE, Label.BYLINE, Label.TIMESTAMP, Label.SOURCE_URL)
NOISE_LABELS: Final = tuple(label for label in Label if label not in CONTENT_LABELS + METADATA_LABELS)

ROLE_OF: Final = MappingProxyType(
    dict.fromkeys(CONTENT_LABELS, Role.CONTENT)
    | dict.fromkeys(METADATA_LABELS, Role.METADATA)
    | dict.fromkeys(NOISE_LABELS, Role.NOISE)
)
"""The one role each label belongs to."""
