"""The title of a document: its title block, or the part of its first line that the page repeats as its headline."""

import re
from collections.abc import Sequence
from typing import Final

from copydesk.labels import Label, Role
from copydesk.metadata.header import Block
from copydesk.noise.rules import RuleBook
from copydesk.noise.title_words import list_long_words
from copydesk.text.fold import squash_text
from copydesk.text.normalise import normalise_text

_SEPARATOR: Final = re.compile(r"\s+[-|–—·•»]\s+|\s*\|\s*")
_SEAM: Final = re.compile(
    r"""(?<=[^\W\d_A-Z])(?=[A-ZÀ-Þ])              # "muliRedazione"
    |(?<=[A-ZÀ-Þ]{3})(?=[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ])  # "ABONNÉSUne"
    |(?<=[A-ZÀ-Þ]{3})(?=[A-ZÀ-Þ]['’])             # "ABONNÉSL'été"
    |(?<=[^A-Z][.!?…])\ ?(?=[^\W\d_])            # "2 min.Une"
    """,
    re.VERBOSE,
)
_FULL_STOP: Final = re.compile(r"[^.\W][.。][\"'”»“)]*$")
_PUNCTUATION: Final = re.compile(r"[,.:;?!\"“”«»„|–—]")
_PART_CHARS: Final = 40
_MENU_WORDS: Final = 10
_HEADLINE_WORDS: Final = 5
_BODY_CHARS: Final = 8000
_FIRST_CHARS: Final = 300
_MIN_CHARS: Final = 20


def read_title(blocks: Sequence[Block], book: RuleBook) -> str | None:
    """Return a document's title, else None.

    Furniture that is glued to a headline is cut off. A long sentence with a full stop is no title, nor is a row of
    capitalised words of which the text uses hardly any. A page's own title often opens its text as "Headline - Site".
    Where no block is the title, because the page is glued together, the longest such opening counts that stands once
    more on the page.
    """
    title = next((block.text for block in blocks if block.label == Label.TITLE), None)
    if title is None:
        return _find_repeated_opening(blocks)
    text = trim_title(normalise_text(title), book)
    return None if _is_sentence(text) or _is_menu(text, blocks) else text


def _is_sentence(title: str) -> bool:
    """Tell a sentence of the text from a short one that is a headline: "The ferry is back."."""
    return _FULL_STOP.search(title) is not None and len(title.split()) > _HEADLINE_WORDS


def trim_title(title: str, book: RuleBook) -> str:
    """Return `title` without the parts at its ends that a rule takes for furniture or a byline by themselves.

    Parts are told by a capital glued to a small letter, by capitals glued to a word, and by the end of a sentence.
    """
    seams = [seam for seam in (match.start() for match in _SEAM.finditer(title)) if not _splits_name(title, seam, book)]
    start = max((i for i in seams if _is_furniture(title[:i], book)), default=0)
    end = min((i for i in seams if i > start and _is_furniture(title[i:], book)), default=len(title))
    return title[start:end].strip() or title


def _splits_name(title: str, seam: int, book: RuleBook) -> bool:
    """Tell whether `seam` lies in a name with a capital inside, such as YouTube."""
    glued = title[:seam].rpartition(" ")[2] + title[seam:].partition(" ")[0]
    return any(word in glued for word in book.vocabulary.unsplit_words)


def _is_furniture(part: str, book: RuleBook) -> bool:
    text = part.strip()
    return len(text) <= _PART_CHARS and any(rule.label != Label.HASHTAGS for rule in book.find_rules(text))


def _is_menu(title: str, blocks: Sequence[Block]) -> bool:
    words = title.split()
    small = sum(word[0].islower() for word in words)
    if len(words) < _MENU_WORDS or 5 * small > len(words) or _PUNCTUATION.search(title):
        return False
    body = " ".join(block.text for block in blocks if block.role == Role.CONTENT)[:_BODY_CHARS]
    long = list_long_words(title)
    return 3 * len(long & list_long_words(body)) <= len(long)


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
