"""The name of the site a page stands on, where its text gives it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from copydesk.labels import Label, Role
from copydesk.metadata.header import Block
from copydesk.text.fold import squash_text
from copydesk.text.normalise import normalise_text

_NAME: Final = r"(?P<name>[^\W\d_][^|–—•·»«\"“”:;!?()\[\]]{1,39}?)"
_BEHIND_TITLE: Final = re.compile(rf"\s*(?:\s[-–—•·»]|\|)\s*(?:[^|]*[^|\s]\s*\|\s*)?{_NAME}\s*")
_YEAR: Final = r"(?:19|20)\d\d"
_RIGHTS: Final = "all rights|tous droits|alle rechte|todos los|tutti i|todos os|wszelkie|alle rett|alla rätt|all right"
_COPYRIGHT: Final = re.compile(
    rf"(?:©|\(c\)|copyright)(?:\s*(?:©|\(c\)|copyright))?\s*(?:{_YEAR}(?:\s?[-–—]\s?{_YEAR})?,?\s*)?(?:by\s)?{_NAME}"
    rf"\s*(?:(?:[.,|–—•·/-]\s|{_YEAR}|{_RIGHTS}).*|[.]?)",
    re.IGNORECASE,
)
_MAX_CHARS: Final = 300
_MAX_NAME: Final = 50
_MAX_WORDS: Final = 4
_LAST_BLOCKS: Final = 40


def find_site_name(blocks: Sequence[Block], title: str | None) -> str | None:
    """Return the name behind the title in the page's first line, else the one behind the sign of copyright.

    The owner of the copyright may be a publisher or a picture agency: it counts only if it also stands alone on a line
    of the page, as the name of a site does in its menu, and if there is no other.
    """
    if title and blocks:
        line = normalise_text(blocks[0].text[:_MAX_CHARS])
        match = _BEHIND_TITLE.fullmatch(line, len(title)) if line.startswith(title) else None
        if match and _is_name(match["name"]):
            return match["name"]
    owners = {squash_text(name): name for name in _list_owners(blocks)}
    lines = {block.text.strip() for block in blocks if len(block.text) <= _MAX_NAME} if owners else set()
    known = [name for name in owners.values() if name in lines]
    return known[0] if len(known) == 1 else None


def _list_owners(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks[-_LAST_BLOCKS:]:
        if block.role != Role.CONTENT and block.label == Label.LEGAL_NOTICE and len(block.text) <= _MAX_CHARS:
            match = _COPYRIGHT.fullmatch(normalise_text(block.text))
            if match and _is_name(match["name"]):
                yield match["name"].rstrip(", ")


def _is_name(text: str) -> bool:
    return len(text.split()) <= _MAX_WORDS and text[0].isupper()
