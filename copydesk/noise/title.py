"""Which block is the title of its document, and which short lines stand above it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import polars as pl

from copydesk.labels import ROLE_OF, Label
from copydesk.noise.rule_matches import Bodies, Matches
from copydesk.noise.signals import Signals
from copydesk.schemas import EVIDENCE, Evidence


class Block(NamedTuple):
    """A block above or in the body, as far as the search for a title needs it; `label` is what a rule says it is."""

    block_index: int
    text: str
    n_chars: int
    n_words: int
    ends_sentence: bool
    is_list_item: bool
    label: str | None


# How sure the detector is next to the others; set by hand, not measured.
_TITLE_SCORE: Final = 0.8
_ABOVE_TITLE_SCORE: Final = 0.7

_TITLE_CHARS: Final = range(8, 221)
_TITLE_WORDS: Final = range(4, 26)
_STOPS: Final = re.compile(r"[.!?][\"'”»)]*\s")
# Not \w, which ends at the vowel signs of Indic scripts.
_WORDS: Final = re.compile(r"[^\s.,:;!?…|()\[\]\"'«»“”„‘’]+")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_LONG_WORD: Final = 4
_RUN: Final = 3
_KICKER_WORDS: Final = 5
_NO_TITLE_END: Final = (".", ":", ";", ",")


def point_at_titles(signals: Signals, matches: Matches, bodies: Bodies) -> Evidence:
    """Point at each document's title, the first headline above the body that shares a word with it.

    Short lines above the title are pointed at too, as navigation.
    """
    rows: list[tuple[object, ...]] = []
    starts = dict(bodies.select("document_id", "body_start").iter_rows())
    for document_id, blocks in _read_documents(signals.join(bodies, on="document_id", how="semi"), matches):
        title = _choose_title(blocks, starts[document_id])
        if title is None:
            continue
        rows.append(_point(document_id, title, "title", Label.TITLE, _TITLE_SCORE))
        rows += [
            _point(document_id, block, "above_title", Label.NAVIGATION, _ABOVE_TITLE_SCORE)
            for block in blocks[: title.block_index]
            if not block.label and block.n_words <= _KICKER_WORDS and not block.ends_sentence
        ]
    return EVIDENCE.check(pl.DataFrame(rows, schema=dict(EVIDENCE.columns), orient="row"))


def _read_documents(signals: pl.DataFrame, matches: Matches) -> Iterator[tuple[str, Sequence[Block]]]:
    labels = matches.group_by("document_id", "block_index").agg(pl.col("label").first())
    joined = signals.join(labels, on=["document_id", "block_index"], how="left", maintain_order="left")
    for (document_id,), rows in joined.group_by("document_id", maintain_order=True):
        yield str(document_id), [Block(*row) for row in rows.select(Block._fields).iter_rows()]


def _point(document_id: str, block: Block, detector: str, label: Label, score: float) -> tuple[object, ...]:
    reason = f"structure.{detector}"
    return (document_id, block.block_index, detector, False, ROLE_OF[label].value, label.value, reason, score)


def _choose_title(blocks: Sequence[Block], body_start: int) -> Block | None:
    candidates = [block for block in blocks[:body_start] if _may_be_title(block)]
    body = " ".join(block.text for block in blocks[body_start:]).casefold()
    return next((block for block in candidates if _shares_word(block.text.casefold(), body)), None)


def _may_be_title(block: Block) -> bool:
    has_size = block.n_chars in _TITLE_CHARS and block.n_words in _TITLE_WORDS
    is_one_sentence = len(_STOPS.findall(block.text)) <= 1 and not block.text.endswith(_NO_TITLE_END)
    return has_size and is_one_sentence and not block.is_list_item and not block.label


def _shares_word(text: str, body: str) -> bool:
    """Tell whether a long word of `text` stands in `body`; scripts without spaces share a run of characters."""
    words = _WORDS.findall(text)
    runs = (word[i : i + _RUN] for word in words if _UNSPACED.match(word) for i in range(len(word) - _RUN + 1))
    return any(len(word) >= _LONG_WORD and word in body for word in words) or any(run in body for run in runs)
