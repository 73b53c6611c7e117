"""The title of a document: its title block, or the part of its first line that the page repeats as its headline."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.labels import Label, Role
from copydesk.metadata.header import Block
from copydesk.noise.rules import RuleBook
from copydesk.noise.title_words import list_long_words
from copydesk.text.fold import squash_text
from copydesk.text.normalise import normalise_text

_SEAM: Final = re.compile(
    r"""(?<=[^\W\d_A-Z])(?=[A-ZÀ-Þ])              # "muliRedazione"
    |(?<=[A-ZÀ-Þ]{3})(?=[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ])  # "ABONNÉSUne"
    |(?<=[A-ZÀ-Þ]{3})(?=[A-ZÀ-Þ]['’])             # "ABONNÉSL'été"
    |(?<=[^A-Z][.!?…])\ ?(?=[^\W\d_])            # "2 min.Une"
    """,
    re.VERBOSE,
)
_FULL_STOP: Final = re.compile(r"[^.\W][.。][\"'”»“)]*$")
_PUNCTUATION: Final = re.compile(r"[,.:;?!\"“”«»„|–—]")
_PART_CHARS: Final = 40
_MENU_WORDS: Final = 10
_HEADLINE_WORDS: Final = 5
_BODY_CHARS: Final = 8000
_FIRST_CHARS: Final = 300
_PAGE_CHARS: Final = 40_000
_MIN_CHARS: Final = 20
_MIN_UNSPACED: Final = 10
_MAX_CHANCE: Final = 3
_JOINED_BLOCKS: Final = 200
_GAP: Final = 8
_NO_LETTERS: Final = bytes(code for code in range(128) if not chr(code).isalnum())
_CLOSING: Final = re.compile(r"[\"'”’»“)?!…]*")
# What tells that a passage goes on behind its copy, or that it ends there.
_GOES_ON: Final = re.compile(r"[\"'”’»“)]*(?:[,;]|\ (?![A-Z])[^\W_])")
_ENDS: Final = re.compile(r"[\"'”’»“)?!…]*(?:\s*[|–—·•»\[(:：-]|\s*\n|\s{2}|[A-ZÀ-Þ]|$)")


def read_title(blocks: Sequence[Block], book: RuleBook) -> str | None:
    """Return a document's title, else None.

    Furniture that is glued to a headline is cut off. A long sentence with a full stop is no title, nor is a row of
    capitalised words of which the text uses hardly any. A page's own title often opens its text as "Headline - Site".
    Where no block is the title, because the page is glued together, the longest such opening counts that stands once
    more on the page.
    """
    title = next((block.text for block in blocks if block.label == Label.TITLE), None)
    if title is None:
        return _find_repeated_opening(blocks, book)
    text = trim_title(normalise_text(title), book)
    if _is_sentence(text) or _is_menu(text, blocks):
        return None
    return _find_longer(text, blocks, book) or text


def _find_longer(title: str, blocks: Sequence[Block], book: RuleBook) -> str | None:
    """Return the opening of the page that ends with the title, for example behind a kicker, if it stands twice."""
    part = squash_text(title)
    if squash_text(blocks[0].text[:_FIRST_CHARS]).find(part) <= 0:
        return None
    opening = _find_repeated_opening(blocks, book)
    return opening if opening and squash_text(opening).endswith(part) else None


def _is_sentence(title: str) -> bool:
    """Tell a sentence of the text from a short one that is a headline: "The ferry is back."."""
    return _FULL_STOP.search(title) is not None and len(title.split()) > _HEADLINE_WORDS


def trim_title(title: str, book: RuleBook) -> str:
    """Return `title` without the parts at its ends that a rule takes for furniture or a byline by themselves.

    Parts are told by a capital glued to a small letter, by capitals glued to a word, and by the end of a sentence.
    """
    seams = [seam for seam in (match.start() for match in _SEAM.finditer(title)) if not _splits_name(title, seam, book)]
    start = max((i for i in seams if _is_furniture(title[:i], book)), default=0)
    end = min((i for i in seams if i > start and _is_furniture(title[i:], book)), default=len(title))
    return title[start:end].strip() or title


def _splits_name(title: str, seam: int, book: RuleBook) -> bool:
    """Tell whether `seam` lies in a name with a capital inside, such as YouTube."""
    glued = title[:seam].rpartition(" ")[2] + title[seam:].partition(" ")[0]
    return any(word in glued for word in book.vocabulary.unsplit_words)


def _is_furniture(part: str, book: RuleBook) -> bool:
    text = part.strip()
    return len(text) <= _PART_CHARS and any(rule.label != Label.HASHTAGS for rule in book.find_rules(text))


def _is_menu(title: str, blocks: Sequence[Block]) -> bool:
    words = title.split()
    small = sum(word[0].islower() for word in words)
    if len(words) < _MENU_WORDS or 5 * small > len(words) or _PUNCTUATION.search(title):
        return False
    long = list_long_words(title)
    return 3 * len(long & list_long_words(_join_body(blocks))) <= len(long)


def _find_repeated_opening(blocks: Sequence[Block], book: RuleBook) -> str | None:
    """Return the longest opening of a page that stands on it once more as a whole, if it may be a headline."""
    page = _join_texts(blocks, "\n", _PAGE_CHARS)
    least = _MIN_CHARS if " " in page[:_MIN_CHARS] else _MIN_UNSPACED
    if not _may_repeat(page, least):
        return None
    letters, places = _read_letters(page)
    n_letters, copies = _find_longest_opening(letters, int(np.searchsorted(places, _FIRST_CHARS)))
    # What follows may start with the same letters by chance.
    lengths = range(n_letters, max(least, n_letters - _MAX_CHANCE) - 1, -1)
    openings = (_cut_opening(page, [places[start + length - 1] for start in (0, *copies)]) for length in lengths)
    opening = next(filter(None, openings), None)
    return opening if opening and _may_be_headline(opening, blocks, book) else None


def _may_repeat(page: str, least: int) -> bool:
    """Tell whether the first ASCII letters of a page stand on it once more; most pages need no closer look."""
    opening = squash_text(page[: 2 * least])[:least].encode("ascii", "ignore")
    letters = page.encode("ascii", "ignore").translate(None, _NO_LETTERS).lower()
    return letters.find(opening, 1) >= 0


def _read_letters(page: str) -> tuple[str, NDArray[np.int64]]:
    """Return the letters and digits of a page, case folded, one character each, and where they stand."""
    codes = np.frombuffer(page.encode("utf-32-le", errors="surrogatepass"), dtype="<u4")
    places = np.flatnonzero(np.strings.isalnum(codes.view("<U1")))
    letters = codes[places].tobytes().decode("utf-32-le", errors="surrogatepass")
    folded = letters.casefold()
    return folded if len(folded) == len(letters) else "".join(char.casefold()[0] for char in letters), places


def _cut_opening(page: str, ends: Sequence[np.int64]) -> str | None:
    """Return the page up to the first of some ends of its copies, if the passage ends there in one of them at least."""
    behind = [page[end + 1 : end + 1 + _GAP] for end in ends]
    whole = [not _GOES_ON.match(text) for text in behind]
    if "\n" in page[: ends[0]] or not whole[0] or not any(whole[1:]) or not any(map(_ENDS.match, behind)):
        return None
    closing = _CLOSING.match(behind[0])
    return normalise_text(page[: ends[0] + 1] + (closing[0] if closing else ""))


def _find_longest_opening(letters: str, longest: int) -> tuple[int, list[int]]:
    """Return how many letters of the opening stand once more, and where."""
    low, high = 0, longest
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if letters.find(letters[:middle], 1) > 0 else (low, middle - 1)
    return low, [match.start() for match in re.finditer(re.escape(letters[:low]), letters)][1:] if low else []


def _may_be_headline(text: str, blocks: Sequence[Block], book: RuleBook) -> bool:
    """Tell whether a text uses words of the article, and is none that a rule knows."""
    return bool(list_long_words(text) & list_long_words(_join_body(blocks))) and not book.find_rules(text)


def _join_body(blocks: Sequence[Block]) -> str:
    return _join_texts([block for block in blocks if block.role == Role.CONTENT], " ", _BODY_CHARS)


def _join_texts(blocks: Sequence[Block], sign: str, n_chars: int) -> str:
    """Return the first characters of some blocks with a sign between them; most of the rest is not looked at."""
    joined = ""
    for start in range(0, len(blocks), _JOINED_BLOCKS):
        part = sign.join([block.text for block in blocks[start : start + _JOINED_BLOCKS]])
        joined = f"{joined}{sign}{part}" if joined else part
        if len(joined) >= n_chars:
            break
    return joined[:n_chars]
