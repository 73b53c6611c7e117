"""Features: what the model sees of a block. Numbers only, none of them tied to a language.

Four groups: the block's own characters; what rules, structure and language say; its place in the document and the
blocks around it; the words it shares with the body.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.kernels.blocks import Dates, count_copies, find_dates
from copydesk.labels import NOISE_LABELS
from copydesk.noise.characters import CharacterCounts, Kind, count_characters, lay_out_texts, read_chunks
from copydesk.noise.evidence import Evidence
from copydesk.noise.rule_matches import Matches
from copydesk.noise.segments import Documents, find_documents
from copydesk.noise.signals import Signals
from copydesk.noise.vocabulary import SharedWords, Words, find_words, join_words, share_words

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]

_DETECTORS: Final = ("section", "repeat", "title", "above_title", "media_title")
_FAR: Final = 99
_MAX_GAP: Final = 20
_NAME_WORDS: Final = 2
_AROUND: Final = 5

_SHARES: Final[Mapping[str, Kind]] = {
    "digits": Kind.DIGIT,
    "capitals": Kind.UPPER,
    "punctuation": Kind.PUNCTUATION,
    "signs": Kind.SIGN,
}
"""Shares of the block's characters."""

_HELD: Final[Mapping[str, Kind]] = {
    "has_money": Kind.MONEY,
    "has_mark": Kind.MARK,
    "has_bar": Kind.BAR,
    "is_unspaced": Kind.UNSPACED,
}
"""1 where a character of the kind is in the block, else 0."""

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


def measure_features(signals: Signals, matches: Matches, structure: Evidence, foreign: Floats) -> Floats:
    """Return [n_blocks, len(FEATURES)] features of the blocks of whole documents, in the order of `signals`.

    `foreign` says for each block how sure it is that it is in another language than its document, 0 to 1.
    """
    documents = find_documents(signals["block_index"])
    counts, words, dates = _read_characters(signals["text"])
    columns = _describe_blocks(signals, counts, documents) | dates._asdict()
    columns |= _describe_evidence(matches, structure)
    columns |= _place_blocks(columns, signals, documents)
    columns |= {"foreign": foreign, "foreign_around": documents.average([foreign], _AROUND)[0]}
    columns |= _describe_surroundings(columns, documents)
    columns |= _describe_vocabulary(share_words(words, columns["prose"] > 0, documents))
    return np.stack([columns[name].astype(np.float32, copy=False) for name in FEATURES]).T


def _read_characters(texts: pl.Series) -> tuple[CharacterCounts, Words, Dates]:
    parts = ((count_characters(chunk), find_words(chunk), find_dates(*chunk[1:])) for chunk in read_chunks(texts))
    counts, words, dates = zip(*parts, strict=True)
    return (
        CharacterCounts(*(np.concatenate(parts, axis=-1) for parts in zip(*map(_list_fields, counts), strict=True))),
        join_words(words),
        Dates(*map(np.concatenate, zip(*dates, strict=True))),
    )


def _list_fields(counts: CharacterCounts) -> list[NDArray[Any]]:
    return [getattr(counts, name) for name in CharacterCounts.__slots__]


def _describe_blocks(signals: Signals, counts: CharacterCounts, documents: Documents) -> Columns:
    n_chars, n_words = signals["n_chars"].to_numpy().clip(1), signals["n_words"].to_numpy().clip(1)
    line, start, end = (signals[name].to_numpy() for name in ("line_index", "char_start", "char_end"))
    gap = np.where(documents.index > 0, start - documents.shift(end, 1, 0), 5)
    return (
        {name: counts.count(kind) / n_chars for name, kind in _SHARES.items()}
        | {name: counts.count(kind) > 0 for name, kind in _HELD.items()}
        | {
            "commas": counts.count(Kind.COMMA) / n_words,
            "stops": counts.count(Kind.STOP) / n_words,
            "capital_words": counts.capital_words / n_words,
            "short_words": counts.short_words / n_words,
            "log_chars": np.log(n_chars),
            "log_words": np.log(n_words),
            "word_length": n_chars / n_words,
            "has_long_word": counts.has_long_word,
            "has_address": counts.addresses > 0,
            "has_slash": counts.slashes > 0,
            "gap": gap.clip(0, _MAX_GAP),
            "list_item": signals["is_list_item"].to_numpy(),
            "prose": signals["is_prose"].to_numpy(),
            "ends": signals["ends_sentence"].to_numpy(),
            "glued_before": line == documents.shift(line, 1, -1),
            "glued_behind": line == documents.shift(line, -1, -1),
        }
        | _describe_edges(counts)
        | _find_names(signals, counts)
    )


def _describe_edges(counts: CharacterCounts) -> Columns:
    """Tell with what the block starts, and what stands behind its last word."""
    first, last = counts.first, counts.tail[0]
    is_word = counts.tail & (Kind.LETTER | Kind.DIGIT) > 0
    behind_word = np.logical_and.accumulate(~is_word, axis=0)
    closing = counts.tail & Kind.CLOSER > 0
    behind_closers = np.concatenate([np.ones_like(closing[:1]), np.logical_and.accumulate(closing, axis=0)[:-1]])
    stops = counts.tail & Kind.FULL_STOP > 0
    dots = counts.tail & Kind.DOTS > 0
    dots[:-2] |= stops[:-2] & stops[1:-1] & stops[2:]
    return {
        "ends_question": (behind_word & (counts.tail & Kind.QUESTION > 0)).any(axis=0),
        "ends_dots": (behind_word & dots).any(axis=0),
        "ends_stop": (behind_closers & stops).any(axis=0),
        "ends_comma": last & Kind.COMMA > 0,
        "ends_colon": last & Kind.COLON > 0,
        "ends_bracket": last & Kind.BRACKET > 0,
        "starts_small": first & Kind.LOWER > 0,
        "starts_digit": first & Kind.DIGIT > 0,
        "starts_quote": first & Kind.OPENER > 0,
        "starts_sign": first & (Kind.LETTER | Kind.DIGIT) == 0,
    }


def _find_names(signals: Signals, counts: CharacterCounts) -> Columns:
    """Tell blocks without small letters, and blocks that are two capitalised words, as names are."""
    upper, spaces, n_chars = counts.count(Kind.UPPER), counts.count(Kind.SPACE), signals["n_chars"].to_numpy()
    other = counts.count(Kind.DIGIT) + counts.count(Kind.PUNCTUATION) + counts.count(Kind.SIGN)
    two_words = (upper == _NAME_WORDS) & (counts.capital_words == _NAME_WORDS) & (spaces == _NAME_WORDS - 1)
    return {
        "all_capitals": (counts.lower == 0) & (upper > 1),
        "is_name": two_words & (other == 0) & (upper + spaces + counts.lower >= n_chars - 1),
    }


def _describe_evidence(matches: Matches, structure: Evidence) -> Columns:
    found = {name: np.zeros(matches.n_blocks, dtype=np.float32) for name in _EVIDENCE}
    found["rule_label"][:] = matches.number_labels()
    found["rule_noise"][matches.mark_blocks(rule.label in NOISE_LABELS for rule in matches.rules)] = 1
    found["rule_opens"][matches.mark_blocks(rule.opens_section for rule in matches.rules)] = 1
    for name in _DETECTORS:
        found[f"is_{name}"][structure.find_rows(f"structure.{name}")] = 1
    return dict(found)


def _place_blocks(known: Columns, signals: Signals, documents: Documents) -> Columns:
    """Tell the block's place among all blocks, among the prose, and behind the last heading of a list."""
    index, size = documents.index, documents.spread(documents.sizes)
    is_prose = known["prose"] & (known["rule_noise"] == 0)
    n_chars = signals["n_chars"].to_numpy()
    prose_chars = np.where(is_prose, n_chars, 0)
    total, prose_total = documents.total(n_chars), documents.total(prose_chars)
    rows = np.arange(signals.height)
    last, following = documents.find_last(is_prose), documents.find_next(is_prose)
    before = documents.shift(last, 1, -1)
    behind = documents.shift(following, -1, -1)
    opener = documents.find_last(known["rule_opens"] > 0)
    in_section = (opener >= 0) & (opener > before)
    n_prose = documents.total(known["prose"].astype(np.int64))
    return {
        "place_in_blocks": index / size,
        "place_in_chars": documents.accumulate(n_chars) / total,
        "place_in_prose": documents.accumulate(prose_chars) / (prose_total + 1),
        "prose_share": prose_total / total,
        "prose_before": _measure_distance(rows - before, before >= 0),
        "prose_behind": _measure_distance(behind - rows, behind >= 0),
        "body_start": _measure_from(rows, documents.spread(following[documents.starts]), -_FAR),
        "body_end": _measure_from(rows, documents.spread(last[documents.starts + documents.sizes - 1]), _FAR),
        "section_start": _measure_distance(rows - opener, in_section),
        "any_section_start": _measure_distance(rows - opener, opener >= 0),
        "log_blocks": np.log(size),
        "log_total": np.log(total),
        "mean_prose": np.log1p(prose_total / (n_prose + 1)),
        "mean_log_chars": documents.total(known["log_chars"]) / size,
        "max_log_chars": documents.greatest(known["log_chars"]),
        "rule_share": documents.total(known["rule_noise"]) / size,
        "lines_per_block": documents.greatest(signals["line_index"].to_numpy()) / size,
        "copies": count_copies(*lay_out_texts(signals["text"]), documents.start),
    }


def _measure_distance(blocks: NDArray[np.int64], is_known: Bools) -> NDArray[np.int64]:
    return np.where(is_known, blocks.clip(0, _FAR), _FAR)


def _measure_from(rows: NDArray[np.int64], place: NDArray[np.int64], unknown: int) -> NDArray[np.int64]:
    return np.where(place >= 0, (rows - place).clip(-_FAR, _FAR), unknown)


def _describe_surroundings(known: Columns, documents: Documents) -> Columns:
    as_numbers = {name: known[name].astype(np.float32) for name in dict.fromkeys((*_SHIFTED, *_AVERAGED))}
    shifted = {
        f"{name}_{by:+d}": documents.shift(as_numbers[name], by, -1) for name, steps in _SHIFTED.items() for by in steps
    }
    averaged = {
        f"{name}_mean_{window}": average
        for window in _WINDOWS
        for name, average in zip(
            _AVERAGED, documents.average([as_numbers[name] for name in _AVERAGED], window), strict=True
        )
    }
    return shifted | averaged


def _describe_vocabulary(shared: SharedWords) -> Columns:
    return dict(zip(_VOCABULARY, shared, strict=True))


_EVIDENCE: Final = ("rule_label", "rule_noise", "rule_opens", *(f"is_{name}" for name in _DETECTORS))
_VOCABULARY: Final = ("words_in_prose", "words_often_in_prose", "words_elsewhere", "n_long_words")

FEATURES: Final = (
    *_SHARES,
    *("commas", "stops", "capital_words", "short_words"),
    *("ends_question", "ends_colon", "ends_dots", "ends_comma", "ends_stop", "ends_bracket"),
    *("starts_small", "starts_digit", "starts_quote", "starts_sign"),
    *("has_address", *Dates._fields, *_HELD, "has_slash", "has_long_word", "is_name"),
    *("log_chars", "log_words", "word_length", "all_capitals", "gap", "list_item", "prose", "ends"),
    *("glued_before", "glued_behind"),
    *_EVIDENCE,
    *("foreign", "foreign_around"),
    *("place_in_blocks", "place_in_chars", "place_in_prose", "prose_share", "prose_before", "prose_behind"),
    *("body_start", "body_end", "section_start", "any_section_start"),
    *("log_blocks", "log_total", "mean_prose", "mean_log_chars", "max_log_chars", "rule_share"),
    *("lines_per_block", "copies"),
    *(f"{name}_{by:+d}" for name, steps in _SHIFTED.items() for by in steps),
    *(f"{name}_mean_{window}" for name in _AVERAGED for window in _WINDOWS),
    *_VOCABULARY,
)
