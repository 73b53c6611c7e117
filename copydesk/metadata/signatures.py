"""Names that sign a text by where they stand: above a date, before a role, behind a byline word at a line's end."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from copydesk.labels import Label
from copydesk.metadata.header import Block
from copydesk.metadata.people import credits_others, is_line_of_people, is_person, join_words, split_line
from copydesk.metadata.times import find_times
from copydesk.noise.name_lines import split_names
from copydesk.noise.rules import Vocabulary
from copydesk.text.normalise import normalise_text

_MAX_DATE_LINE: Final = 100
_MAX_PLACE: Final = 30
_MAX_NAMES: Final = 80
_MAX_CREDIT_WORDS: Final = 4
_MAX_ROLE_WORDS: Final = 4
_ROLE_BEHIND: Final = re.compile(r"\s+[-–—|•·]\s+|\s*\|\s*|\s{2,}|,\s+")
_DIGIT: Final = re.compile(r"\d")
_CLOCK: Final = re.compile(r"\d{1,2}[.:hH]\d\d")


def read_dated_lines(blocks: Sequence[Block], language: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the names of the first lines of names right above a date, or glued to the end of the line above it.

    A place may stand between name and date: "Jane Example", "Rome", "3 May 2024".
    """
    dated = [dates_text(block, language, vocabulary) for block in blocks]
    for i, block in enumerate(blocks[:-1]):
        if not (dated[i + 1] or (_may_be_place(blocks[i + 1]) and any(dated[i + 2 : i + 3]))):
            continue
        names = _list_line_names(blocks, i, vocabulary) or _read_glued_end(block.text, vocabulary)
        if names:
            yield from names
            return


def _list_line_names(blocks: Sequence[Block], i: int, vocabulary: Vocabulary) -> list[str]:
    """Return the names in a line of names and in those right above it; none if they are said not to have written."""
    start = i + 1
    while start and is_line_of_people(blocks[start - 1].text, vocabulary):
        start -= 1
    if start and credits_others(blocks[start - 1].text, vocabulary):
        return []
    return [name for block in blocks[start : i + 1] for name in split_line(block.text, vocabulary)]


def _may_be_place(block: Block) -> bool:
    """Tell whether a block between name and date may hold a place."""
    return len(block.text) <= _MAX_PLACE and not _DIGIT.search(block.text) and block.label != Label.TITLE


def dates_text(block: Block, language: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a short block starts with a date, or with a word for publication and a time of day."""
    if not _DIGIT.search(block.text):
        return False
    text = normalise_text(block.text)
    if len(text) > _MAX_DATE_LINE:
        return False
    if block.label == Label.TIMESTAMP:
        return True
    named = _compile_names(vocabulary.published_words | vocabulary.updated_words).match(text)
    time = next(find_times(text, language), None)
    return time.start <= (named.end() if named else 0) + 1 if time else bool(named and _CLOCK.search(text))


@cache
def _compile_names(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{join_words(words)})(?![^\W\d_])\s*:?", re.IGNORECASE)


def _read_glued_end(text: str, vocabulary: Vocabulary) -> list[str]:
    """Return the names at the end of a text, behind the end of a sentence, a gap or a byline word."""
    return _take_names(_compile_ends(vocabulary.byline_words).search(text[-_MAX_NAMES:]), vocabulary)


def _take_names(match: re.Match[str] | None, vocabulary: Vocabulary) -> list[str]:
    """Return the names of a match if they are people's, and no word before them says that they did not write."""
    if match is None:
        return []
    before = match.string[: match.start("names")].split()[-_MAX_CREDIT_WORDS:]
    is_credit = any(credits_others(" ".join(before[i:]), vocabulary) for i in range(len(before)))
    names = [] if is_credit else split_names(normalise_text(match["names"]), vocabulary)
    return names if all(is_person(name, vocabulary) for name in names) else []


@cache
def _compile_ends(words: frozenset[str]) -> re.Pattern[str]:
    """Match a run of words without a sign at the end of a text; of several starts the last counts."""
    start = rf"(?:[.!?…»”\"’)\]]\s*|\s{{2,}}|(?<![^\W\d_])(?i:{join_words(words)})\s+)"
    return re.compile(rf"(?s:.*){start}(?P<names>[^\d.!?…»”\"()\[\]|:;]+)$")


def read_roles(blocks: Sequence[Block], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the names that stand before what an author is called: "Jane Example – reporter"."""
    for block in blocks:
        if len(block.text) > _MAX_DATE_LINE:
            continue
        name, *rest = _ROLE_BEHIND.split(normalise_text(block.text), maxsplit=1)
        if rest and is_person(name, vocabulary) and is_role(rest[0], vocabulary):
            yield name


def is_role(text: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a few words say what an author is called: "reporter in Rome", "Trending Editor"."""
    words = text.casefold().split()
    return bool(words) and (words[0] in vocabulary.role_words or _ends_in_role(words, vocabulary))


def _ends_in_role(words: Sequence[str], vocabulary: Vocabulary) -> bool:
    return len(words) <= _MAX_ROLE_WORDS and words[-1] in vocabulary.role_words


def read_named_ends(blocks: Sequence[Block], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the names behind several byline words at the end of a line: "A comment by Jane Example"."""
    phrases = _compile_phrases(frozenset(word for word in vocabulary.byline_words if " " in word))
    for block in blocks:
        if not block.text[-1:].isalpha():
            continue
        names = _take_names(phrases.search(normalise_text(block.text[-_MAX_NAMES:])), vocabulary)
        if names:
            yield from names
            return


@cache
def _compile_phrases(phrases: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_])(?i:{join_words(phrases)})\s+(?P<names>[^\d.!?:;|]+)$")
