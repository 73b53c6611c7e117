"""Extracted articles with other furniture around them.

The corpus knows few wordings of each kind of furniture, and what a model has not seen it misses. So each labelled
article is used several times, its furniture exchanged for lines of the bank with the same label; and the gold texts of
pages get furniture put around and into them. What this was worth: docs/model.md.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from copydesk.labels import Label, Role
from training.bank import CONTENT, Bank, Lines

Record = dict[str, Any]

# How much a document counts; a page as it is counts 1.
_REWORDED_WEIGHT: Final = 1.5
_SURROUNDED_WEIGHT: Final = 0.75
_EXCHANGED: Final = 0.85
_MIN_CONTENT: Final = 4
_MAX_BLOCKS: Final = 26

# How often each kind stands where: labels are drawn from these as they are.
_ABOVE: Final = ("navigation", "navigation", "share", "share", "caption", "media_placeholder", "call_to_action")
_INSIDE: Final = (
    *("recommendation", "recommendation", "recommendation", "caption", "caption", "call_to_action", "advertisement"),
    *("media_placeholder", "legal_notice", "comments", "share", CONTENT, CONTENT, CONTENT, CONTENT),
)
_BELOW: Final = (
    *("recommendation", "recommendation", "recommendation", "legal_notice", "comments", "call_to_action"),
    *("hashtags", "navigation", "share", "advertisement"),
)
_LAYOUTS: Final = "abbccde"
_WIDTHS: Final = range(60, 100)


class Piece(NamedTuple):
    """A block to be, with the white space before it."""

    gap: str
    role: str
    label: str
    text: str


def reword_record(record: Record, lines: Lines, fold: int, number: int) -> Record:
    """Return a labelled record with other furniture, and some more; another one for each `number`."""
    draw = random.Random(f"{record['id']} {number}")
    width = max(map(len, record["raw_text"].splitlines())) if record["layout"] == "e" else 0
    bank = Bank(lines, fold, record["lang"], width, draw)
    pieces = [_exchange_piece(piece, bank) for piece in split_record(record)]
    content = [place for place, piece in enumerate(pieces) if piece.role == Role.CONTENT]
    if len(content) >= _MIN_CONTENT:
        inside = [(draw.choice(content[1:]), *line) for line in bank.draw_lines(_INSIDE, draw.choice((0, 1, 2, 3, 4)))]
        below = [(len(pieces), *line) for line in bank.draw_lines(_BELOW, draw.choice((0, 0, 1, 2, 4)))]
        for place, label, line in sorted(inside + below, reverse=True):
            gap = pieces[min(place, len(pieces) - 1)].gap
            pieces.insert(place, Piece(gap, *_name_role(label), line))
    return join_pieces({**record, "weight": _REWORDED_WEIGHT}, pieces, f"reworded {number}")


def split_record(record: Record) -> list[Piece]:
    """Return the blocks of a labelled record in order, with what stands before each."""
    ends = [0, *(block["end"] for block in record["blocks"])]
    return [
        Piece(record["raw_text"][end : block["start"]], block["role"], block["label"], block["text"])
        for end, block in zip(ends, record["blocks"], strict=False)
    ]


def join_pieces(record: Record, pieces: Sequence[Piece], name: str) -> Record:
    """Return a record with the text of the pieces and their blocks; `name` tells it from its model, `made_from`."""
    text, blocks = "", []
    for piece in pieces:
        start = len(text) + len(piece.gap)
        text += piece.gap + piece.text
        blocks.append({"start": start, "end": len(text), "role": piece.role, "label": piece.label, "text": piece.text})
    return {**record, "id": f"{record['id']} {name}", "raw_text": text, "blocks": blocks, "made_from": record["id"]}


def surround_text(page: Record, lines: Lines, fold: int, number: int) -> Record:
    """Return the gold text of a page as a labelled record, with furniture above, inside and below it."""
    draw = random.Random(f"{page['id']} {number}")
    layout = draw.choice(_LAYOUTS)
    bank = Bank(lines, fold, page["lang"], draw.choice(_WIDTHS) if layout == "e" else 0, draw)
    paragraphs = page["gold_paragraphs"] or page["gold_text"].split("\n")
    kept = [(CONTENT, bank.wrap_text(paragraph)) for paragraph in paragraphs if paragraph.strip()][:_MAX_BLOCKS]
    inside = [
        (draw.randrange(1, max(2, len(kept))), line) for line in bank.draw_lines(_INSIDE, draw.choice((0, 1, 2, 3, 5)))
    ]
    above = bank.draw_lines(_ABOVE, draw.choice((0, 0, 1, 2, 3)))
    below = bank.draw_lines(_BELOW, draw.choice((0, 1, 2, 4, 7)))
    for place, line in sorted(inside, reverse=True):
        kept.insert(place, line)
    pieces = list(_lay_out([*above, *kept, *below], layout, bank))
    record = {"id": page["id"], "origin": page["id"], "lang": page["lang"], "weight": _SURROUNDED_WEIGHT}
    return join_pieces(record, pieces, f"surrounded {number}")


def _lay_out(labelled: Sequence[tuple[str, str]], layout: str, bank: Bank) -> Iterator[Piece]:
    """Yield the pieces of a text in one of the layouts that the corpus's README describes."""
    before = None
    for label, text in labelled:
        if layout in "ae":
            gap = "\n\n"
        elif layout == "c":
            gap = "" if label == before == CONTENT else "\n"
        else:
            gap = "\n" if layout == "b" else bank.draw.choice(("", "", "", " ", "\n"))
        yield Piece("" if before is None else gap, *_name_role(label), text)
        before = label


def _exchange_piece(piece: Piece, bank: Bank) -> Piece:
    """Exchange furniture; what repeats the article stays."""
    if piece.role != Role.NOISE or piece.label == Label.REPEATED or bank.draw.random() >= _EXCHANGED:
        return piece
    line = bank.draw_line(piece.label)
    return piece._replace(text=line) if line else piece


def _name_role(label: str) -> tuple[str, str]:
    return (Role.CONTENT, Label.PARAGRAPH) if label == CONTENT else (Role.NOISE, label)
