"""What the cutter knows of the rules' words: hashes of abbreviations, names, and the furniture that rules name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from copydesk.noise.rules import RuleBook
from copydesk.text.fold import fold_text
from copydesk.text.words import Hashes, hash_phrases

_WORD: Final = re.compile(r"[^\W_]+")
_NAME_STARTS: Final = ("Mc",)
# In capitals, as Booking.Com; before a small letter is no place. Endings that are words (it, de, no) are left out.
_DOMAIN_ENDINGS: Final = ("com", "eu", "fr", "info", "io", "net", "nl", "org", "pl", "ru", "tv", "uk")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Hashes of words and phrases, each ascending.

    Attributes:
        abbreviations: words after which a full stop ends nothing.
        names: words with a capital inside.
        name_starts: with what names with a capital inside start, whatever follows.
        domains: endings of web addresses.
        furniture: what the rules give as examples of what they drop.
        furniture_starts: the first two words of those.
        furniture_ends: the last two words of those.
    """

    abbreviations: Hashes
    names: Hashes
    name_starts: Hashes
    domains: Hashes
    furniture: Hashes
    furniture_starts: Hashes
    furniture_ends: Hashes


@cache
def read_lexicon(book: RuleBook) -> Lexicon:
    """Collect a rule book's words; the book is read once per process."""
    phrases = [_WORD.findall(fold_text(drop)) for rule in book.rules for drop in rule.drops]
    return Lexicon(
        abbreviations=_hash_phrases(book.vocabulary.abbreviations),
        names=_hash_phrases(book.vocabulary.unsplit_words),
        name_starts=_hash_phrases(_NAME_STARTS),
        domains=_hash_phrases(_DOMAIN_ENDINGS),
        furniture=_hash_phrases(" ".join(words) for words in phrases),
        furniture_starts=_hash_phrases(" ".join(words[:2]) for words in phrases),
        furniture_ends=_hash_phrases(" ".join(words[-2:]) for words in phrases),
    )


def _hash_phrases(phrases: Iterable[str]) -> Hashes:
    hashes = np.unique(hash_phrases(list(phrases)))
    return hashes[hashes > 0]
