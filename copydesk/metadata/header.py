"""Which blocks of a document may state facts about it: those around its title and the start of its text."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from copydesk.labels import Label, Role
from copydesk.text.fold import squash_text

_LONG: Final = 80
_ABOVE: Final = 6
_BELOW: Final = 20
_MAX_PARAGRAPHS: Final = 3
_BEHIND: Final = 5
_BEFORE: Final = 8
_CLOSE: Final = 4
_MIN_COPY: Final = 12


class Block(NamedTuple):
    """A block as far as reading facts needs it; `may_date` if its first 300 characters may hold a date."""

    role: str
    label: str
    reason: str
    text: str
    may_date: bool


class Header(NamedTuple):
    """The blocks of a document's header, those below the title first, then those above it, nearest first; the rest.

    `below` are those below the title, if there is one; `edges` those right before the first long paragraphs and right
    behind the last; `tail` the latter alone; `body` are the long paragraphs.
    """

    near: list[Block]
    far: list[Block]
    below: list[Block]
    edges: list[Block]
    tail: list[Block]
    body: list[Block]


# Their dates and names belong to other pages or people.
_OTHERS: Final = frozenset({Label.COMMENTS, Label.LEGAL_NOTICE, Label.RECOMMENDATION, Label.CAPTION})


def split_header(blocks: Sequence[Block]) -> Header:
    """Part a document's blocks into its header and the rest, captions, comments and notices left out.

    The header runs from six blocks above the title to the third long paragraph or the last, and twenty blocks below the
    title at most. Where there is no title, the first long paragraph stands for it, and what is above it comes first.
    """
    long = [i for i, block in enumerate(blocks) if _is_long(block)]
    first, behind = _find_text_start(long), long[-1] + 1 if long else len(blocks)
    anchor = _find_anchor(blocks, long)
    end = _find_end(len(blocks), anchor, long)
    start = max(0, anchor - _ABOVE)
    below, above = blocks[anchor:end], blocks[start:anchor][::-1]
    has_title = any(block.label == Label.TITLE for block in blocks)
    near = [*below, *above] if has_title else [*above, *below]
    tail = list(_leave_others(blocks[max(end, behind) : max(end, behind) + _BEHIND]))
    return Header(
        list(_leave_others(near)),
        list(_leave_others([*blocks[end:], *blocks[:start]])),
        list(_leave_others(below)) if has_title else [],
        [*_leave_others(blocks[max(0, first - _BEFORE) : first]), *tail],
        tail,
        [blocks[i] for i in long],
    )


def _find_text_start(long: Sequence[int]) -> int:
    """Return the first of two long paragraphs that stand close together, else the first of all."""
    pairs = (i for i, following in pairwise(long) if following - i <= _CLOSE)
    return next(pairs, long[0] if long else 0)


def _leave_others(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks that no rule calls a caption, comment, notice or teaser; a model's label is no proof of that."""
    return (block for block in blocks if not (block.label in _OTHERS and block.reason[:6] not in ("model.", "struct")))


def _is_long(block: Block) -> bool:
    return block.role == Role.CONTENT and len(block.text) >= _LONG


def _find_anchor(blocks: Sequence[Block], long: Sequence[int]) -> int:
    title = next((i for i, block in enumerate(blocks) if block.label == Label.TITLE), None)
    return next(iter(long), 0) if title is None else _find_copy(blocks, title, long)


def _find_copy(blocks: Sequence[Block], title: int, long: Sequence[int]) -> int:
    """Return the copy of the title that is nearest above a long paragraph.

    The first may be the page's own title, with the whole menu between it and the headline.
    """
    text = squash_text(blocks[title].text)
    if len(text) < _MIN_COPY:
        return title
    # Its longest word rules nearly all other blocks out, for less work.
    word, longest = max(blocks[title].text.split(), key=len), 2 * len(blocks[title].text)
    alike = (i for i in range(title, len(blocks)) if word in blocks[i].text and len(blocks[i].text) <= longest)
    copies = [i for i in alike if squash_text(blocks[i].text) == text]
    return min(copies, key=lambda copy: next((i for i in long if i > copy), len(blocks)) - copy)


def _find_end(n_blocks: int, anchor: int, long: Sequence[int]) -> int:
    following = [i for i in long if i >= anchor][:_MAX_PARAGRAPHS]
    limit = min(n_blocks, anchor + _BELOW)
    return min(limit, following[-1] + 1) if following else limit
