"""Which rules match which block, and which of those matches hold where the block stands."""

from typing import Annotated, Final

import polars as pl

from copydesk.labels import ROLE_OF, Label
from copydesk.noise.rules import RuleBook
from copydesk.noise.signals import Signals
from copydesk.schemas import EVIDENCE, Contract, Evidence
from copydesk.text.fold import fold_texts

MATCHES: Final = Contract(
    "matches",
    {
        "document_id": pl.String(),
        "block_index": pl.Int64(),
        "rule": pl.String(),
        "label": pl.String(),
        "role": pl.String(),
        "place": pl.String(),
        "opens_section": pl.Boolean(),
        "is_one_word": pl.Boolean(),
    },
    (),
)
_HEADING_LIKE: Final = (Label.RECOMMENDATION, Label.COMMENTS, Label.NAVIGATION, Label.TIMESTAMP)
Matches = Annotated[pl.DataFrame, MATCHES]

BODIES: Final = Contract(
    "bodies", {"document_id": pl.String(), "body_start": pl.Int64(), "body_end": pl.Int64()}, ("document_id",)
)
Bodies = Annotated[pl.DataFrame, BODIES]
"""First and last block of each document's body; documents without prose have none."""


def match_rules(signals: Signals, book: RuleBook) -> Matches:
    """Return every rule that matches a block, wherever the block stands. Equal texts are looked at once."""
    short = signals.filter(pl.col("n_chars") <= book.longest_block)
    texts = short["text"].unique(maintain_order=True)
    found = list(book.match_folded(fold_texts(texts).to_list()))
    rules = [rule for _, rule in found]
    matched = (
        texts[pl.Series([i for i, _ in found], dtype=pl.UInt32)]
        .to_frame()
        .with_columns(
            pl.Series("rule", [rule.id for rule in rules], dtype=pl.String),
            pl.Series("label", [rule.label.value for rule in rules], dtype=pl.String),
            pl.Series("role", [ROLE_OF[rule.label].value for rule in rules], dtype=pl.String),
            pl.Series("place", [rule.place for rule in rules], dtype=pl.String),
            pl.Series("opens_section", [rule.opens_section for rule in rules], dtype=pl.Boolean),
        )
    )
    blocks = short.select("document_id", "block_index", "text", is_one_word=pl.col("n_words") == 1)
    return MATCHES.check(blocks.join(matched, on="text", maintain_order="left_right"))


def find_bodies(signals: Signals, matches: Matches) -> Bodies:
    """Return where each document's body starts and ends: its first and last prose that no rule speaks against."""
    certain = matches.filter(pl.col("place") == "anywhere")
    prose = signals.filter(pl.col("is_prose")).join(certain, on=["document_id", "block_index"], how="anti")
    bodies = prose.group_by("document_id").agg(
        body_start=pl.col("block_index").min(), body_end=pl.col("block_index").max()
    )
    return BODIES.check(bodies)


def place_matches(matches: Matches, bodies: Bodies) -> Matches:
    """Return the matches whose rule holds where the block stands, seen from the body.

    Inside the body a single word such as "Recommendations" or "Comments" may well be a subheading.
    """
    index, start, end = pl.col("block_index"), pl.col("body_start"), pl.col("body_end")
    before, after, place = index < start, index > end, pl.col("place")
    holds = (
        (place == "anywhere")
        | ((place == "before_body") & before)
        | ((place == "after_body") & after)
        | ((place == "outside_body") & (before | after))
    )
    inside = (~before & ~after).fill_null(value=False)
    may_be_heading = pl.col("is_one_word") & pl.col("label").is_in(_HEADING_LIKE) & inside
    placed = matches.join(bodies, on="document_id", how="left", maintain_order="left")
    return MATCHES.check(placed.filter((holds & ~may_be_heading).fill_null(value=False)))


def report_matches(matches: Matches) -> Evidence:
    """Return the matches as evidence; a rule is certain of what it says."""
    return EVIDENCE.check(
        matches.with_columns(detector=pl.lit("rule"), certain=pl.lit(value=True), reason="rule", score=pl.lit(1.0))
    )
