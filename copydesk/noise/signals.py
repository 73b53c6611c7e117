"""Signals: what can be measured of a block without knowing any language."""

from typing import Annotated, Final

import polars as pl

from copydesk.schemas import BLOCKS, Blocks, Contract

SIGNALS: Final = Contract(
    "signals",
    dict(BLOCKS.columns)
    | dict.fromkeys(("n_chars", "n_words"), pl.Int64())
    | dict.fromkeys(("ends_sentence", "is_list_item", "is_prose"), pl.Boolean()),
    BLOCKS.key,
)
Signals = Annotated[pl.DataFrame, SIGNALS]

_SENTENCE_END: Final = r"""[.!?…。！？｡؟।۔]\s?["”»“«„’'」』)\]]*$"""
_QUESTION_END: Final = r"[?!？！؟]\W*$"
_LIST_MARK: Final = r"^(?:[-*•·・▪►●○▸–—]|\(?\d{1,3}[.)])\s"
_UNSPACED_SCRIPT: Final = r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]"
_UNSPACED_CHARS_PER_WORD: Final = 2

_PROSE_WORDS: Final = 12
# Headlines end in a question or exclamation mark, but hardly ever in a full stop.
_PROSE_QUESTION_WORDS: Final = 25
_LONG_PROSE_WORDS: Final = 40


def measure_blocks(blocks: Blocks) -> Signals:
    """Measure each block.

    `n_words` counts words between spaces, or two characters as a word where a script sets no spaces. `is_prose` is a
    sentence or more: at least a dozen words that end as sentences do, or a block so long that no menu has its like.
    """
    text = pl.col("text")
    unspaced = text.str.count_matches(_UNSPACED_SCRIPT).cast(pl.Int64)
    # All at once: each query costs a tenth of a millisecond, which shows where texts come one by one.
    measured = blocks.with_columns(
        n_chars=text.str.len_chars().cast(pl.Int64),
        n_words=text.str.count_matches(r"[\p{L}\p{N}]\S*").cast(pl.Int64) + unspaced // _UNSPACED_CHARS_PER_WORD,
        ends_sentence=text.str.contains(_SENTENCE_END),
        is_list_item=text.str.contains(_LIST_MARK),
        is_prose=pl.when(text.str.contains(_QUESTION_END)).then(_PROSE_QUESTION_WORDS).otherwise(_PROSE_WORDS),
    )
    enough, n_words = measured["is_prose"], measured["n_words"]
    is_prose = measured["ends_sentence"] & (n_words >= enough) | (n_words >= _LONG_PROSE_WORDS)
    return SIGNALS.check(measured.with_columns(is_prose.alias("is_prose")))
