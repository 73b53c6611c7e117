"""Features: what the model sees of a block. Numbers only, none of them tied to a language.

Four groups: the block's own characters; what rules and structure say; its place in the document and the blocks around
it; the words it shares with the body.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from copydesk.labels import METADATA_LABELS, NOISE_LABELS, Role
from copydesk.noise.rule_matches import Matches
from copydesk.noise.signals import Signals
from copydesk.schemas import Evidence

_KEY: Final = ["document_id", "block_index"]
_LABEL_NUMBERS: Final = {label.value: i for i, label in enumerate((*NOISE_LABELS, *METADATA_LABELS), 1)}
_DETECTORS: Final = ("section", "repeat", "title", "above_title", "media_title")
_FAR: Final = 99

_COUNTED: Final[Mapping[str, str]] = {
    "digits": r"\d",
    "capitals": r"\p{Lu}",
    "punctuation": r"[.,;:!?]",
    "signs": r"[|•»›>/\\*_=<→▼▾+&@#]",
}
"""Shares of the block's characters."""

_COUNTED_BY_WORD: Final[Mapping[str, str]] = {
    "commas": r"[,;،、，]\s?",
    "stops": r"[.!?。！？۔।]",
    "capital_words": r"(?:^|\s)\p{Lu}",
    "short_words": r"\s\p{Ll}{1,3}\s",
}
"""Counts per word."""

_FOUND: Final[Mapping[str, str]] = {
    "ends_question": r"[?？؟]\W*$",
    "ends_colon": r":\s*$",
    "ends_dots": r"(?:…|\.\.\.)\W*$",
    "ends_comma": r",$",
    "ends_stop": r"""[.。।]['"”»“)]*$""",
    "ends_bracket": r"\)$",
    "starts_small": r"^\p{Ll}",
    "starts_digit": r"^\d",
    "starts_quote": r"""^["“„«»‘'”]""",
    "starts_sign": r"^[^\p{L}\p{N}]",
    "has_address": r"https?:|www\.|@",
    "has_year": r"(?:19|20)\d\d",
    "has_clock": r"\d{1,2}[:h]\d\d",
    "has_money": r"[$€£¥%]",
    "has_date": (
        r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.? \p{L}{3,10}\.?,? (?:19|20)\d\d"
        r"|\p{L}{3,9} \d{1,2}, (?:19|20)\d\d"
    ),
    "has_mark": r"©|\(c\)|®|™",
    "has_bar": r"\|",
    "has_slash": r" / ",
    "is_name": r"^\p{Lu}[\p{Ll}'’-]+ \p{Lu}[\p{Ll}'’-]+$",
    "is_unspaced": r"[\u3040-\u30ff\u3400-\u9fff]",
    "has_long_word": r"\S{25,}",
}
"""1 where the pattern is found, else 0."""

_SHIFTED: Final[Mapping[str, tuple[int, ...]]] = {
    "log_chars": (-3, -2, -1, 1, 2, 3),
    "prose": (-3, -2, -1, 1, 2, 3),
    "ends": (-2, -1, 1, 2),
    "capital_words": (-2, -1, 1, 2),
    "rule_noise": (-2, -1, 1, 2),
    "rule_label": (-1, 1),
    "commas": (-1, 1),
    "list_item": (-1, 1),
    "gap": (-1, 1),
}
_AVERAGED: Final = ("log_chars", "prose", "ends", "rule_noise", "capital_words")
_WINDOWS: Final = (5, 11, 25)


def measure_features(signals: Signals, matches: Matches, structure: Evidence) -> pl.DataFrame:
    """Return one row of Float32 features for each block, in the order of `signals`; `FEATURES` names the columns."""
    described = _add_evidence(_describe_blocks(signals), matches, structure)
    placed = _add_surroundings(_place_blocks(described))
    return _add_vocabulary(placed).select(pl.col(FEATURES).cast(pl.Float32))


def _describe_blocks(signals: Signals) -> pl.DataFrame:
    text, n_chars, n_words = pl.col("text"), pl.col("n_chars").clip(1), pl.col("n_words").clip(1)
    line, end = pl.col("line_index"), pl.col("char_end").shift(1).over("document_id")
    return signals.with_columns(
        *(_as_number(text.str.count_matches(pattern) / n_chars, name) for name, pattern in _COUNTED.items()),
        *(_as_number(text.str.count_matches(pattern) / n_words, name) for name, pattern in _COUNTED_BY_WORD.items()),
        *(_as_number(text.str.contains(pattern), name) for name, pattern in _FOUND.items()),
        _as_number(n_chars.log(), "log_chars"),
        _as_number(n_words.log(), "log_words"),
        _as_number(n_chars / n_words, "word_length"),
        _as_number(~text.str.contains(r"\p{Ll}") & text.str.contains(r"\p{Lu}{2}"), "all_capitals"),
        _as_number((pl.col("char_start") - end).fill_null(5).clip(0, 20), "gap"),
        _as_number(pl.col("is_list_item"), "list_item"),
        _as_number(pl.col("is_prose"), "prose"),
        _as_number(pl.col("ends_sentence"), "ends"),
        _as_number((line == line.shift(1).over("document_id")).fill_null(value=False), "glued_before"),
        _as_number((line == line.shift(-1).over("document_id")).fill_null(value=False), "glued_behind"),
    )


def _as_number(value: pl.Expr, name: str) -> pl.Expr:
    return value.cast(pl.Float32).alias(name)


def _add_evidence(blocks: pl.DataFrame, matches: Matches, structure: Evidence) -> pl.DataFrame:
    rules = matches.group_by(_KEY).agg(
        rule_label=pl.col("label").first().replace_strict(_LABEL_NUMBERS, default=0, return_dtype=pl.Float32),
        rule_noise=(pl.col("role") == Role.NOISE).any().cast(pl.Float32),
        rule_opens=pl.col("opens_section").any().cast(pl.Float32),
    )
    pointed = structure.group_by(_KEY).agg(
        *((pl.col("detector") == name).any().cast(pl.Float32).alias(f"is_{name}") for name in _DETECTORS)
    )
    joined = blocks.join(rules, on=_KEY, how="left", maintain_order="left").join(
        pointed, on=_KEY, how="left", maintain_order="left"
    )
    return joined.with_columns(pl.col("^(rule_.*|is_section|is_repeat|is_title|is_.*_title)$").fill_null(0))


def _place_blocks(blocks: pl.DataFrame) -> pl.DataFrame:
    """Add the block's place among all blocks, among the prose, and behind the last heading of a list."""
    index, document = pl.col("_index"), "document_id"
    is_prose = (pl.col("prose") > 0) & (pl.col("rule_noise") == 0)
    numbered = blocks.with_columns(
        _index=pl.int_range(pl.len()).over(document).cast(pl.Float32),
        _chars=pl.col("n_chars").cast(pl.Float32),
        _prose_chars=pl.when(is_prose).then(pl.col("n_chars")).otherwise(0).cast(pl.Float32),
    )
    prose_index = pl.when(is_prose).then(index)
    known = numbered.with_columns(
        _blocks=pl.len().over(document).cast(pl.Float32),
        _total=pl.col("_chars").sum().over(document),
        _prose_total=pl.col("_prose_chars").sum().over(document),
        _first=prose_index.min().over(document),
        _last=prose_index.max().over(document),
        _before=prose_index.forward_fill().shift(1).over(document),
        _behind=prose_index.backward_fill().shift(-1).over(document),
        _opener=pl.when(pl.col("rule_opens") > 0).then(index).forward_fill().over(document),
    )
    in_section = pl.col("_before").is_null() | (pl.col("_opener") > pl.col("_before"))
    return known.with_columns(
        place_in_blocks=index / pl.col("_blocks"),
        place_in_chars=pl.col("_chars").cum_sum().over(document) / pl.col("_total"),
        place_in_prose=pl.col("_prose_chars").cum_sum().over(document) / (pl.col("_prose_total") + 1),
        prose_share=pl.col("_prose_total") / pl.col("_total"),
        prose_before=_measure_distance(index - pl.col("_before")),
        prose_behind=_measure_distance(pl.col("_behind") - index),
        body_start=(index - pl.col("_first")).fill_null(-_FAR).clip(-_FAR, _FAR),
        body_end=(index - pl.col("_last")).fill_null(_FAR).clip(-_FAR, _FAR),
        section_start=_measure_distance(pl.when(in_section).then(index - pl.col("_opener"))),
        any_section_start=_measure_distance(index - pl.col("_opener")),
        log_blocks=pl.col("_blocks").log(),
        log_total=pl.col("_total").log(),
        mean_prose=(pl.col("_prose_total") / (pl.col("prose").sum().over(document) + 1)).log1p(),
        median_log_chars=pl.col("log_chars").median().over(document),
        max_log_chars=pl.col("log_chars").max().over(document),
        rule_share=pl.col("rule_noise").mean().over(document),
        lines_per_block=pl.col("line_index").max().over(document) / pl.col("_blocks"),
        copies=pl.len().over(document, "text"),
    )


def _measure_distance(blocks: pl.Expr) -> pl.Expr:
    return blocks.fill_null(_FAR).clip(0, _FAR)


def _add_surroundings(blocks: pl.DataFrame) -> pl.DataFrame:
    shifted = [
        pl.col(name).shift(by).over("document_id").fill_null(-1).alias(f"{name}_{by:+d}")
        for name, steps in _SHIFTED.items()
        for by in steps
    ]
    averaged = [
        pl.col(name).rolling_mean(window, min_samples=1, center=True).over("document_id").alias(f"{name}_mean_{window}")
        for name in _AVERAGED
        for window in _WINDOWS
    ]
    return blocks.with_columns(*shifted, *averaged)


def _add_vocabulary(blocks: pl.DataFrame) -> pl.DataFrame:
    """Add the share of a block's long words that stand elsewhere in the document, and in its prose."""
    long_words = pl.col("text").str.to_lowercase().str.extract_all(r"\p{L}{5,}|[\u3040-\u30ff\u3400-\u9fff]{2}")
    words = blocks.select(*_KEY, "prose", word=long_words.list.unique()).explode("word").drop_nulls()
    in_prose = pl.col("prose").sum().over("document_id", "word") - pl.col("prose")
    elsewhere = words.with_columns(_prose=in_prose, _any=pl.len().over("document_id", "word") - 1)
    shares = elsewhere.group_by(_KEY).agg(
        words_in_prose=(pl.col("_prose") > 0).mean(),
        words_often_in_prose=(pl.col("_prose") > 2).mean(),  # noqa: PLR2004
        words_elsewhere=(pl.col("_any") > 0).mean(),
        n_long_words=pl.len(),
    )
    joined = blocks.join(shares, on=_KEY, how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("words_in_prose", "words_often_in_prose", "words_elsewhere", "n_long_words").fill_null(-1)
    )


FEATURES: Final = (
    *_COUNTED,
    *_COUNTED_BY_WORD,
    *_FOUND,
    "log_chars",
    "log_words",
    "word_length",
    "all_capitals",
    "gap",
    "list_item",
    "prose",
    "ends",
    "glued_before",
    "glued_behind",
    "rule_label",
    "rule_noise",
    "rule_opens",
    *(f"is_{name}" for name in _DETECTORS),
    "place_in_blocks",
    "place_in_chars",
    "place_in_prose",
    "prose_share",
    "prose_before",
    "prose_behind",
    "body_start",
    "body_end",
    "section_start",
    "any_section_start",
    "log_blocks",
    "log_total",
    "mean_prose",
    "median_log_chars",
    "max_log_chars",
    "rule_share",
    "lines_per_block",
    "copies",
    *(f"{name}_{by:+d}" for name, steps in _SHIFTED.items() for by in steps),
    *(f"{name}_mean_{window}" for name in _AVERAGED for window in _WINDOWS),
    "words_in_prose",
    "words_often_in_prose",
    "words_elsewhere",
    "n_long_words",
)
