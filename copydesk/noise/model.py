"""The trained labeller: two passes of trees over the features of blocks, and one over those of documents.

It gives each block a probability that it is noise, and a label. What it was trained on: docs/model.md.
"""

from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import IO, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from copydesk.labels import NOISE_LABELS, Role
from copydesk.noise.context import CONTEXT, PAGE, measure_context, weigh_blocks
from copydesk.noise.ngrams import score_texts
from copydesk.noise.signals import Signals
from copydesk.schemas import EVIDENCE, Evidence
from copydesk.trees import TreeEnsemble

Floats = NDArray[np.float32]

REASON_PAGE: Final = "model.page"
REASON_EXTRACT: Final = "model.extract"
_MIN_WORDS: Final = 100
_TREES: Final = ("cutter", "first", "second", "page", "labels")


@dataclass(frozen=True, slots=True)
class Model:
    """The parts of the labeller.

    Attributes:
        cutter: tells places where blocks were glued from those that are whole.
        ngrams: weights of hashed character n-grams.
        first: first pass, over the features of a block.
        second: second pass, over the first pass's opinions of the blocks around.
        page: tells full pages (positive) from extracted articles.
        labels: the label of a noise block, one output for each of `NOISE_LABELS`.
    """

    cutter: TreeEnsemble
    ngrams: Floats
    first: TreeEnsemble
    second: TreeEnsemble
    page: TreeEnsemble
    labels: TreeEnsemble


@dataclass(frozen=True, slots=True)
class Opinions:
    """What the model thinks of blocks, one row a block.

    Attributes:
        content: probability that the block is content, 0 to 1.
        is_page: probability that its document is a full page.
        labels: the label it has if it is noise.
        features: what the first pass saw.
        context: what the second pass saw.
    """

    content: Floats
    is_page: Floats
    labels: list[str]
    features: Floats
    context: Floats


def judge_blocks(signals: Signals, features: pl.DataFrame, model: Model) -> Opinions:
    """Ask the model about each block of whole documents.

    Args:
        signals: the blocks of whole documents, in order.
        features: their features, from `measure_features`.
        model: a trained model.
    """
    known = add_ngram_scores(signals, features, model.ngrams)
    seen = known.to_numpy()
    context = measure_context(signals, known, model.first.predict(seen)[:, 0])
    surroundings = context.select(CONTEXT).to_numpy()
    best = model.labels.predict(seen).argmax(axis=1)
    return Opinions(
        content=_to_probability(model.second.predict(surroundings)[:, 0]),
        is_page=_to_probability(model.page.predict(context.select(PAGE).to_numpy())[:, 0]),
        labels=[NOISE_LABELS[i].value for i in best],
        features=seen,
        context=surroundings,
    )


def add_ngram_scores(signals: Signals, features: pl.DataFrame, weights: Floats) -> pl.DataFrame:
    """Add what the wording says: of the block, and of its neighbours in the document."""
    scores = pl.Series("ngram_score", score_texts(signals["text"], weights))
    return add_neighbour_scores(features.with_columns(scores), signals["document_id"])


def add_neighbour_scores(features: pl.DataFrame, document_ids: pl.Series) -> pl.DataFrame:
    """Add the `ngram_score` of the block before and behind; 0 beyond the ends of a document."""
    score = pl.col("ngram_score")
    return features.with_columns(
        score.shift(1).over(document_ids).fill_null(0).alias("ngram_score_-1"),
        score.shift(-1).over(document_ids).fill_null(0).alias("ngram_score_+1"),
    )


def _to_probability(scores: Floats) -> Floats:
    probabilities: Floats = (1 / (1 + np.exp(-scores))).astype(np.float32)
    return probabilities


def point_by_model(signals: Signals, opinions: Opinions) -> Evidence:
    """Return the model's evidence against blocks: a label and the probability that the block is noise.

    Of documents under a hundred words it says nothing: it judges a block by its surroundings, and there are none.
    """
    is_page = pl.Series(opinions.is_page) > 0.5  # noqa: PLR2004
    evidence = signals.select("document_id", "block_index").with_columns(
        detector=pl.lit("model"),
        certain=pl.lit(value=False),
        role=pl.lit(Role.NOISE.value),
        label=pl.Series(opinions.labels, dtype=pl.String),
        reason=pl.Series(is_page).replace_strict({True: REASON_PAGE, False: REASON_EXTRACT}, return_dtype=pl.String),
        score=pl.Series(1 - opinions.content).cast(pl.Float64),
    )
    has_surroundings = (
        signals.select("document_id")
        .with_columns(weigh_blocks(signals))
        .select(pl.col("weight").sum().over("document_id") >= _MIN_WORDS)
    )
    return EVIDENCE.check(evidence.filter(has_surroundings.to_series()))


def save_model(model: Model, file: IO[bytes]) -> None:
    """Write a model to an open file."""
    arrays = {"ngrams": model.ngrams.astype(np.float16)}
    for part in _TREES:
        ensemble = getattr(model, part)
        arrays |= {f"{part}.{field.name}": getattr(ensemble, field.name) for field in fields(TreeEnsemble)}
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_model(file: IO[bytes]) -> Model:
    """Read a model from an open file."""
    with np.load(file) as arrays:
        parts = {
            part: TreeEnsemble(**{field.name: arrays[f"{part}.{field.name}"] for field in fields(TreeEnsemble)})
            for part in _TREES
        }
        return Model(ngrams=arrays["ngrams"].astype(np.float32), **parts)


@cache
def load_model() -> Model:
    """Return the shipped model, read once per process."""
    with resources.files("copydesk").joinpath("noise", "model.npz").open("rb") as file:
        return read_model(file)
