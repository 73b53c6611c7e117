"""Which blocks of a document may state facts about it: those around its title and the start of its text."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from copydesk.labels import Label, Role
from copydesk.text.fold import squash_text

_LONG: Final = 80
_ABOVE: Final = 6
_BELOW: Final = 20
_MAX_PARAGRAPHS: Final = 3
_BEHIND: Final = 5
_MIN_COPY: Final = 12


class Block(NamedTuple):
    """A block as far as reading facts needs it."""

    role: str
    label: str
    reason: str
    text: str


class Header(NamedTuple):
    """The blocks of a document's header, those below the title first, then those above it, nearest first; the rest.

    `tail` are those of the rest that stand right behind the last long paragraph; `body` are the long paragraphs.
    """

    near: list[Block]
    far: list[Block]
    below: list[Block]
    tail: list[Block]
    body: list[Block]


# Their dates and names belong to other pages or people.
_OTHERS: Final = frozenset({Label.COMMENTS, Label.LEGAL_NOTICE, Label.RECOMMENDATION, Label.CAPTION})


def split_header(blocks: Sequence[Block]) -> Header:
    """Part a document's blocks into its header and the rest, captions, comments and notices left out.

    The header runs from six blocks above the title to the third long paragraph or the last, and twenty blocks below the
    title at most. Where there is no title, the first long paragraph stands for it, and what is above it comes first.
    """
    anchor = _find_anchor(blocks)
    end = _find_end(blocks, anchor)
    start = max(0, anchor - _ABOVE)
    below, above = blocks[anchor:end], blocks[start:anchor][::-1]
    has_title = any(block.label == Label.TITLE for block in blocks)
    near = [*below, *above] if has_title else [*above, *below]
    tail_start = max(end, _find_last_long(blocks) + 1)
    return Header(
        list(_leave_others(near)),
        list(_leave_others([*blocks[end:], *blocks[:start]])),
        list(_leave_others(below)) if has_title else [],
        list(_leave_others(blocks[tail_start : tail_start + _BEHIND])),
        [block for block in blocks if _is_long(block)],
    )


def _find_last_long(blocks: Sequence[Block]) -> int:
    return next((i for i in reversed(range(len(blocks))) if _is_long(blocks[i])), len(blocks))


def _leave_others(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks that no rule calls a caption, comment, notice or teaser; a model's label is no proof of that."""
    return (block for block in blocks if not (block.label in _OTHERS and block.reason[:6] not in ("model.", "struct")))


def _is_long(block: Block) -> bool:
    return block.role == Role.CONTENT and len(block.text) >= _LONG


def _find_anchor(blocks: Sequence[Block]) -> int:
    titles = (i for i, block in enumerate(blocks) if block.label == Label.TITLE)
    bodies = (i for i, block in enumerate(blocks) if _is_long(block))
    title = next(titles, None)
    return next(bodies, 0) if title is None else _find_copy(blocks, title)


def _find_copy(blocks: Sequence[Block], title: int) -> int:
    """Return the copy of the title that is nearest above a long paragraph.

    The first may be the page's own title, with the whole menu between it and the headline.
    """
    text = squash_text(blocks[title].text)
    if len(text) < _MIN_COPY:
        return title
    copies = [i for i in range(title, len(blocks)) if len(blocks[i].text) <= 2 * len(blocks[title].text) and squash_text(blocks[i].text) == text]
    long = [i for i, block in enumerate(blocks) if _is_long(block)]
    return min(copies, key=lambda copy: next((i for i in long if i > copy), len(blocks)) - copy)


def _find_end(blocks: Sequence[Block], anchor: int) -> int:
    long = [i for i in range(anchor, len(blocks)) if _is_long(blocks[i])]
    limit = min(len(blocks), anchor + _BELOW)
    return min(limit, long[:_MAX_PARAGRAPHS][-1] + 1) if long else limit
