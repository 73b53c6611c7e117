"""Who wrote a document: people and agencies, from the blocks that say so."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final

from copydesk.labels import Label, Role
from copydesk.metadata.header import Block, Header
from copydesk.metadata.people import (
    credits_others,
    drop_weekday,
    is_glued,
    is_line_of_people,
    is_person,
    join_words,
    list_unnamed,
    split_line,
)
from copydesk.metadata.signatures import dates_text, is_role, read_dated_lines, read_named_ends, read_roles
from copydesk.metadata.times import find_times
from copydesk.noise.name_lines import PARTICLES, is_name, split_names
from copydesk.noise.rules import RuleBook, Vocabulary
from copydesk.text.normalise import normalise_text

_MAX_NAME_WORDS: Final = 6
_MIN_NAME_WORDS: Final = 2
_MAX_WORD: Final = 20
_MAX_FAR_BYLINES: Final = 2
_MAX_CHARS: Final = 200
_MAX_LINE: Final = 80
_MAX_BELOW_TITLE: Final = 8
_BESIDE: Final = 3
_NO_NAME_ENDS: Final = (":", "?", "!", ")")
_SPAN_CHARS: Final = 80
# What is left of the credit of a picture: "/ AFP".
_CREDIT_SIGNS: Final = ("/", "©")
_BULLET: Final = re.compile(r"^[-–*•·+▪►]\s*")
_CELLS: Final = re.compile(r"\s{2,}|[\n\t]")
_DIGIT: Final = re.compile(r"\d")
_AGENCIES: Final = "any.agencies"


def list_authors(header: Header, language: str, book: RuleBook) -> list[str]:
    """Return the authors a document names, in the order of its text, each once.

    In this order, the first that names anybody: lines that a rule takes for bylines, or that follow a line such as
    "Written by", near the title; lines of names there; names beside a date or behind a byline word inside another
    line; a byline right behind the text.
    """
    near = [block for block in header.near if block.label != Label.TITLE]
    readers: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _read_bylines(near, book),
        lambda: _leave_titled(_read_name_lines(near, book), header),
        lambda: _leave_common(read_dated_lines(header.lines, language, book.vocabulary), header.body),
        lambda: _cut_common(_read_other_lines(near, language, book), header),
        lambda: read_roles(header.lines, book.vocabulary),
        lambda: read_named_ends(header.lines, book.vocabulary),
        lambda: _leave_common(_read_plain_lines(header, book), header.body),
        lambda: _read_tail(header, book),
        lambda: _read_dated_bylines(header.edges if header.below else header.far, language, book),
    )
    found = (list(dict.fromkeys(read())) for read in readers)
    return next(filter(None, found), [])


def _read_bylines(blocks: Sequence[Block], book: RuleBook) -> Iterator[str]:
    """Yield the names in bylines that say so, agencies beside them included."""
    found: list[str] = []
    agencies: list[str] = []
    before = ""
    for block in blocks:
        if block.label == Label.BYLINE and block.reason == _AGENCIES:
            agencies += _read_byline(block, book)
        elif block.label == Label.BYLINE and book.get_rule(block.reason):
            found += _read_byline(block, book)
        elif before and is_line_of_people(block.text, book.vocabulary):
            found += split_line(block.text, book.vocabulary)
        before = block.text if _is_byline_word(block.text, book.vocabulary) else ""
    yield from found
    yield from agencies


def _is_byline_word(text: str, vocabulary: Vocabulary) -> bool:
    return len(text) <= _MAX_LINE and text.strip(" \xa0:").casefold() in vocabulary.byline_words


def _read_name_lines(blocks: Sequence[Block], book: RuleBook) -> Iterator[str]:
    for block in blocks:
        if block.label == Label.BYLINE:
            yield from _read_byline(block, book)


def _read_other_lines(blocks: Sequence[Block], language: str, book: RuleBook) -> Iterator[str]:
    for block in blocks:
        if len(block.text) <= _MAX_CHARS and (block.role != Role.CONTENT or block.label == Label.HEADING):
            names = list(find_names(normalise_text(block.text), language, book.vocabulary))
            if names:
                yield from names
                return


def _read_plain_lines(header: Header, book: RuleBook) -> Iterator[str]:
    """Yield the names of the first line of names between title and text that stands beside a date or a role.

    Not if the text speaks of them: who writes is seldom whom the text is about.
    """
    for i, block in enumerate(header.below[: 1 + _MAX_BELOW_TITLE]):
        before = header.below[max(0, i - _BESIDE) : i]
        if not _may_be_plain(block, before, book):
            continue
        beside = [*before, *header.below[i + 1 : i + 1 + _BESIDE]]
        names = split_line(block.text, book.vocabulary)
        if any(_is_credit(other, book.vocabulary) for other in beside) and not _speaks_of(header.body, names):
            yield from names
            return


def _leave_common(names: Iterator[str], body: Sequence[Block]) -> Iterator[str]:
    """Yield the names none of whose words the text writes in small letters: "Power Study" is no person."""
    found = list(names)
    if found:
        text = " ".join(block.text for block in body)
        yield from (name for name in found if not any(_is_common(word, text) for word in name.split()))


def _leave_titled(names: Iterator[str], header: Header) -> Iterator[str]:
    """Yield the names that are no part of the title: "Faster Trains" may be its kicker."""
    found = list(names)
    words = {word for block in header.near if block.label == Label.TITLE for word in block.text.casefold().split()}
    yield from (name for name in found if not words.issuperset(name.casefold().split()))


def _cut_common(names: Iterator[str], header: Header) -> Iterator[str]:
    """Yield the names without the last words that the text writes in small letters: "Jane Example Gardener"."""
    found = list(_leave_titled(names, header))
    text = " ".join(block.text for block in header.body) if found else ""
    for name in found:
        words = name.split()
        while words and _is_common(words[-1], text):
            words.pop()
        if len(words) >= _MIN_NAME_WORDS:
            yield " ".join(words)


def _is_common(word: str, text: str) -> bool:
    return word[0].isupper() and re.search(rf"(?<![^\W_]){re.escape(word.lower())}(?![^\W_])", text) is not None


def _may_be_plain(block: Block, before: Sequence[Block], book: RuleBook) -> bool:
    """Tell whether a line holds names of people alone, and the line before it does not say that they did not write."""
    is_free = block.role != Role.CONTENT and not block.text.endswith(_NO_NAME_ENDS) and not book.get_rule(block.reason)
    if not before or not is_free or credits_others(before[-1].text, book.vocabulary):
        return False
    return is_line_of_people(block.text, book.vocabulary)


def _is_credit(block: Block, vocabulary: Vocabulary) -> bool:
    """Tell whether a line says when a text was published, or starts with what an author is called."""
    if block.label == Label.TIMESTAMP:
        return True
    words = block.text[:_MAX_LINE].casefold().split()
    return bool(words) and (words[0] in vocabulary.published_words or is_role(block.text[:_MAX_LINE], vocabulary))


def _speaks_of(body: Sequence[Block], names: Sequence[str]) -> bool:
    return any(name in block.text for name in names for block in body)


def _read_tail(header: Header, book: RuleBook) -> Iterator[str]:
    """Yield the names of bylines right behind the text, if they are not so many that they belong to teasers."""
    bylines = [
        block
        for block in header.tail
        if block.label == Label.BYLINE and block.reason != _AGENCIES and book.get_rule(block.reason)
    ]
    if len({block.text for block in bylines}) <= _MAX_FAR_BYLINES:
        for block in bylines:
            yield from _read_byline(block, book)


def _read_dated_bylines(blocks: Sequence[Block], language: str, book: RuleBook) -> Iterator[str]:
    """Yield the names of bylines beside dates, if all of them name the same people: others are those of teasers."""
    found = set()
    for i, block in enumerate(blocks):
        if block.label == Label.BYLINE or (i and _is_short_byline_word(blocks[i - 1].text, book.vocabulary)):
            beside = (*blocks[max(0, i - 1) : i], *blocks[i + 1 : i + 3])
            if any(dates_text(other, language, book.vocabulary) for other in beside):
                found.add(tuple(_read_any_byline(block, book)))
    found.discard(())
    if len(found) == 1:
        yield from found.pop()


def _read_any_byline(block: Block, book: RuleBook) -> list[str]:
    if block.label == Label.BYLINE:
        return _read_byline(block, book)
    return split_line(block.text, book.vocabulary) if is_line_of_people(block.text, book.vocabulary) else []


def _is_short_byline_word(text: str, vocabulary: Vocabulary) -> bool:
    return len(text) <= _MAX_WORD and _is_byline_word(text, vocabulary)


def _read_byline(block: Block, book: RuleBook) -> list[str]:
    if block.text.startswith(_CREDIT_SIGNS) or credits_others(block.text, book.vocabulary):
        return []
    cell = _CELLS.split(block.text.strip(), maxsplit=1)[0]
    for text in dict.fromkeys([cell, block.text]):
        names = list(_read_names(text, block.reason, book))
        if text == block.text or (names and all(map(is_name, names))):
            return names
    return []


def _read_names(text: str, reason: str, book: RuleBook) -> Iterator[str]:
    """Yield the names in a byline: the first whatever its shape, the others if they are people or agencies."""
    rule = book.get_rule(reason)
    text = _BULLET.sub("", text)
    stated = book.capture_authors(rule, text) if rule else text
    names = split_names(_cut_at_date(normalise_text(stated), book.vocabulary), book.vocabulary)
    stripped = (trim_name(name, book.vocabulary) for name in names)
    for i, name in enumerate(name for name in stripped if name):
        known = is_person(name, book.vocabulary) or name.casefold() in book.vocabulary.agencies
        if known or (i == 0 and rule and _may_sign(name, book.vocabulary)):
            yield name


def _may_sign(name: str, vocabulary: Vocabulary) -> bool:
    is_short = len(name.split()) <= _MAX_NAME_WORDS
    return is_short and not is_glued(name) and not all(list_unnamed(name, vocabulary))


def trim_name(name: str, vocabulary: Vocabulary) -> str:
    """Return `name` without a byline word before it, and without an agency, a joiner or a second copy behind it."""
    name = _strip_byline_word(name, vocabulary)
    words = name.split()
    while words and words[-1].casefold() in vocabulary.name_joiners:
        words.pop()
    half = len(words) // 2
    if half and words[:half] == words[half:]:
        words = words[:half]
    for size in (3, 2, 1):
        if len(words) > size + 1 and " ".join(words[-size:]).casefold() in vocabulary.agencies:
            words = words[:-size]
            break
    return " ".join(words)


def _cut_at_date(text: str, vocabulary: Vocabulary) -> str:
    """Return `text` up to the first digit or word that names a date."""
    parts = _compile_dates(vocabulary.published_words, vocabulary.updated_words).split(text, maxsplit=1)
    return drop_weekday(parts[0])


@cache
def _compile_dates(published: frozenset[str], updated: frozenset[str]) -> re.Pattern[str]:
    words = published | updated
    glued = join_words(frozenset(word.capitalize() for word in words))
    return re.compile(rf"\d|(?:(?<![^\W\d_])(?i:{join_words(words)})|(?:{glued}))(?![^\W\d_])")


def _strip_byline_word(name: str, vocabulary: Vocabulary) -> str:
    first, _, rest = name.partition(" ")
    # "Von Trapp" is a name, "Von Jane Example" is not.
    may_be_name = first[:1].isupper() and first.casefold() in PARTICLES and not is_name(rest)
    is_word = first.casefold() in vocabulary.byline_words and not may_be_name
    return rest if is_word and rest else name


def find_names(text: str, language: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the names of people in `text`: before a date, or behind a byline word at its start or behind a sign."""
    if credits_others(text, vocabulary):
        return
    date = next(find_times(text, language), None)
    # "Published 15 hours ago" is no date, but names what stands before it as well.
    before_date = _cut_at_date(text[: date.start] if date else text, vocabulary) if _DIGIT.search(text) else text
    if date or (len(before_date) < len(text) and not text[len(before_date)].isdigit()):
        opening = _BULLET.sub("", before_date)
        opening = re.split(r"\s[-–—]\s|[|•·/(]", opening)[0]
        behind_word = _compile_openings(vocabulary.byline_words).sub("", opening)
        for stated in dict.fromkeys([behind_word, opening]):
            names = split_names(stated, vocabulary)
            if names and all(is_person(name, vocabulary) for name in names):
                yield from names
                return
    for match in _compile_bylines(vocabulary.byline_words).finditer(text):
        span = _cut_at_date(text[match.end() : match.end() + _SPAN_CHARS], vocabulary)
        for part in split_names(re.split(r"[|•·/(]", span)[0], vocabulary):
            if not is_person(part, vocabulary):
                break
            yield part


@cache
def _compile_openings(words: frozenset[str]) -> re.Pattern[str]:
    """Match a byline word at the start, with at most one word before it: "Kommentar von"."""
    return re.compile(rf"^(?:[^\W\d_]+\s)?(?:{join_words(words)})(?:\s*:\s*|\s+)", re.IGNORECASE)


@cache
def _compile_bylines(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\d|•·:)»]\s*|\b(?:Uhr|h)\s?)(?:{join_words(words)})(?:\s*:\s*|\s+)", re.IGNORECASE)
