"""Which blocks of a document may state facts about it: those around its title and the start of its text."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from copydesk.labels import Label, Role
from copydesk.text.fold import squash_text

_LONG: Final = 80
_ABOVE: Final = 6
_BELOW: Final = 20
_MAX_PARAGRAPHS: Final = 3
_BEHIND: Final = 5
_BEFORE: Final = 8
_MIN_COPY: Final = 12
# What a block that is no long paragraph takes from the length of those around it, in characters.
_BREAK: Final = 60
_MAX_GAIN: Final = 400


class Block(NamedTuple):
    """A block as far as reading facts needs it; `may_date` if its first 300 characters may hold a date."""

    role: str
    label: str
    reason: str
    text: str
    may_date: bool


class Header(NamedTuple):
    """The blocks of a document's header, those below the title first, then those above it, nearest first; the rest.

    `lines` are those of the header in the order of the page; `below` are those below the title, if there is one;
    `edges` those right before the text and right behind it; `tail` the latter alone; `body` are the long paragraphs.
    """

    near: list[Block]
    lines: list[Block]
    far: list[Block]
    below: list[Block]
    edges: list[Block]
    tail: list[Block]
    body: list[Block]


# Their dates and names belong to other pages or people.
_OTHERS: Final = frozenset({Label.COMMENTS, Label.LEGAL_NOTICE, Label.RECOMMENDATION, Label.CAPTION})
_UNPROVEN: Final = ("model.", "struct")


def split_header(blocks: Sequence[Block], title: str | None = None) -> Header:
    """Part a document's blocks into its header and the rest, captions, comments and notices left out.

    The header runs from six blocks above the title to the third long paragraph or the last, and twenty blocks below the
    title at most. Where there is no title, the start of the text stands for it, and what is above comes first; all of
    that, if it is little.
    `title` is one that is no block of its own.
    """
    long = [i for i, block in enumerate(blocks) if len(block.text) >= _LONG and block.role == Role.CONTENT]
    first, behind = _find_text(blocks, long)
    place = _find_title(blocks, title, first)
    anchor = first if place is None else place
    end = _find_end(len(blocks), anchor, long)
    is_top = place is None and anchor <= _BELOW
    start = 0 if is_top else max(0, anchor - _ABOVE)
    below, above = blocks[anchor:end], blocks[start:anchor][::-1]
    near = [*above, *below] if place is None else [*below, *above]
    tail = _leave_others(blocks[max(end, behind) : max(end, behind) + _BEHIND])
    return Header(
        _leave_others(near),
        _leave_others(blocks[start:end]),
        _leave_others([*blocks[end:], *blocks[:start]]),
        [] if place is None else _leave_others(below),
        [*_leave_others(blocks[max(0, first - _BEFORE) : first]), *tail],
        tail,
        [blocks[i] for i in long],
    )


def _find_text(blocks: Sequence[Block], long: Sequence[int]) -> tuple[int, int]:
    """Return where the run of blocks starts and ends that holds the most long paragraphs and the least of all else.

    The run of the greatest sum (Kadane's algorithm): menus and lists of teasers may hold a long line or two.
    """
    best, sum_, start, run = 0, 0, 0, (0, len(blocks))
    before = -1
    for i in long:
        rest = sum_ - _BREAK * (i - before - 1)
        if rest <= 0:
            start, rest = i, 0
        sum_, before = rest + min(len(blocks[i].text), _MAX_GAIN), i
        if sum_ > best:
            best, run = sum_, (start, i + 1)
    return run


def _leave_others(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks that no rule calls a caption, comment, notice or teaser; a model's label is no proof."""
    return [block for block in blocks if block.label not in _OTHERS or block.reason[:6] in _UNPROVEN]


def _find_title(blocks: Sequence[Block], title: str | None, first: int) -> int | None:
    """Return the copy of the title that is nearest above the start of the text; None where there is no title.

    The first may be the page's own title, with the whole menu between it and the headline; the last that of a teaser.
    """
    place = next((i for i, block in enumerate(blocks) if block.label == Label.TITLE), None)
    if place is None and title is None:
        return None
    words = blocks[place].text if place is not None else title or ""
    text = squash_text(words)
    if len(text) < _MIN_COPY:
        return place
    # Its longest word rules nearly all other blocks out, for less work.
    word, longest = max(words.split(), key=len), 2 * len(words)
    alike = (i for i in range(place or 0, first + 1) if word in blocks[i].text and len(blocks[i].text) <= longest)
    if place is None:
        copies = [i for i in alike if text in squash_text(blocks[i].text)]
    else:
        copies = [i for i in alike if squash_text(blocks[i].text) == text]
    return copies[-1] if copies else place


def _find_end(n_blocks: int, anchor: int, long: Sequence[int]) -> int:
    following = [i for i in long if i >= anchor][:_MAX_PARAGRAPHS]
    limit = min(n_blocks, anchor + _BELOW)
    return min(limit, following[-1] + 1) if following else limit
