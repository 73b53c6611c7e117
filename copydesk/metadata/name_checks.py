"""Names that the text or its title shows to be none: capitalised words that it uses otherwise."""

from collections.abc import Iterator, Sequence
from typing import Final

from copydesk.labels import Label
from copydesk.metadata.header import Block, Header

_MIN_NAME_WORDS: Final = 2


def leave_common(names: Iterator[str], body: Sequence[Block]) -> Iterator[str]:
    """Yield the names none of whose words the text writes in small letters: "Power Study" is no person."""
    found = list(names)
    if found:
        text = " ".join(block.text for block in body)
        yield from (name for name in found if not any(_is_common(word, text) for word in name.split()))


def leave_titled(names: Iterator[str], header: Header) -> Iterator[str]:
    """Yield the names that are no part of the title: "Faster Trains" may be its kicker."""
    found = list(names)
    words = {word for block in header.near if block.label == Label.TITLE for word in block.text.casefold().split()}
    yield from (name for name in found if not words.issuperset(name.casefold().split()))


def cut_common(names: Iterator[str], header: Header) -> Iterator[str]:
    """Yield the names without the last words that the text writes in small letters: "Jane Example Gardener"."""
    found = list(leave_titled(names, header))
    text = " ".join(block.text for block in header.body) if found else ""
    for name in found:
        words = name.split()
        while words and _is_common(words[-1], text):
            words.pop()
        if len(words) >= _MIN_NAME_WORDS:
            yield " ".join(words)


def _is_common(word: str, text: str) -> bool:
    return word[0].isupper() and _has_word(text, word.lower())


def _has_word(text: str, word: str) -> bool:
    """Tell whether `word` stands in `text` between what is no letter or digit."""
    # To compile an expression for each word takes longer than to look for it.
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            return True
        start = text.find(word, start + 1)
    return False
