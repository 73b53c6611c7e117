"""Who wrote a document: people and agencies, from the blocks that say so."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from copydesk.labels import Label, Role
from copydesk.metadata.header import Block, Header
from copydesk.metadata.times import find_times
from copydesk.noise.name_lines import PARTICLES, is_name, split_names
from copydesk.noise.rules import RuleBook, Vocabulary
from copydesk.text.normalise import normalise_text

_MAX_NAME_WORDS: Final = 6
_MAX_FAR_BYLINES: Final = 2
_MAX_CHARS: Final = 200
_SPAN_CHARS: Final = 80
# What is left of the credit of a picture: "/ AFP".
_CREDIT_SIGNS: Final = ("/", "©")
_BULLET: Final = re.compile(r"^[-–*•·+▪►]\s*")


def list_authors(header: Header, language: str, book: RuleBook) -> list[str]:
    """Return the authors a document names, in the order of its text, each once.

    Bylines near the title count. Where there are none, names behind a byline word inside another line of the header
    do, then bylines elsewhere; many of those belong to teasers, and none of them counts.
    """
    for blocks in ([block for block in header.near if block.label == Label.BYLINE], _leave_teasers(header.far)):
        names = [name for block in blocks for name in _read_byline(block, book)]
        if names:
            return list(dict.fromkeys(names))
    lines = (
        block
        for block in header.near
        if block.role != Role.CONTENT and block.label != Label.TITLE and len(block.text) <= _MAX_CHARS
    )
    found = (list(find_names(normalise_text(block.text), language, book.vocabulary)) for block in lines)
    return list(dict.fromkeys(next(filter(None, found), [])))


def _leave_teasers(blocks: Sequence[Block]) -> list[Block]:
    bylines = [block for block in blocks if block.label == Label.BYLINE]
    return bylines if len({block.text for block in bylines}) <= _MAX_FAR_BYLINES else []


def _read_byline(block: Block, book: RuleBook) -> list[str]:
    rule = book.get_rule(block.reason)
    if block.text.startswith(_CREDIT_SIGNS):
        return []
    if rule and _BULLET.match(block.text):
        return [name for name in split_names(_BULLET.sub("", block.text), book.vocabulary) if is_name(name)]
    stated = book.capture_authors(rule, block.text) if rule else block.text
    names = split_names(_cut_at_date(normalise_text(stated), book.vocabulary), book.vocabulary)
    stripped = (_strip_byline_word(name, book.vocabulary) for name in names)
    return [name for name in stripped if name and len(name.split()) <= _MAX_NAME_WORDS]


def _cut_at_date(text: str, vocabulary: Vocabulary) -> str:
    """Return `text` up to the first digit or word that names a date."""
    return _compile_dates(vocabulary.published_words, vocabulary.updated_words).split(text, maxsplit=1)[0]


@cache
def _compile_dates(published: frozenset[str], updated: frozenset[str]) -> re.Pattern[str]:
    words = _join_words(published | updated)
    return re.compile(rf"\d|(?<![^\W\d_])(?:{words})(?![^\W\d_])", re.IGNORECASE)


def _strip_byline_word(name: str, vocabulary: Vocabulary) -> str:
    first, _, rest = name.partition(" ")
    is_word = first.casefold() in vocabulary.byline_words and not (first[0].isupper() and first.casefold() in PARTICLES)
    return rest if is_word and rest else name


def find_names(text: str, language: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the names of people in `text`: before a date, or behind a byline word at its start or behind a sign."""
    date = next(find_times(text, language), None)
    if date:
        opening = _BULLET.sub("", _cut_at_date(text[: date.start], vocabulary))
        opening = re.split(r"\s[-–—]\s|[|•·/(]", opening)[0]
        behind_word = _compile_openings(vocabulary.byline_words).sub("", opening)
        for stated in dict.fromkeys([behind_word, opening]):
            names = split_names(stated, vocabulary)
            if names and all(map(is_name, names)):
                yield from names
                return
    for match in _compile_bylines(vocabulary.byline_words).finditer(text):
        span = _cut_at_date(text[match.end() : match.end() + _SPAN_CHARS], vocabulary)
        for part in split_names(re.split(r"[|•·/(]", span)[0], vocabulary):
            if not is_name(part):
                break
            yield part


@cache
def _compile_openings(words: frozenset[str]) -> re.Pattern[str]:
    """Match a byline word at the start, with at most one word before it: "Kommentar von"."""
    return re.compile(rf"^(?:[^\W\d_]+\s)?(?:{_join_words(words)})(?:\s*:\s*|\s+)", re.IGNORECASE)


@cache
def _compile_bylines(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\d|•·:)»]\s*|\b(?:Uhr|h)\s?)(?:{_join_words(words)})(?:\s*:\s*|\s+)", re.IGNORECASE)


def _join_words(words: frozenset[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
