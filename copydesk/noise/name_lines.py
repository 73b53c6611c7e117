"""Lines that hold nothing but people's names, below the title or beside the date: bylines without "by"."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from copydesk.labels import NOISE_LABELS, ROLE_OF, Label
from copydesk.noise.rule_matches import Matches
from copydesk.noise.rules import RuleBook, Vocabulary
from copydesk.noise.signals import Signals
from copydesk.schemas import EVIDENCE, Evidence

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
    titles = dict(structure.filter(pl.col("detector") == "title").select("document_id", "block_index").iter_rows())
    labels: dict[tuple[str, int], set[str]] = {}
    for document_id, block_index, label in matches.select("document_id", "block_index", "label").iter_rows():
        labels.setdefault((document_id, block_index), set()).add(label)
    rows = signals.select("document_id", "block_index", "text", "n_chars", "is_prose").iter_rows()
    lines = []
    for document_id, block_index, text, n_chars, is_prose in rows:
        below = 1 <= block_index - titles.get(document_id, block_index) <= _MAX_BELOW_TITLE
        neighbours = ((document_id, block_index + step) for step in (-1, 1))
        is_placed = below or any(Label.TIMESTAMP in labels.get(place, ()) for place in neighbours)
        is_line = n_chars <= _MAX_CHARS and not is_prose and (document_id, block_index) not in labels
        if is_placed and is_line and is_name_line(text, book.vocabulary) and not _has_furniture(text, book):
            lines.append((document_id, block_index, text))
    verdict = ("name_line", False, ROLE_OF[Label.BYLINE].value, Label.BYLINE.value, "structure.name_line", _SCORE)
    found = [(*place, *verdict) for place in _drop_named_in_prose(lines, signals)]
    return EVIDENCE.check(pl.DataFrame(found, schema=dict(EVIDENCE.columns), orient="row"))


def _drop_named_in_prose(lines: Sequence[tuple[str, int, str]], signals: Signals) -> Iterator[tuple[str, int]]:
    bodies: dict[str, str] = {}
    if lines:
        documents = list({document_id for document_id, _, _ in lines})
        prose = signals.filter(pl.col("is_prose") & pl.col("document_id").is_in(documents))
        bodies = dict(prose.group_by("document_id").agg(pl.col("text").str.join(" ")).iter_rows())
    for document_id, block_index, text in lines:
        words = [word for word in _NAME_WORD.findall(text) if len(word) >= _LONG_WORD]
        body = bodies.get(document_id, "")
        if not any(word in body or word.lower() in body for word in words):
            yield document_id, block_index


def _has_furniture(text: str, book: RuleBook) -> bool:
    return any(rule.label in NOISE_LABELS for word in text.split() for rule in book.find_rules(word))


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
