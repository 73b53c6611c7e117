"""The trained labeller: two passes of trees over the features of blocks, and one over those of documents.

It gives each block a probability that it is noise, and a label. What it was trained on: docs/model.md.
"""

from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from copydesk.labels import NOISE_LABELS
from copydesk.noise.context import measure_context, weigh_blocks
from copydesk.noise.evidence import NUMBER_OF, Evidence
from copydesk.noise.features import FEATURES
from copydesk.noise.ngrams import score_texts
from copydesk.noise.segments import Documents, find_documents
from copydesk.noise.signals import Signals
from copydesk.text.cut import CuttingTrees
from copydesk.trees import TreeEnsemble, read_trees

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

REASON_PAGE: Final = "model.page"
REASON_EXTRACT: Final = "model.extract"
SEEN: Final = (*FEATURES, "ngram_score", "ngram_score_-1", "ngram_score_+1")
"""What the first pass sees of a block."""

_MIN_WORDS: Final = 100
_SUSPECT: Final = 0.5
_TREES: Final = ("first", "second", "page", "labels")


@dataclass(frozen=True, slots=True)
class Model:
    """The parts of the labeller.

    Attributes:
        cutting: tells where blocks end.
        ngrams: weights of hashed character n-grams.
        first: first pass, over the features of a block.
        second: second pass, over the first pass's opinions of the blocks around.
        page: tells full pages (positive) from extracted articles.
        labels: the label of a noise block, one output for each of `NOISE_LABELS`.
        titles: tells titles from other headline-like blocks; has a file of its own.
        calibration: [2, 2] slope and offset between the second pass's log-odds and those of blocks of sites not trained
            on being content: of full pages, then of extracts (Platt, 1999).
    """

    cutting: CuttingTrees
    ngrams: Floats
    first: TreeEnsemble
    second: TreeEnsemble
    page: TreeEnsemble
    labels: TreeEnsemble
    titles: TreeEnsemble
    calibration: Floats


@dataclass(frozen=True, slots=True)
class Opinions:
    """What the model thinks of blocks, one row a block.

    Attributes:
        content: probability that the block is content, 0 to 1.
        is_page: its document is a full page rather than an extract.
        is_suspect: the block is rather noise than content.
        labels: [n_suspects] the number in `NOISE_LABELS` that each suspect has if it is noise.
        features: what the first pass saw.
        context: what the second pass saw.
    """

    content: Floats
    is_page: Bools
    is_suspect: Bools
    labels: NDArray[np.int64]
    features: Floats
    context: Floats


def judge_blocks(signals: Signals, features: Floats, model: Model) -> Opinions:
    """Ask the model about each block of whole documents.

    Args:
        signals: the blocks of whole documents, in order.
        features: their features, from `measure_features`.
        model: a trained model.
    """
    documents = find_documents(signals["block_index"])
    seen = add_ngram_scores(features, score_texts(signals["text"], model.ngrams), documents)
    weight = weigh_blocks(signals)
    first = model.first.predict(seen)[:, 0]
    surroundings, page = measure_context(weight, name_features(seen), first, documents)
    is_page = documents.spread(model.page.predict(page)[:, 0] > 0)
    content = _to_probability(model.second.predict(surroundings)[:, 0], is_page, model.calibration)
    # Of documents of a few words the model says nothing: it judges by the surroundings, and there are none.
    is_suspect = (content < _SUSPECT) & (documents.total(weight) >= _MIN_WORDS)
    return Opinions(
        content=content,
        is_page=is_page,
        is_suspect=is_suspect,
        labels=model.labels.predict(np.take(seen.T, np.flatnonzero(is_suspect), axis=1).T).argmax(axis=1),
        features=seen,
        context=surroundings,
    )


def add_ngram_scores(features: Floats, scores: Floats, documents: Documents) -> Floats:
    """Add what the wording says: of the block, and of its neighbours in the document; `SEEN` names the columns."""
    neighbours = (documents.shift(scores, by, 0) for by in (1, -1))
    return np.vstack([features.T, scores, *neighbours]).T


def name_features(seen: Floats) -> dict[str, Floats]:
    """Return the columns that the first pass sees, by name."""
    return dict(zip(SEEN, seen.T, strict=True))


def _to_probability(scores: Floats, is_page: Bools, calibration: Floats) -> Floats:
    """Return how often blocks of such scores are content."""
    slope, offset = calibration[np.where(is_page, 0, 1)].T
    probabilities: Floats = (1 / (1 + np.exp(-offset - slope * scores))).astype(np.float32)
    return probabilities


def point_by_model(opinions: Opinions) -> Evidence:
    """Return the model's evidence against suspect blocks: a label and the probability that the block is noise."""
    suspects = np.flatnonzero(opinions.is_suspect)
    n = len(suspects)
    return Evidence(
        rows=suspects,
        labels=np.array([NUMBER_OF[label] for label in NOISE_LABELS])[opinions.labels],
        reasons=np.where(opinions.is_page[suspects], REASON_PAGE, REASON_EXTRACT).astype(object),
        scores=(1 - opinions.content[suspects]).astype(np.float64),
        certain=np.zeros(n, dtype=bool),
        by_model=np.ones(n, dtype=bool),
    )


def save_model(model: Model, file: IO[bytes]) -> None:
    """Write a model, without the part for titles, to an open file."""
    arrays = {"ngrams": model.ngrams.astype(np.float16), "calibration": model.calibration}
    ensembles = {part: getattr(model, part) for part in _TREES} | model.cutting._asdict()
    for part, ensemble in ensembles.items():
        arrays |= {f"{part}.{field.name}": getattr(ensemble, field.name) for field in fields(TreeEnsemble)}
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_model(file: IO[bytes], titles: TreeEnsemble) -> Model:
    """Read a model from an open file; the part for titles is read from its own by `read_trees`."""
    with np.load(file) as arrays:
        parts = {
            part: TreeEnsemble(**{field.name: arrays[f"{part}.{field.name}"] for field in fields(TreeEnsemble)})
            for part in (*_TREES, *CuttingTrees._fields)
        }
        cutting = CuttingTrees(*(parts.pop(part) for part in CuttingTrees._fields))
        ngrams, calibration = arrays["ngrams"].astype(np.float32), arrays["calibration"]
        return Model(cutting=cutting, ngrams=ngrams, calibration=calibration, titles=titles, **parts)


@cache
def load_model() -> Model:
    """Return the shipped model, read once per process."""
    folder = resources.files("copydesk").joinpath("noise")
    with folder.joinpath("model.npz").open("rb") as file, folder.joinpath("title.npz").open("rb") as titles:
        return read_model(file, read_trees(titles))
