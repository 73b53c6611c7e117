"""JSON-LD in web pages: the objects that scripts hold, and what they say of the article and of who wrote it.

A small part of https://www.w3.org/TR/json-ld11/: objects, lists, `@graph` and references by `@id`, as news pages use
them. Nothing is looked up elsewhere.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any, Final

_MAX_CHARS: Final = 500_000
_MAX_OBJECTS: Final = 1_000
# What keeps a script from being read as XML, or by browsers of old.
_COMMENT: Final = re.compile(
    r"\A\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*\Z"
)
_ARTICLE_TYPES: Final = (
    *("newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle", "reviewnewsarticle"),
    *("backgroundnewsarticle", "askpublicnewsarticle", "advertisercontentarticle", "liveblogposting", "article"),
    *("blogposting", "socialmediaposting", "report", "scholarlyarticle", "techarticle", "satiricalarticle"),
)
_PAGE_TYPES: Final = ("webpage", "itempage", "videoobject")
_SCHEMA: Final = re.compile(r"^https?://schema\.org/")


def read_linked_objects(code: str) -> list[Mapping[str, Any]]:
    """Return the objects of one script, those in lists and graphs too; none where it is not JSON."""
    if len(code) > _MAX_CHARS:
        return []
    try:
        value = json.loads(_COMMENT.sub("", code), strict=False)
    except (ValueError, RecursionError):
        return []
    return list(_walk_objects(value))


def _walk_objects(value: object) -> Iterator[Mapping[str, Any]]:
    """Give the outermost objects first: what an article nests (related articles, say) is no article of the page."""
    waiting = [value]
    for _ in range(_MAX_OBJECTS):
        if not waiting:
            return
        current = waiting.pop(0)
        if isinstance(current, list):
            waiting.extend(current)
        elif isinstance(current, dict):
            yield current
            waiting.extend(current[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in current)


def find_article(objects: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the object about the page's article, else the one about the page; empty where there is none."""
    for types in (_ARTICLE_TYPES, _PAGE_TYPES):
        for candidate in objects:
            if any(kind in types for kind in _read_types(candidate)):
                return candidate
    return {}


def _read_types(linked: Mapping[str, Any]) -> list[str]:
    kinds = linked.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return [_SCHEMA.sub("", kind).lower() for kind in kinds if isinstance(kind, str)]


def find_names(value: object, objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the persons or organisations that `value` states, whole or by reference, in order."""
    agents = value if isinstance(value, list) else [value]
    names = [name for agent in agents for name in _name_agent(agent, objects)]
    return [unescape(name) for name in names if isinstance(name, str) and name.strip()]


def _name_agent(agent: object, objects: Sequence[Mapping[str, Any]]) -> list[object]:
    if isinstance(agent, dict):
        reference = agent.get("@id")
        if "name" not in agent and reference is not None:
            agent = next((found for found in objects if found.get("@id") == reference and "name" in found), agent)
        agent = agent.get("name")
    return agent if isinstance(agent, list) else [agent]
