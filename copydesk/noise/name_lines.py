"""Lines that hold nothing but people's names, below the title or beside the date: bylines without "by"."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

import numpy as np

from copydesk.labels import NOISE_LABELS, Label
from copydesk.noise.evidence import Evidence, report_rows
from copydesk.noise.rule_matches import Matches, match_texts
from copydesk.noise.rules import RuleBook, Vocabulary
from copydesk.noise.segments import Documents, find_documents
from copydesk.noise.signals import Signals
from copydesk.noise.title import TITLE_REASON

# Set by hand: bylines without "by" were not counted.
_SCORE: Final = 0.8
_MAX_CHARS: Final = 80
_MAX_BELOW_TITLE: Final = 4
_NAME_WORDS: Final = range(2, 5)
_MAX_NAMES: Final = 4
PARTICLES: Final = frozenset(
    [
        "de",
        "da",
        "di",
        "do",
        "du",
        "del",
        "della",
        "dos",
        "das",
        "des",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "le",
        "la",
        "les",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "af",
        "av",
        "zu",
        "zum",
        "y",
        "e",
    ]
)
_NAME_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?")
_LONG_WORD: Final = 4


def point_at_names(signals: Signals, matches: Matches, structure: Evidence, book: RuleBook) -> Evidence:
    """Point at lines of names as bylines.

    A line counts if it stands up to four blocks below the title, or next to a line that a rule takes for a date, is no
    prose, and no long word of it stands in the document's prose, as it is or in small letters: who writes is seldom
    whom the text is about. Words that are furniture by themselves ("Share") are no part of a name.

    Args:
        signals: the blocks of whole documents, in order.
        matches: the rules that hold for them.
        structure: evidence that may hold titles.
        book: rules, for furniture, and vocabulary: what joins names, and what authors are called.
    """
    documents = find_documents(signals["block_index"])
    is_title = np.zeros(signals.height, dtype=bool)
    is_title[structure.find_rows(TITLE_REASON)] = True
    labelled = matches.mark_blocks(True for _ in matches.rules)
    dated = matches.mark_blocks(rule.label is Label.TIMESTAMP for rule in matches.rules)
    is_placed = documents.shift(dated, 1, 0) | documents.shift(dated, -1, 0)
    for below in range(1, _MAX_BELOW_TITLE + 1):
        is_placed |= documents.shift(is_title, below, 0)
    is_line = (signals["n_chars"].to_numpy() <= _MAX_CHARS) & ~signals["is_prose"].to_numpy() & ~labelled
    rows = np.flatnonzero(is_placed & is_line)
    texts = zip(rows.tolist(), signals["text"][rows].to_list(), strict=True)
    lines = {row: text for row, text in texts if is_name_line(text, book.vocabulary)}
    names = _drop_furniture(lines, book)
    found = np.array(list(_drop_named_in_prose(names, signals, documents)), dtype=np.int64)
    return report_rows(found, "structure.name_line", Label.BYLINE, _SCORE)


def _drop_named_in_prose(lines: Mapping[int, str], signals: Signals, documents: Documents) -> Iterator[int]:
    bodies: dict[int, str] = {}
    for row, text in lines.items():
        start = int(documents.start[row])
        if start not in bodies:
            page = signals.slice(start, int(documents.end[row]) - start)
            bodies[start] = " ".join(page["text"].filter(page["is_prose"]).to_list())
        words = [word for word in _NAME_WORD.findall(text) if len(word) >= _LONG_WORD]
        if not any(word in bodies[start] or word.lower() in bodies[start] for word in words):
            yield row


def _drop_furniture(lines: Mapping[int, str], book: RuleBook) -> dict[int, str]:
    """Return the lines without a word that is noise when it stands alone."""
    words = {row: text.split() for row, text in lines.items()}
    found = match_texts(chain.from_iterable(words.values()), book)
    furniture = {word for word, rules in found.items() if any(rule.label in NOISE_LABELS for rule in rules)}
    return {row: text for row, text in lines.items() if furniture.isdisjoint(words[row])}


def is_name_line(text: str, vocabulary: Vocabulary) -> bool:
    """Tell whether `text` is nothing but names of people, with what joins them and what they are called."""
    names = split_names(text, vocabulary)
    return (
        0 < len(names) <= _MAX_NAMES
        and all(is_name(name) or name.casefold() in vocabulary.agencies for name in names)
        and not text.rstrip().endswith((":", "?", "!"))
    )


def is_name(text: str) -> bool:
    """Tell whether `text` is shaped like a person's name: two to four words with capitals, particles aside."""
    words = [word for word in text.split() if word not in PARTICLES]
    shaped = all(_NAME_WORD.fullmatch(word) and word[0].isupper() and not _is_acronym(word) for word in words)
    return shaped and len(words) in _NAME_WORDS


def _is_acronym(word: str) -> bool:
    return word.isupper() and 1 < len(word) < _LONG_WORD and word.isalpha()


def split_names(text: str, vocabulary: Vocabulary) -> list[str]:
    """Return the names in a byline, for example ["Jeanne Exemple", "AFP"] of "Jeanne Exemple et AFP, journaliste"."""
    parts = (_strip_role(part, vocabulary) for part in vocabulary.name_separator.split(text))
    return list(dict.fromkeys(part for part in parts if part and part.casefold() not in vocabulary.role_words))


def _strip_role(part: str, vocabulary: Vocabulary) -> str:
    name = part.strip(" :()-–—|•·@").rstrip(",;")
    words = name.split()
    for size in (3, 2, 1):
        if len(words) > size + 1 and " ".join(words[-size:]).casefold() in vocabulary.role_words:
            name = " ".join(words[:-size])
            break
    return name if re.search(r"(?:^|[\s.])\w\.$", name) else name.rstrip(".")
