"""Fitting the parts of the model. Deterministic: fixed seeds, a fixed number of threads."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import polars as pl
from catboost import CatBoostClassifier, Pool
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, SGDClassifier

from copydesk.labels import NOISE_LABELS
from copydesk.noise.context import measure_context, weigh_blocks
from copydesk.noise.features import FEATURES
from copydesk.noise.model import Model, add_ngram_scores, judge_blocks, name_features
from copydesk.noise.ngrams import BITS, Ngrams, hash_ngrams
from copydesk.noise.segments import find_documents
from copydesk.text.cut import CuttingTrees
from copydesk.trees import TreeEnsemble
from training.folds import N_FOLDS
from training.samples import Samples
from training.seams import SeamSamples
from training.titles import TitleSamples

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Report = Callable[[str], None]
Part = TypeVar("Part")

COMMON: Final[dict[str, Any]] = {
    "depth": 6,
    "border_count": 32,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.5,
    "boosting_type": "Plain",
    "thread_count": 2,
    "random_seed": 0,
    "verbose": False,
    "allow_writing_files": False,
}
FIRST: Final = COMMON | {
    "loss_function": "CrossEntropy",
    "iterations": 200,
    "learning_rate": 0.17,
    "rsm": 0.35,
    "l2_leaf_reg": 5,
}
SECOND: Final = COMMON | {
    "loss_function": "CrossEntropy",
    "iterations": 120,
    "learning_rate": 0.15,
    "rsm": 0.5,
    "l2_leaf_reg": 10,
}
JOINER: Final = COMMON | {"loss_function": "Logloss", "iterations": 200, "learning_rate": 0.15}
CUTTER: Final = COMMON | {"loss_function": "Logloss", "iterations": 400, "learning_rate": 0.1}
PAGES: Final = COMMON | {"loss_function": "Logloss", "iterations": 100, "learning_rate": 0.1, "depth": 4}
LABELS: Final = COMMON | {
    "loss_function": "MultiClass",
    "iterations": 150,
    "learning_rate": 0.1,
    "depth": 4,
    "subsample": 0.8,
}
TITLES: Final = COMMON | {
    "loss_function": "Logloss",
    "iterations": 200,
    "learning_rate": 0.08,
    "subsample": 0.8,
    "l2_leaf_reg": 5,
}
UNCALIBRATED: Final = np.array([[1, 0], [1, 0]], dtype=np.float32)
_MAX_NGRAM_WEIGHT: Final = 40
_LEAST: Final = 1e-6
_SUSPECTED: Final = 1.0
_DECIDING: Final = ("rule_label", "is_section", "is_repeat", "is_title", "is_above_title", "is_media_title")


def fit_cutting(breaks: SeamSamples, places: SeamSamples, left_out: int) -> CuttingTrees:
    """Fit joiner and cutter on the line breaks and the places of all folds but one."""
    parts = ((JOINER, breaks), (CUTTER, places))
    return CuttingTrees(
        *(
            fit_trees(settings, samples.features, samples.is_seam, samples.weight, samples.fold != left_out)
            for settings, samples in parts
        )
    )


def fit_titles(samples: TitleSamples, train: Mask) -> TreeEnsemble:
    """Fit the trees that know titles on the candidates chosen by `train`."""
    return fit_trees(TITLES, samples.features, samples.is_title, samples.weight, train)


def fit_model(samples: Samples, train: Mask, cutting: CuttingTrees, titles: TreeEnsemble, report: Report) -> Model:
    """Fit all parts but the two that are given on the blocks chosen by `train`.

    Each part learns from what the part before says of sites that it has not seen: the blocks are split by site, and
    each third is judged by a part fitted on the others.
    """
    report("n-grams")
    answered = train & ~np.isnan(samples.share)
    fitter = NgramFitter(samples)
    scores, ngrams = _cross_fit(samples, answered, fitter.fit, fitter.score, number_texts(samples))
    del fitter
    documents = find_documents(samples.signals["block_index"])
    seen = add_ngram_scores(samples.features, scores, documents)
    report("first pass")
    opinions, first = _cross_fit(
        samples,
        answered,
        lambda chosen: fit_trees(FIRST, seen, samples.share, samples.weight, chosen),
        lambda trees: trees.predict(seen)[:, 0],
    )
    report("second pass")
    weight = weigh_blocks(samples.signals)
    context, page_features = measure_context(weight, name_features(seen), opinions, documents)
    second = fit_trees(SECOND, context, samples.share, samples.weight, answered)
    report("pages")
    firsts = documents.starts
    page = fit_trees(PAGES, page_features, samples.is_page[firsts], np.ones(len(firsts)), train[firsts])
    report("labels")
    labelled = train & (samples.label != "")
    codes = np.array(
        [{label.value: i for i, label in enumerate(NOISE_LABELS)}.get(label, 0) for label in samples.label]
    )
    labels = fit_trees(LABELS, seen, codes, np.ones(len(seen)), labelled)
    return Model(cutting, ngrams, first, second, page, labels, titles, UNCALIBRATED)


def calibrate_models(samples: Samples, models: Mapping[int, Model]) -> Floats:
    """Return the calibration that fits what models, by the fold that each has not seen, say of that fold's blocks.

    Only blocks of the corpus itself count, and of those the ones that are left to the model and that it suspects. The
    labelled extracts count as much as what extractors left of the pages.
    """
    log_odds = np.zeros(len(samples.fold))
    for fold, model in models.items():
        rows = np.flatnonzero((samples.fold == fold) & ~samples.is_taught & ~samples.is_made)
        content = judge_blocks(samples.signals[rows], samples.features[rows], model).content.astype(np.float64)
        clipped = content.clip(_LEAST, 1 - _LEAST)
        log_odds[rows] = np.log(clipped / (1 - clipped))
    decided = samples.features[:, [FEATURES.index(name) for name in _DECIDING]].any(axis=1)
    judged = ~samples.is_taught & ~samples.is_made & ~decided & ~np.isnan(samples.share) & (log_odds < _SUSPECTED)
    groups = (samples.is_page,), (samples.is_extract, ~samples.is_page & ~samples.is_extract)
    pairs = [_fit_platt(log_odds, samples.share, [judged & members for members in group]) for group in groups]
    return np.array(pairs, dtype=np.float32)


def _fit_platt(
    log_odds: NDArray[np.float64], share: NDArray[np.float64], groups: Sequence[Mask]
) -> tuple[float, float]:
    """Return slope and offset of a logistic regression on shares of content; all groups of blocks count the same."""
    rows = np.concatenate([np.flatnonzero(members) for members in groups])
    weight = np.concatenate([np.full(members.sum(), 1 / members.sum()) for members in groups]) * len(rows)
    answers, weights = np.repeat([1, 0], len(rows)), np.concatenate([share[rows], 1 - share[rows]]) * np.tile(weight, 2)
    learner = LogisticRegression(C=np.inf)
    learner.fit(np.tile(log_odds[rows], 2)[:, None], answers, sample_weight=weights)
    return float(learner.coef_[0, 0]), float(learner.intercept_[0])


def number_texts(samples: Samples) -> NDArray[np.int64]:
    """Return a number for each block that blocks of the same wording share."""
    return samples.signals["text"].rank("dense").to_numpy().astype(np.int64)


def _cross_fit(
    samples: Samples,
    train: Mask,
    fit: Callable[[Mask], Part],
    judge: Callable[[Part], Floats],
    texts: NDArray[np.int64] | None = None,
) -> tuple[Floats, Part]:
    """Return what parts fitted on the other sites say of each block, and a part fitted on all of `train`.

    With `texts`, a block is judged by a part that has not seen its wording anywhere: a line of furniture stands on many
    sites, and a part that knows it by heart seems surer than it will be of a line that is new.
    """
    whole = fit(train)
    judgements = judge(whole).copy()
    for fold in range(N_FOLDS):
        inside = samples.fold == fold
        known = inside if texts is None else np.isin(texts, texts[inside])
        if (train & inside).any():
            judgements[inside] = judge(fit(train & ~known))[inside]
    return judgements, whole


def _build_ngram_matrix(samples: Samples) -> csr_matrix:
    buckets, counts = [], []
    for short, long in hash_ngrams(samples.signals["text"].to_list()):
        for i in range(len(short.from_)):
            buckets += [_read_buckets(short, i), _read_buckets(long, i)]
            counts.append(len(buckets[-2]) + len(buckets[-1]))
    values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
    behind = np.concatenate([[0], np.cumsum(counts)])
    return csr_matrix((values, np.concatenate(buckets), behind), shape=(len(counts), 1 << BITS))


def _read_buckets(ngrams: Ngrams, row: int) -> NDArray[np.int32]:
    return ngrams.buckets[ngrams.from_[row] : ngrams.to[row]].astype(np.int32)


class NgramFitter:
    """Fits the linear score over n-grams; holds their matrix, which is large."""

    def __init__(self, samples: Samples) -> None:
        self.matrix = _build_ngram_matrix(samples)
        self.is_content = np.nan_to_num(samples.share) > 0.5  # noqa: PLR2004
        copies = samples.signals.select(pl.len().over("text")).to_series().to_numpy()
        words = samples.signals["n_words"].to_numpy().clip(1, _MAX_NGRAM_WEIGHT)
        # One line of furniture stands on thousands of pages; it should not count a thousand times.
        self.weight = words / copies**0.7 * np.where(samples.label != "", 3.0, 1.0)

    def fit(self, chosen: Mask) -> Floats:
        """Return the weights of the buckets."""
        rows = np.flatnonzero(chosen)
        weight = self.weight[rows] / self.weight[rows].mean()
        learner = SGDClassifier(loss="log_loss", alpha=2e-6, max_iter=3, tol=None, random_state=0, average=True)
        learner.fit(self.matrix[rows], self.is_content[rows], sample_weight=weight)
        return np.asarray(learner.coef_[0], dtype=np.float16).astype(np.float32)

    def score(self, weights: Floats) -> Floats:
        """Return the score of every block."""
        return np.asarray(self.matrix @ weights, dtype=np.float32)


def fit_trees(
    settings: dict[str, Any], features: Floats, answers: NDArray[Any], weight: NDArray[np.float64], chosen: Mask
) -> TreeEnsemble:
    """Fit trees on the rows of [n_rows, n_features] that `chosen` names."""
    rows = np.flatnonzero(chosen)
    learner = CatBoostClassifier(**settings)
    learner.fit(Pool(features[rows], answers[rows], weight=weight[rows]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        learner.save_model(str(path), format="json")
        return read_catboost(json.loads(path.read_text()))


def read_catboost(model: dict[str, Any]) -> TreeEnsemble:
    """Turn CatBoost's JSON into arrays; a tree that stopped early gets levels whose answer is always no."""
    trees = model["oblivious_trees"]
    scale, bias = model["scale_and_bias"]
    depth = max(len(tree["splits"] or ()) for tree in trees)
    n_outputs = len(bias)
    ensemble = TreeEnsemble(
        columns=np.zeros((len(trees), depth), dtype=np.int32),
        borders=np.full((len(trees), depth), np.inf, dtype=np.float32),
        leaves=np.zeros((len(trees), 1 << depth, n_outputs), dtype=np.float32),
        weights=np.zeros((len(trees), 1 << depth), dtype=np.float32),
        bias=np.asarray(bias, dtype=np.float32),
    )
    for i, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"] or ()):
            ensemble.columns[i, level] = split["float_feature_index"]
            ensemble.borders[i, level] = split["border"]
        leaves = np.asarray(tree["leaf_values"], dtype=np.float64).reshape(-1, n_outputs) * scale
        ensemble.leaves[i, : len(leaves)] = leaves
        ensemble.weights[i, : len(leaves)] = tree["leaf_weights"]
    return ensemble
