"""Training samples for the title: headline-like blocks of the corpus, and which of them are the title."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.noise.copies import squash_blocks
from copydesk.noise.title_features import find_candidates, measure_candidates, read_page
from copydesk.noise.title_words import list_long_words
from copydesk.text.cut import CuttingTrees
from copydesk.text.fold import squash_text
from training.samples import Record, batch_by_fold, find_site, measure_texts, name_record, read_records

# News counts more than features; of those every page is used in one or two of its renderings.
_WEIGHTS: Final = {"residual": 3.0, "fundus": 1.0, "wcxb": 0.5}
_ONE_OF: Final = 3


@dataclass(frozen=True, slots=True)
class TitleSamples:
    """Candidates for titles: features, whether each is the title, the fold of its site, and its weight."""

    features: NDArray[np.float32]
    is_title: NDArray[np.bool_]
    fold: NDArray[np.int64]
    weight: NDArray[np.float64]


def read_title_samples(corpus: Path, cutting: Sequence[CuttingTrees]) -> TitleSamples:
    """Read the records whose title is known; each text is cut by the trees of its fold.

    A page that shows its title in other words than the gold's is left out: nothing on it is right or wrong.
    """
    sites = {record["id"]: find_site(record["url"]) for record in read_records(corpus / "pages_dev.jsonl.zst")}
    parts = [
        (part, fold)
        for fold, records in batch_by_fold(_read_records(corpus), sites)
        for part in _measure_batch(records, cutting[fold])
    ]
    sizes = [len(truth) for (_, truth, _), _ in parts]
    return TitleSamples(
        np.concatenate([features for (features, _, _), _ in parts]),
        np.concatenate([truth for (_, truth, _), _ in parts]),
        np.repeat([fold for _, fold in parts], sizes),
        np.repeat([weight for (_, _, weight), _ in parts], sizes),
    )


def _read_records(corpus: Path) -> Iterator[Record]:
    yield from read_records(corpus / "residual_dev.jsonl.zst")
    for page in read_records(corpus / "pages_dev.jsonl.zst"):
        is_chosen = page["source"] == "fundus" or zlib.crc32(name_record(page).encode()) % _ONE_OF == 0
        if page["title"] and is_chosen:
            yield page


def _measure_batch(
    records: Sequence[Record], cutting: CuttingTrees
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_], float]]:
    signals, matches, bodies = measure_texts(records, cutting)
    page = read_page(signals, matches, bodies)
    candidates = find_candidates(page)
    features = measure_candidates(page, squash_blocks(signals["text"].to_list()), candidates)
    texts, document_ids = (signals[name].gather(candidates) for name in ("text", "document_id"))
    rows: dict[str, list[int]] = {}
    for row, document_id in enumerate(document_ids):
        rows.setdefault(document_id, []).append(row)
    for record in records:
        chosen = rows.get(name_record(record), [])
        answer = _find_title(record, [texts[row] for row in chosen])
        if chosen and answer is not None:
            yield features[chosen], answer, _WEIGHTS[record.get("source", "residual")]


def _find_title(record: Record, headlines: Sequence[str]) -> NDArray[np.bool_] | None:
    """Return which headlines are the record's title; None where one of them says it in other words."""
    title, words = squash_text(record["title"] or ""), list_long_words(record["title"] or "")
    answer = np.array([bool(title) and squash_text(headline) == title for headline in headlines], dtype=bool)
    half = max(1, len(words) / 2)
    if not answer.any() and any(len(list_long_words(headline) & words) >= half for headline in headlines):
        return None
    return answer
