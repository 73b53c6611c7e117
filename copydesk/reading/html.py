"""The text of a web page, and what its markup states about it.

The whole page becomes text, menus and all: what is no article is then removed with a reason, as from any other text.
"""

import re
from typing import Final, NamedTuple

from copydesk.reading.html_facts import read_stated_facts
from copydesk.reading.html_flat import is_overloaded, strip_markup
from copydesk.reading.repair import join_surrogates

_HEAD_CHARS: Final = 4_000
_MARKUP: Final = re.compile(r"<!doctype\s+html\b|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_MARKUP_START: Final = re.compile(r"[\s\ufeff]*+(?:<\?xml\b|<!--|<!doctype|<[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_TAG: Final = re.compile(r"</(?:p|div|h[1-6]|span|a|ul|li|article|section|table)\s*>", re.IGNORECASE)
_MIN_CLOSING_TAGS: Final = 2
# XHTML may close any element at once; HTML reads that as the start of one. Those that HTML knows as empty stay.
_CLOSED_AT_ONCE: Final = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|wbr)\b)([a-z]\w*+)([^<>]*)/>"
)
_XML: Final = re.compile(r"[\s\ufeff]*+<\?xml\b")
# What a browser shows as blocks and the parser would run together.
_BLOCKS: Final = re.compile(r"<(/?)(?:summary|legend|menu|dialog|search|caption)(?=[\s>])", re.IGNORECASE)


class Page(NamedTuple):
    """A page as text, and what its markup states; null, or empty, where it states nothing.

    Attributes:
        text: what the page shows, a line or more a block.
        stated_title: the headline.
        stated_authors: their names, in order.
        stated_published: when it was published, as stated; ISO 8601 on most pages.
        stated_url: the canonical address, absolute.
        stated_language: the code of the page's language.
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
    """Tell whether a text is the markup of a web page, or of a part of one.

    It is where a page's outermost elements stand near its start, or where it starts with a tag and closes several.
    """
    if _MARKUP_START.match(text) is None:
        return False
    if _MARKUP.search(text, 0, _HEAD_CHARS):
        return True
    return len(_TAG.findall(text, 0, _HEAD_CHARS)) >= _MIN_CLOSING_TAGS


def read_page(markup: str) -> Page:
    """Return the text of a web page, and what its markup states about it; nothing is raised.

    The text is empty where the markup shows none. Markup of any kind is read in time about proportional to its
    length: what would keep the parser busy is read without building a tree.
    """
    markup = join_surrogates(markup)
    text = strip_markup(markup) if is_overloaded(markup) else _extract_text(markup)
    return Page(text, *read_stated_facts(markup))


def _extract_text(markup: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415  (most runs read no markup)

    if _XML.match(markup):
        markup = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", markup)
    return extract_plain_text(_BLOCKS.sub(r"<\1div", markup))
