"""People by their names: lines that hold nothing else, and words that say who did not write."""

import re
from functools import cache
from typing import Final

from copydesk.metadata.times import list_weekdays
from copydesk.noise.name_lines import is_name, split_names
from copydesk.noise.rules import Vocabulary
from copydesk.text.normalise import normalise_text

_MAX_LINE: Final = 80
_BULLET: Final = re.compile(r"^[-–*•·+▪►]\s*")
_SEAM: Final = re.compile(r"[^\W\d_A-Z](?=[A-ZÀ-Þ])")
# Before a capital inside a name: McDonald, DiCaprio, LaBelle.
_NAME_STARTS: Final = frozenset(["Mc", "Mac", "De", "Del", "Des", "Di", "Du", "Fitz", "La", "Le", "Lo", "Van", "Von"])
_MIN_NAME_WORDS: Final = 2


def credits_others(text: str, vocabulary: Vocabulary) -> bool:
    """Tell whether `text` starts with what names others than authors: "edited by", "photo"."""
    return _compile_credits(vocabulary.credit_words).match(text) is not None


@cache
def _compile_credits(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{join_words(words)})(?![^\W\d_])", re.IGNORECASE)


def list_unnamed(name: str, vocabulary: Vocabulary) -> list[bool]:
    """Tell for each word of `name` whether names of people do not hold it."""
    return [word.casefold().strip(".:'’") in vocabulary.unnamed_words for word in name.split()]


def is_person(name: str, vocabulary: Vocabulary) -> bool:
    """Tell whether `name` is shaped like a person's, not glued, and holds no word that names of people do not hold."""
    return is_name(name) and not is_glued(name) and not any(list_unnamed(name, vocabulary))


def is_glued(name: str) -> bool:
    """Tell whether something hangs on to a name: "Jane ExampleFollow", "Jane Example's"."""
    starts = (word[: seam.end()] for word in name.split() if (seam := _SEAM.search(word)))
    return name.endswith(("'s", "’s")) or any(start not in _NAME_STARTS for start in starts)


def split_line(text: str, vocabulary: Vocabulary) -> list[str]:
    """Return the names in a line of its own, a bullet before it left out."""
    return split_names(_BULLET.sub("", normalise_text(text)), vocabulary)


def drop_weekday(names: str) -> str:
    """Return names without the day of the week behind them, which belongs to a date that follows."""
    before, _, last = names.rstrip(" ,").rpartition(" ")
    is_day = last.casefold() in list_weekdays() and len(before.split()) >= _MIN_NAME_WORDS
    return before if is_day else names


def is_line_of_people(text: str, vocabulary: Vocabulary) -> bool:
    """Tell whether `text` is short and nothing but names of people."""
    if len(text) > _MAX_LINE:
        return False
    names = split_line(text, vocabulary)
    return bool(names) and all(is_person(name, vocabulary) for name in names)


def join_words(words: frozenset[str]) -> str:
    """Return a pattern for any of some words, longer ones first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
