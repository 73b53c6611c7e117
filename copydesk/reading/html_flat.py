"""The text of markup without building a tree: for pages made, or grown, to keep a parser busy.

Building a tree takes time with the square of how deep elements nest, and of how many attributes one of them has
(measured: 20,000 of either take 2 to 7 seconds on a busy machine). What is here takes one pass, whatever the markup.
"""

import re
from html import unescape
from typing import Final

_MOST_TAGS: Final = 10_000
_MOST_ATTRIBUTES: Final = 400
# As a browser reads it, https://html.spec.whatwg.org/multipage/parsing.html#before-attribute-name-state: a name, and
# perhaps a value, in quotation marks or without.
_ATTRIBUTE: Final = r"""[\s/]*+=?+[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+))?+"""
_NAME: Final = r"<[a-z][^\s/>]*+"
# Everything up to the first crowded tag, then that tag. It never goes back, so one pass is all it takes.
_CROWDED: Final = re.compile(
    rf"(?:[^<]++|<(?![a-z])|{_NAME}(?:{_ATTRIBUTE}){{0,{_MOST_ATTRIBUTES}}}+(?!{_ATTRIBUTE}))*+<", re.IGNORECASE
)

_UNSEEN: Final = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(script|style|title|textarea|iframe|noscript|template)\b(?:[^>]*+)(?:>.*?(?:</\1\b[^>]*+|\Z)|\Z)>?",
    re.IGNORECASE | re.DOTALL,
)
_INLINE: Final = re.compile(
    r"</?(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|nobr|q|rb|rp|rt|ruby|s|samp|small"
    r"|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?=[\s/>])[^>]*+(?:>|\Z)",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"<[a-z/!?][^>]*+(?:>|\Z)", re.IGNORECASE)
_BLANK: Final = re.compile(r"[ \t\r\f\v]+")
_BREAKS: Final = re.compile(r" ?\n[ \n]*")


def is_overloaded(markup: str) -> bool:
    """Tell whether building the tree of a page could take long, for its length."""
    return markup.count("<") > _MOST_TAGS or _CROWDED.match(markup) is not None


def strip_markup(markup: str) -> str:
    """Return the text of markup, each block on a line of its own."""
    spaced = _BLANK.sub(" ", _UNSEEN.sub(" ", markup).replace("\n", " "))
    lines = _TAG.sub("\n", _INLINE.sub("", spaced))
    return unescape(_BREAKS.sub("\n", lines)).strip()
