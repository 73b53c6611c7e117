"""Training samples: the corpus cut into blocks, each with the share of it that is content.

The corpus (its README says more): `pages_dev.jsonl.zst`, web pages in several plain-text renderings with the text of
their article; `residual_dev.jsonl.zst`, extracted articles with labelled left-over noise.
"""

import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import zstandard
from numpy.typing import NDArray
from tldextract import TLDExtract

from copydesk.cleaning import make_frame
from copydesk.labels import Role
from copydesk.language import detect_languages, find_foreign_blocks
from copydesk.noise.context import weigh_blocks
from copydesk.noise.features import measure_features
from copydesk.noise.rule_matches import Bodies, Matches, find_bodies, match_rules, place_matches
from copydesk.noise.rules import load_rule_book
from copydesk.noise.segments import find_documents
from copydesk.noise.signals import Signals, measure_blocks
from copydesk.noise.structure import point_by_structure
from copydesk.schemas import Texts
from copydesk.settings import LanguageSettings
from copydesk.text.cut import CuttingTrees, cut_blocks
from copydesk.trees import TreeEnsemble
from training.bank import read_bank
from training.folds import find_fold
from training.reword import reword_record, surround_text

FULL_PAGE_RENDERERS: Final = ("inscriptis", "resiliparse", "bs4_nl", "bs4_glue")
_WORD: Final = re.compile(r"\w+")
_SHINGLE: Final = 4
_RESIDUAL_WEIGHT: Final = 3.0
# How many records are made from each labelled extract, and from each page of a source.
_REWORDED: Final = 6
_SURROUNDED: Final = {"wcxb": 1, "fundus": 3}
_BATCH: Final = 500

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Samples:
    """Blocks with features and answers, one row a block.

    Attributes:
        signals: the blocks.
        features: [n_blocks, len(FEATURES)], from `measure_features`.
        share: how much of the block is content, 0 to 1; NaN where it is metadata and does not count.
        label: the noise label where the corpus states one, else "".
        weight: how much the block counts in training.
        fold: the fold of the block's site; all pages of a site share one.
        is_page: the block's document is a full page.
        is_extract: the block's document is a labelled extract.
        is_taught: the block's page has no gold text; a snippet of the corpus answers some of its blocks (share 0 or 1).
        is_made: the block's document was made from another, with furniture of the bank.
    """

    signals: pl.DataFrame
    features: NDArray[np.float32]
    share: NDArray[np.float64]
    label: NDArray[np.str_]
    weight: NDArray[np.float64]
    fold: NDArray[np.int64]
    is_page: NDArray[np.bool_]
    is_extract: NDArray[np.bool_]
    is_taught: NDArray[np.bool_]
    is_made: NDArray[np.bool_]


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a zstd-compressed JSON-lines file."""
    with path.open("rb") as raw:
        stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(raw, read_across_frames=True)
        yield from map(json.loads, io.TextIOWrapper(stream, encoding="utf-8", newline="\n"))


def read_samples(corpus: Path, cutting: Sequence[CuttingTrees], titles: Sequence[TreeEnsemble]) -> Samples:
    """Read both development sets, cut them and measure every block.

    Each text is cut, and its title found by the trees of its fold, which were fitted on the
    other sites: what the labeller learns from should be as good and as bad as what it will see.
    """
    sites = {record["id"]: find_site(record["url"]) for record in read_records(corpus / "pages_dev.jsonl.zst")}
    parts = [
        _measure_records(batch, sites, cutting[fold], titles[fold])
        for fold, batch in batch_by_fold(_read_all(corpus, sites), sites)
    ]
    return Samples(
        pl.concat([part.signals for part in parts]),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in (
                "features",
                "share",
                "label",
                "weight",
                "fold",
                "is_page",
                "is_extract",
                "is_taught",
                "is_made",
            )
        ),
    )


def _read_all(corpus: Path, sites: dict[str, str]) -> Iterator[Record]:
    """Yield the records to learn from: pages, extracts, and those made from them with furniture of the bank."""
    lines = read_bank()
    surrounded = set[str]()
    for page in read_records(corpus / "pages_dev.jsonl.zst"):
        if page["gold_text"] or page["renderer"] in FULL_PAGE_RENDERERS:
            yield page
        if page["gold_text"] and page["id"] not in surrounded:
            surrounded.add(page["id"])
            fold = find_fold(find_group(page, sites))
            yield from (surround_text(page, lines, fold, number) for number in range(_SURROUNDED[page["source"]]))
    for record in read_records(corpus / "residual_dev.jsonl.zst"):
        yield record
        fold = find_fold(find_group(record, sites))
        yield from (reword_record(record, lines, fold, number) for number in range(_REWORDED))


def batch_by_fold(records: Iterable[Record], sites: dict[str, str]) -> Iterator[tuple[int, list[Record]]]:
    """Yield batches of records of one fold, with its number."""
    batches: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        fold = find_fold(find_group(record, sites))
        batches[fold].append(record)
        if len(batches[fold]) == _BATCH:
            yield fold, batches.pop(fold)
    yield from batches.items()


def find_site(url: str) -> str:
    """Return the registered domain of an address, or the address itself."""
    return _SUFFIXES(url or "").top_domain_under_public_suffix or url or ""


_SUFFIXES: Final = TLDExtract(suffix_list_urls=(), cache_dir=None)


def find_group(record: Record, sites: dict[str, str]) -> str:
    """Return what a record must not be parted from: its site, or for an invented article its first paragraph."""
    if "origin" not in record:
        return sites[record["id"]]
    if record["origin"] == "written":
        return str(next(block["text"] for block in record["blocks"] if block["role"] == Role.CONTENT))[:60]
    return sites[record["origin"].split()[-1]]


def measure_texts(records: Sequence[Record], cutting: CuttingTrees) -> tuple[Signals, Matches, Bodies]:
    """Cut the texts of some records and return their blocks, what rules say of them, and their bodies."""
    book = load_rule_book()
    signals = measure_blocks(cut_blocks(make_texts(records), book, cutting))
    everywhere = match_rules(signals, book)
    bodies = find_bodies(signals, everywhere)
    return signals, place_matches(everywhere, bodies), bodies


def name_record(record: Record) -> str:
    """Return an id for a record: pages stand in the corpus once a renderer."""
    return f"{record['id']} {record.get('renderer', '')}"


def make_texts(records: Sequence[Record]) -> Texts:
    """Return records as a table of texts."""
    ids = [name_record(record) for record in records]
    return make_frame(record["raw_text"] for record in records).with_columns(
        document_id=pl.Series(ids, dtype=pl.String)
    )


def _measure_records(
    records: Sequence[Record], sites: dict[str, str], cutting: CuttingTrees, titles: TreeEnsemble
) -> Samples:
    signals, matches, bodies = measure_texts(records, cutting)
    foreign = find_foreign_blocks(signals, detect_languages(make_texts(records), LanguageSettings()))
    structure = point_by_structure(signals, matches, bodies, titles)
    features = measure_features(signals, matches, structure, foreign)
    by_id = {name_record(record): record for record in records}
    answers = [
        answer
        for (document_id,), blocks in signals.group_by("document_id", maintain_order=True)
        for answer in _answer_record(by_id[str(document_id)], blocks)
    ]
    document_ids = signals["document_id"].to_list()
    folds = {key: find_fold(find_group(record, sites)) for key, record in by_id.items()}
    full = {key: record.get("renderer") in FULL_PAGE_RENDERERS for key, record in by_id.items()}
    taught = {key: not (record.get("blocks") or record["gold_text"]) for key, record in by_id.items()}
    return Samples(
        signals,
        features,
        share=np.array([share for share, _ in answers]),
        label=np.array([label for _, label in answers], dtype="<U20"),
        weight=_weigh_samples(signals, {key: _weigh_record(record) for key, record in by_id.items()}),
        fold=np.array([folds[key] for key in document_ids]),
        is_page=np.array([full[key] for key in document_ids]),
        is_extract=np.array(["blocks" in by_id[key] for key in document_ids]),
        is_taught=np.array([taught[key] for key in document_ids]),
        is_made=np.array(["made_from" in by_id[key] for key in document_ids]),
    )


def _weigh_samples(signals: pl.DataFrame, factors: dict[str, float]) -> NDArray[np.float64]:
    """Weigh blocks by their words, long documents by the root of theirs, and each document by its factor."""
    weight = weigh_blocks(signals)
    total = find_documents(signals["block_index"]).total(weight)
    factor = np.array([factors[key] for key in signals["document_id"].to_list()])
    weights: NDArray[np.float64] = weight / np.sqrt(total) * factor
    return weights


def _weigh_record(record: Record) -> float:
    return float(record.get("weight", _RESIDUAL_WEIGHT if "blocks" in record else 1))


def find_content_shares(record: Record, blocks: pl.DataFrame) -> list[float]:
    """Return how much of each block of a record is content by the gold, 0 to 1; NaN where it is metadata."""
    return [share for share, _ in _answer_record(record, blocks)]


def _answer_record(record: Record, blocks: pl.DataFrame) -> list[tuple[float, str]]:
    if "blocks" in record:
        return [_answer_span(record["blocks"], *span) for span in blocks.select("char_start", "char_end").iter_rows()]
    texts = blocks["text"].to_list()
    shares = align_blocks(texts, record["gold_text"]) if record["gold_text"] else _find_snippets(record, texts)
    return [(share, "") for share in shares]


def _find_snippets(page: Record, blocks: Sequence[str]) -> list[float]:
    """Return 1 for blocks that hold a snippet which must occur, 0 for one that must not, else NaN."""
    wanted, unwanted = ([" ".join(part.split()) for part in page[name] or ()] for name in ("with", "without"))
    lines = [" ".join(block.split()) for block in blocks]
    return [
        1.0 if any(part in line for part in wanted) else 0.0 if any(part in line for part in unwanted) else float("nan")
        for line in lines
    ]


def _answer_span(gold: Sequence[Record], start: int, end: int) -> tuple[float, str]:
    """Return the share of content in a span, NaN if most of it is metadata, and its commonest label if it is noise."""
    overlaps = Counter[tuple[str, str]]()
    for block in gold:
        common = min(end, block["end"]) - max(start, block["start"])
        if common > 0:
            overlaps[block["role"], block["label"]] += common
    if not overlaps:
        return 0.0, ""
    (role, label), _ = overlaps.most_common(1)[0]
    if role == Role.METADATA:
        return float("nan"), ""
    content = sum(n for (kind, _), n in overlaps.items() if kind == Role.CONTENT)
    return content / overlaps.total(), label if role == Role.NOISE else ""


def align_blocks(blocks: Sequence[str], gold: str) -> list[float]:
    """Return the share of each block's words that stand in the gold in a run of four, or as a line of their own."""
    gold_words = _WORD.findall(gold)
    shingles = {tuple(gold_words[i : i + _SHINGLE]) for i in range(max(1, len(gold_words) - _SHINGLE + 1))}
    gold_lines = {" ".join(_WORD.findall(line)) for line in gold.split("\n")}
    words = [_WORD.findall(block) for block in blocks]
    flat = [word for block in words for word in block]
    covered = np.zeros(len(flat), dtype=bool)
    for i in range(len(flat) - _SHINGLE + 1):
        if tuple(flat[i : i + _SHINGLE]) in shingles:
            covered[i : i + _SHINGLE] = True
    ends = np.cumsum([len(block) for block in words])
    return [
        _share_of_block(block, covered[end - len(block) : end], gold_lines)
        for block, end in zip(words, ends, strict=True)
    ]


def _share_of_block(words: Sequence[str], covered: NDArray[np.bool_], gold_lines: set[str]) -> float:
    if not words:
        return 0.0
    if len(words) < _SHINGLE:
        return float(covered.all() or " ".join(words) in gold_lines)
    return float(covered.mean())
