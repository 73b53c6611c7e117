"""The text of a web page, and what its markup states about it."""

import re
from typing import Final, NamedTuple

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

_HEAD_CHARS: Final = 2_000
_MARKUP: Final = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)


class Page(NamedTuple):
    """A page as text, and what its markup states; null, or empty, where it states nothing.

    Attributes:
        text: everything a reader of the page sees, block by block on lines of their own.
        stated_title: the headline.
        stated_authors: their names, in order.
        stated_published: when it was published, as stated.
        stated_url: the canonical address.
        stated_language: the code of the page's language, as stated.
        stated_site: the name of the site.
    """

    text: str
    stated_title: str | None = None
    stated_authors: tuple[str, ...] = ()
    stated_published: str | None = None
    stated_url: str | None = None
    stated_language: str | None = None
    stated_site: str | None = None


def looks_like_html(text: str) -> bool:
    """Tell whether a text is the markup of a web page."""
    return _MARKUP.search(text, 0, _HEAD_CHARS) is not None


def read_page(markup: str) -> Page:
    """Return the text of a web page, and what its markup states about it."""
    tree = HTMLTree.parse(markup)
    return Page(extract_plain_text(tree), stated_title=tree.title or None)
