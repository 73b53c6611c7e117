"""What a block's place in its document says of it: sections, repeats, titles of videos."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import polars as pl

from copydesk.labels import ROLE_OF, Label
from copydesk.noise.rule_matches import Bodies, Matches
from copydesk.noise.signals import Signals
from copydesk.noise.title import point_at_titles
from copydesk.schemas import EVIDENCE, Evidence
from copydesk.text.fold import fold_text, squash_text
from copydesk.trees import TreeEnsemble


class Block(NamedTuple):
    """A block as the detectors of this module see it.

    Attributes:
        label: what a rule says it is, or None.
        opens_section: a rule says that it heads a list.
    """

    block_index: int
    text: str
    n_chars: int
    n_words: int
    ends_sentence: bool
    is_list_item: bool
    is_prose: bool
    label: str | None
    opens_section: bool


class Document(NamedTuple):
    """The blocks of one document; the body runs from block `body_start` to `body_end`, both included, if it has one."""

    blocks: Sequence[Block]
    body_start: int | None
    body_end: int | None


class Pointer(NamedTuple):
    """What a detector says of one block."""

    block_index: int
    detector: str
    label: Label
    score: float


Detector = Callable[[Document], Iterator[Pointer]]

# How sure each detector is next to the others; set by hand, not measured.
_SECTION_SCORE: Final = 0.9
_REPEAT_SCORE: Final = 0.95
_MEDIA_TITLE_SCORE: Final = 0.7

_MIN_REPEAT: Final = 40
# Bounds the work on pages of many lines that start alike.
_MAX_COMPARED: Final = 50
_SUBHEADING_CHARS: Final = 60
_NO_TITLE_END: Final = (".", ":", ";", ",")


def point_by_structure(signals: Signals, matches: Matches, bodies: Bodies, titles: TreeEnsemble) -> Evidence:
    """Return the evidence of every detector of this module and, by the trees in `titles`, of the title."""
    rows = [
        (
            document_id,
            pointer.block_index,
            pointer.detector,
            False,
            ROLE_OF[pointer.label].value,
            pointer.label.value,
            f"structure.{pointer.detector}",
            pointer.score,
        )
        for document_id, document in _read_documents(signals, matches, bodies)
        for detect in DETECTORS
        for pointer in detect(document)
    ]
    found = pl.DataFrame(rows, schema=dict(EVIDENCE.columns), orient="row")
    return EVIDENCE.check(pl.concat([found, point_at_titles(signals, matches, bodies, titles)]))


def _read_documents(signals: Signals, matches: Matches, bodies: Bodies) -> Iterator[tuple[str, Document]]:
    rules = matches.group_by("document_id", "block_index").agg(
        pl.col("label").first().alias("rule_label"), pl.col("opens_section").any()
    )
    joined = signals.join(rules, on=["document_id", "block_index"], how="left", maintain_order="left").with_columns(
        pl.col("opens_section").fill_null(value=False)
    )
    limits = {row[0]: row[1:] for row in bodies.iter_rows()}
    columns = [
        "block_index",
        "text",
        "n_chars",
        "n_words",
        "ends_sentence",
        "is_list_item",
        "is_prose",
        "rule_label",
        "opens_section",
    ]
    for (document_id,), rows in joined.group_by("document_id", maintain_order=True):
        body_start, body_end = limits.get(document_id, (None, None))
        yield (
            str(document_id),
            Document([Block(*row) for row in rows.select(columns).iter_rows()], body_start, body_end),
        )


def find_sign_lines(document: Document) -> Iterator[Pointer]:
    """Point at blocks without a letter or digit: separators, bullets and buttons of the page."""
    for block in document.blocks:
        if not any(map(str.isalnum, block.text)):
            yield Pointer(block.block_index, "signs_only", Label.NAVIGATION, 1.0)


def find_sections(document: Document) -> Iterator[Pointer]:
    """Point at the headlines under a heading such as "Trending", up to the next prose."""
    members: list[Block] = []
    opener: Block | None = None
    for block in document.blocks:
        if block.opens_section:
            yield from _point_at_members(members)
            members, opener = [], block
        elif opener and block.is_prose and not block.is_list_item:
            limit = None if block.block_index == document.body_start else _SUBHEADING_CHARS
            yield from _point_at_members(_leave_headline(members, limit))
            members, opener = [], None
        elif opener and not block.label:
            members.append(block)
    yield from _point_at_members(members)


def _leave_headline(members: Sequence[Block], max_chars: int | None) -> Sequence[Block]:
    """Return `members` without a last line of at most `max_chars` that is no list item: it heads the prose below."""
    if members and not members[-1].is_list_item and (max_chars is None or members[-1].n_chars <= max_chars):
        return members[:-1]
    return members


def _point_at_members(members: Sequence[Block]) -> Iterator[Pointer]:
    return (Pointer(block.block_index, "section", Label.RECOMMENDATION, _SECTION_SCORE) for block in members)


def find_repeats(document: Document) -> Iterator[Pointer]:
    """Point at the copies of blocks that stand twice, whole or cut off with an ellipsis.

    Of two whole copies the first stays; of a whole and a cut one the whole one does.
    """
    texts = [(block, squash_text(block.text)) for block in document.blocks]
    long = [(block, text) for block, text in texts if len(text) >= _MIN_REPEAT]
    first_copies: dict[str, int] = {}
    starts: dict[str, list[str]] = {}
    for block, text in long:
        first_copies.setdefault(text, block.block_index)
        starts.setdefault(text[:_MIN_REPEAT], []).append(text)
    for block, text in long:
        is_second = first_copies[text] != block.block_index
        if is_second or (_is_cut_off(block) and _is_start_of_another(text, starts[text[:_MIN_REPEAT]])):
            yield Pointer(block.block_index, "repeat", Label.REPEATED, _REPEAT_SCORE)


def _is_cut_off(block: Block) -> bool:
    return fold_text(block.text).rstrip("\"' )]").endswith("...")


def _is_start_of_another(text: str, others: Sequence[str]) -> bool:
    return any(len(other) > len(text) and other.startswith(text) for other in others[:_MAX_COMPARED])


def find_media_titles(document: Document) -> Iterator[Pointer]:
    """Point at a headline right above a video that could not be shown, behind the body: the video's title."""
    for block, following in pairwise(document.blocks):
        behind_body = document.body_end is not None and block.block_index > document.body_end
        is_headline = not block.label and not block.is_prose and not block.text.endswith(_NO_TITLE_END)
        if behind_body and is_headline and following.label == Label.MEDIA_PLACEHOLDER:
            yield Pointer(block.block_index, "media_title", Label.RECOMMENDATION, _MEDIA_TITLE_SCORE)


DETECTORS: Final[Sequence[Detector]] = (find_sign_lines, find_sections, find_repeats, find_media_titles)
