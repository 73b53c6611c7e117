"""What a block's place in its document says of it: sections, repeats, titles of videos; and the title.

The detectors look at all documents at once, in columns; only the few blocks that may repeat each other are read one by
one.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.labels import ROLE_OF, Label
from copydesk.noise.rule_matches import Bodies, Matches
from copydesk.noise.signals import Signals
from copydesk.noise.title import point_at_titles
from copydesk.schemas import EVIDENCE, Evidence
from copydesk.text.fold import fold_text, squash_text
from copydesk.trees import TreeEnsemble

Rows = NDArray[np.int64]


class Detector(NamedTuple):
    """A detector, with the label and the score of what it points at.

    Attributes:
        find_rows: takes the blocks of whole documents, returns the rows it points at. Beside the columns of signals the
            blocks have `first`, the row where their document starts; `rule_label`, what a rule says they are, or null;
            `opens_section`, which says that they head a list; and `body_start` and `body_end`, the first and last
            block of the document's body, or null.
        score: how many of the blocks it points at are noise, see `benchmarks.calibration`. Not so for repeats: to the
            gold texts both copies are content, so theirs is set by hand.
    """

    name: str
    label: Label
    score: float
    find_rows: Callable[[pl.DataFrame], Rows]


_MIN_REPEAT: Final = 40
# Bounds the work on pages of many lines that start alike.
_MAX_COMPARED: Final = 50
# Of so many characters that a block starts with, so many letters and digits are compared first.
_START_CHARS: Final = 24
_START_LETTERS: Final = 8
_SUBHEADING_CHARS: Final = 60
_FULL_STOP: Final = r"""[^.][.。][\"'”»“)]*$"""
_NO_TITLE_END: Final = (".", ":", ";", ",")


def point_by_structure(signals: Signals, matches: Matches, bodies: Bodies, titles: TreeEnsemble) -> Evidence:
    """Return the evidence of every detector of this module and, by the trees in `titles`, of the title."""
    blocks = _describe_blocks(signals, matches, bodies)
    found = [(detector, detector.find_rows(blocks)) for detector in DETECTORS]
    return EVIDENCE.check(pl.concat([_report_rows(signals, found), point_at_titles(signals, matches, bodies, titles)]))


def _describe_blocks(signals: Signals, matches: Matches, bodies: Bodies) -> pl.DataFrame:
    rules = matches.group_by("document_id", "block_index").agg(
        pl.col("label").first().alias("rule_label"), pl.col("opens_section").any()
    )
    row, is_first = pl.int_range(pl.len()), pl.col("document_id") != pl.col("document_id").shift()
    joined = signals.join(rules, on=["document_id", "block_index"], how="left", maintain_order="left").join(
        bodies, on="document_id", how="left", maintain_order="left"
    )
    return joined.with_columns(
        pl.col("opens_section").fill_null(value=False), first=pl.when(is_first).then(row).forward_fill().fill_null(0)
    )


def _report_rows(signals: Signals, found: Sequence[tuple[Detector, Rows]]) -> Evidence:
    pointed = signals.select("document_id", "block_index")[np.concatenate([rows for _, rows in found])]
    detectors = [detector for detector, rows in found for _ in rows]
    return EVIDENCE.check(
        pointed.with_columns(
            pl.Series("detector", [detector.name for detector in detectors], dtype=pl.String),
            pl.Series("role", [ROLE_OF[detector.label].value for detector in detectors], dtype=pl.String),
            pl.Series("label", [detector.label.value for detector in detectors], dtype=pl.String),
            pl.Series("reason", [f"structure.{detector.name}" for detector in detectors], dtype=pl.String),
            pl.Series("score", [detector.score for detector in detectors], dtype=pl.Float64),
            certain=pl.lit(value=False),
        )
    )


def _list_rows(blocks: pl.DataFrame, holds: pl.Expr) -> Rows:
    rows: Rows = np.flatnonzero(blocks.select(holds.fill_null(value=False)).to_series().to_numpy())
    return rows


def find_sign_lines(blocks: pl.DataFrame) -> Rows:
    """Find blocks without a letter or digit: separators, bullets and buttons of the page."""
    return _list_rows(blocks, ~pl.col("text").str.contains(r"[\p{L}\p{N}]"))


def find_sections(blocks: pl.DataFrame) -> Rows:
    """Find the headlines under a heading such as "Trending", up to the next prose.

    What ends with a full stop is no headline. The last line above that prose heads it, if it is no list item: what is
    short stays, and above the body any line.
    """
    opens = blocks["opens_section"].to_numpy()
    if not opens.any():
        return np.zeros(0, dtype=np.int64)
    closes = ~opens & (blocks["is_prose"] & ~blocks["is_list_item"]).to_numpy()
    rows = np.arange(len(opens))
    opener = np.maximum.accumulate(np.where(opens, rows, -1))
    closer = np.maximum.accumulate(np.where(closes, rows, -1))
    is_inside = (opener > closer) & (opener >= blocks["first"].to_numpy())
    ends_open = ~blocks["text"].str.contains(_FULL_STOP).to_numpy()
    members = np.flatnonzero(is_inside & ~opens & ends_open & blocks["rule_label"].is_null().to_numpy())
    ends = np.flatnonzero(closes)
    ends = ends[np.insert(is_inside, 0, False)[ends] & (blocks["first"].to_numpy()[ends] < ends)]
    return members[~np.isin(members, _find_headlines(blocks, members, opener, ends))]


def _find_headlines(blocks: pl.DataFrame, members: Rows, opener: Rows, ends: Rows) -> Rows:
    """Return the members of sections that head the prose in the rows of `ends`, right behind the section."""
    places = np.searchsorted(members, ends) - 1
    last = members[np.clip(places, 0, None)] if len(members) else np.zeros(len(ends), dtype=np.int64)
    has_members = (places >= 0) & (last > opener[ends])
    above_body = (blocks["block_index"] == blocks["body_start"]).fill_null(value=False).to_numpy()[ends]
    is_short = blocks["n_chars"].to_numpy()[last] <= _SUBHEADING_CHARS
    is_headline = has_members & (above_body | is_short) & ~blocks["is_list_item"].to_numpy()[last]
    headlines: Rows = last[is_headline]
    return headlines


def find_repeats(blocks: pl.DataFrame) -> Rows:
    """Find the copies of blocks that stand twice, whole or cut off with an ellipsis.

    Of two whole copies the first stays; of a whole and a cut one the whole one does.
    """
    first_copies: dict[tuple[int, str], int] = {}
    starts: dict[tuple[int, str], list[str]] = {}
    long = [
        (row, first, text, squashed)
        for row, first, text in _list_alike(blocks).iter_rows()
        if len(squashed := squash_text(text)) >= _MIN_REPEAT
    ]
    for row, first, _, squashed in long:
        first_copies.setdefault((first, squashed), row)
        starts.setdefault((first, squashed[:_MIN_REPEAT]), []).append(squashed)
    found = [
        row
        for row, first, text, squashed in long
        if first_copies[first, squashed] != row
        or (_is_cut_off(text) and _is_start_of_another(squashed, starts[first, squashed[:_MIN_REPEAT]]))
    ]
    return np.array(found, dtype=np.int64)


def _list_alike(blocks: pl.DataFrame) -> pl.DataFrame:
    """Return row, first row of the document and text of the blocks that start as another of their document does."""
    # Folding case may double a text's length, as with ß.
    is_long = pl.col("n_chars") >= _MIN_REPEAT // 2
    long = blocks.select(row=pl.int_range(pl.len()), first="first", text="text", long=is_long).filter("long")
    head = pl.col("text").str.head(_START_CHARS)
    start = long.select(start=head.str.replace_all(r"[^\p{L}\p{N}]+", "").str.to_uppercase().str.head(_START_LETTERS))
    is_known = start.to_series().str.len_chars() >= _START_LETTERS
    if not is_known.all():
        unknown = [squash_text(text).upper()[:_START_LETTERS] for text in long["text"].filter(~is_known)]
        rows = np.flatnonzero(~is_known.to_numpy())
        start = start.with_columns(start.to_series().scatter(rows, unknown))
    return long.filter(start.select(pl.struct(long["first"], "start").is_duplicated()).to_series()).drop("long")


def _is_cut_off(text: str) -> bool:
    return fold_text(text).rstrip("\"' )]").endswith("...")


def _is_start_of_another(text: str, others: Sequence[str]) -> bool:
    return any(len(other) > len(text) and other.startswith(text) for other in others[:_MAX_COMPARED])


def find_media_titles(blocks: pl.DataFrame) -> Rows:
    """Find a headline right above a video that could not be shown, behind the body: the video's title."""
    is_media = blocks["rule_label"] == Label.MEDIA_PLACEHOLDER
    if not is_media.any():
        return np.zeros(0, dtype=np.int64)
    above_media = pl.lit(is_media).shift(-1) & (pl.col("first").shift(-1) == pl.col("first"))
    is_headline = (
        ~pl.col("is_prose") & ~pl.col("text").str.tail(1).is_in(_NO_TITLE_END) & pl.col("rule_label").is_null()
    )
    return _list_rows(blocks, above_media & is_headline & (pl.col("block_index") > pl.col("body_end")))


DETECTORS: Final = (
    Detector("signs_only", Label.NAVIGATION, 1.0, find_sign_lines),
    Detector("section", Label.RECOMMENDATION, 0.97, find_sections),
    Detector("repeat", Label.REPEATED, 0.95, find_repeats),
    Detector("media_title", Label.RECOMMENDATION, 0.7, find_media_titles),
)
