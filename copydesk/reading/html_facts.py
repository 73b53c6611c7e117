"""What the markup of a page states about it: JSON-LD, OpenGraph and other meta elements, links, times.

Where several state the same fact, the one written for machines by the news site itself comes first: schema.org's
NewsArticle (https://schema.org/NewsArticle), then OpenGraph (https://ogp.me), then what older systems write.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any, Final, NamedTuple

from copydesk.reading.html_linked import find_article, find_names, read_linked_objects

_LONGEST_VALUE: Final = 2_000
_MAX_ELEMENTS: Final = 2_000
# One pass finds the elements that state something; comments and scripts are passed over whole.
_ELEMENT: Final = re.compile(
    r"<(?:!--.*?(?:-->|\Z)"
    r"|script\b(?P<script>[^>]*+)(?:>|\Z)(?P<code>.*?)(?:</script|\Z)"
    r"|title\b[^>]*+(?:>|\Z)(?P<title>[^<]*+)"
    r"|h1\b[^>]*+(?:>|\Z)(?P<h1>(?:[^<]|<(?!/?h1\b)){0,2000}+)"
    r"""|(?P<name>meta|link|time|html)(?=[\s/])(?P<attributes>(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^>"'])*+))""",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"""(?<![^\s"'/])([^\s"'<>/=]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"']++))""")
_TAG: Final = re.compile(r"<[^>]*+>")
_LINKED: Final = re.compile(r"application/ld\+json", re.IGNORECASE)

_TITLE_KEYS: Final = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "headline")
_AUTHOR_KEYS: Final = (
    *("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl"),
)
_TIME_KEYS: Final = (
    *("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date"),
    *("article.published", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created"),
    *("pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "published_time", "date"),
)
_SITE_KEYS: Final = ("application-name", "twitter:domain")
_LANGUAGE_KEYS: Final = ("og:locale", "content-language", "language", "dc.language")
_PUBLISHED_MARKS: Final = ("pubdate", "datepublished", "published")

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]{3,}", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?=$|[-_])", re.IGNORECASE)
_LONGEST_TIME: Final = 60
# What systems write for a time they do not know.
_NO_TIME: Final = ("0000", "0001", "1970-01-01", "-")
_SEPARATORS: Final = r"\s+[-–—|•·:»«/]+\s+"
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class StatedFacts(NamedTuple):
    """What markup states; null, or empty, where it states nothing."""

    title: str | None
    authors: tuple[str, ...]
    published: str | None
    url: str | None
    language: str | None
    site: str | None


class _Statements(NamedTuple):
    """The values found in the markup, in order, before one of each is chosen."""

    meta: dict[str, list[str]]
    links: dict[str, str]
    times: list[tuple[str, bool]]
    titles: list[str]
    headings: list[str]
    languages: list[str]
    linked: list[Mapping[str, Any]]


def read_stated_facts(markup: str) -> StatedFacts:
    """Return what the markup of a page states. Markup that breaks every rule states nothing, and raises nothing."""
    found = _collect_statements(markup)
    article = find_article(found.linked)
    publishers = map(_clean_value, find_names(article.get("publisher"), found.linked))
    site = _choose([*_get_values(found.meta, ("og:site_name",)), *publishers, *_get_values(found.meta, _SITE_KEYS)])
    addresses = [found.links.get("canonical", ""), *_get_values(found.meta, ("og:url",)), _as_text(article.get("url"))]
    languages = [*found.languages, *_get_values(found.meta, _LANGUAGE_KEYS), _as_text(article.get("inLanguage"))]
    return StatedFacts(
        title=_choose_title(found, article, site),
        authors=_choose_authors(found, article, site),
        published=_choose_time(found, article),
        url=next((match[0] for address in addresses if (match := _ADDRESS.fullmatch(address))), None),
        language=next((match[0].lower() for code in languages if (match := _LANGUAGE.match(code))), None),
        site=site,
    )


def _collect_statements(markup: str) -> _Statements:
    found = _Statements({}, {}, [], [], [], [], [])
    for number, match in enumerate(_ELEMENT.finditer(markup)):
        if number == _MAX_ELEMENTS:
            break
        if match["code"] is not None:
            if _LINKED.search(match["script"]):
                found.linked.extend(read_linked_objects(match["code"]))
        elif match["name"] is not None:
            _add_element(found, match["name"].lower(), _read_attributes(match["attributes"]))
        elif match["title"] is not None:
            found.titles.append(_clean_value(match["title"]))
        elif match["h1"] is not None:
            found.headings.append(_clean_value(_TAG.sub(" ", match["h1"])))
    return found


def _add_element(found: _Statements, element: str, attributes: Mapping[str, str]) -> None:
    if element == "meta":
        for key in ("property", "name", "itemprop", "http-equiv"):
            if key in attributes:
                found.meta.setdefault(attributes[key].lower(), []).append(attributes.get("content", ""))
    elif element == "link":
        found.links.setdefault(attributes.get("rel", "").lower(), attributes.get("href", ""))
    elif element == "html":
        found.languages.extend([attributes[key] for key in ("lang", "xml:lang") if key in attributes])
    elif "datetime" in attributes:
        marks = f"{attributes.get('itemprop', '')} {attributes.get('class', '')}".lower()
        found.times.append((attributes["datetime"], any(mark in marks for mark in _PUBLISHED_MARKS)))


def _read_attributes(attributes: str) -> dict[str, str]:
    """Return the attributes of a tag; as in a browser, the first of each name holds."""
    values: dict[str, str] = {}
    for name, *quoted in _ATTRIBUTE.findall(attributes):
        values.setdefault(name.lower(), _clean_value("".join(quoted)))
    return values


def _clean_value(value: str) -> str:
    return " ".join(_INVISIBLE.sub("", unescape(value[:_LONGEST_VALUE])).split())


def _as_text(value: object) -> str:
    return _clean_value(value) if isinstance(value, str) else ""


def _get_values(meta: Mapping[str, list[str]], keys: Iterable[str]) -> list[str]:
    return [value for key in keys for value in meta.get(key, ()) if value]


def _choose(values: Iterable[str]) -> str | None:
    return next((value for value in values if value), None)


def _choose_title(found: _Statements, article: Mapping[str, Any], site: str | None) -> str | None:
    stated = [_as_text(article.get("headline")), *_get_values(found.meta, _TITLE_KEYS), *found.titles]
    title = _choose(stated)
    if title is None:
        return _choose(found.headings)
    for heading in found.headings:
        if heading and re.match(re.escape(heading) + _SEPARATORS, title):
            return heading
    return _cut_site(title, site) if site else title


def _cut_site(title: str, site: str) -> str:
    """Return a title without the name of the site that stands before or after it."""
    name = re.escape(site)
    cut = re.sub(rf"{_SEPARATORS}{name}\s*$|^\s*{name}{_SEPARATORS}", "", title, flags=re.IGNORECASE)
    return cut.strip() or title


def _choose_authors(found: _Statements, article: Mapping[str, Any], site: str | None) -> tuple[str, ...]:
    """Return the names from the first place that states any. An address is none, nor is the site its own author."""
    places: Iterator[list[str]] = (
        _keep_names(values, site)
        for values in (
            find_names(article.get("author") or article.get("creator"), found.linked),
            *(_get_values(found.meta, (key,)) for key in _AUTHOR_KEYS),
        )
    )
    return tuple(dict.fromkeys(next(filter(None, places), [])))


def _keep_names(values: Iterable[str], site: str | None) -> list[str]:
    cleaned = map(_clean_value, values)
    return [name for name in cleaned if name and not _is_address(name) and name.casefold() != (site or "").casefold()]


def _is_address(name: str) -> bool:
    return "://" in name or name.startswith(("www.", "@", "/"))


def _choose_time(found: _Statements, article: Mapping[str, Any]) -> str | None:
    """Return the time of publication. A time on the page counts if it is marked so, or is the only one."""
    marked = [time for time, is_marked in found.times if is_marked]
    alone = {time for time, _ in found.times}
    stated = [
        *(_as_text(article.get(key)) for key in ("datePublished", "dateCreated", "uploadDate")),
        *_get_values(found.meta, _TIME_KEYS),
        *marked,
        *(alone if len(alone) == 1 else ()),
    ]
    return next((time for time in stated if _is_time(time)), None)


def _is_time(value: str) -> bool:
    has_year = re.search(r"\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2}", value) is not None
    return has_year and len(value) <= _LONGEST_TIME and not value.startswith(_NO_TIME)
