"""The trained labeller and its parts."""

from importlib import resources

import numpy as np
import pytest
from numpy.typing import NDArray

from copydesk import clean
from copydesk.cleaning import make_frame
from copydesk.noise.clues import describe_clues
from copydesk.noise.context import CONTEXT, PAGE, measure_context, weigh_blocks
from copydesk.noise.features import FEATURES, measure_features
from copydesk.noise.label import Findings, collect_evidence
from copydesk.noise.model import SEEN, load_model
from copydesk.noise.ngrams import BITS, hash_ngrams, score_texts
from copydesk.noise.rule_matches import find_bodies, match_rules, place_matches
from copydesk.noise.rules import load_rule_book
from copydesk.noise.segments import find_documents
from copydesk.noise.signals import Signals, measure_blocks
from copydesk.noise.structure import point_by_structure
from copydesk.settings import NoiseSettings, Settings
from copydesk.text.cut import cut_blocks
from copydesk.trees import TreeEnsemble
from tests.gold import read_gold, read_seed

MAX_MODEL_BYTES = 5_000_000

# One tree of two levels over three features: leaf 0 no-no, 1 yes-no, 2 no-yes, 3 yes-yes.
TREE = TreeEnsemble(
    columns=np.array([[2, 0]], dtype=np.int32),
    borders=np.array([[0.5, 10.0]], dtype=np.float32),
    leaves=np.array([[[1.0], [2.0], [3.0], [4.0]]], dtype=np.float32),
    weights=np.ones((1, 4), dtype=np.float32),
    bias=np.array([0.25], dtype=np.float32),
)
ROWS = np.array([[0, 0, 0], [0, 0, 1], [11, 0, 0], [11, 0, 1], [10, 0, 0.5]], dtype=np.float32)


def read_signals(*texts: str) -> Signals:
    return measure_blocks(cut_blocks(make_frame(texts), load_rule_book(), load_model().cutting))


def find_all(*texts: str) -> Findings:
    signals = read_signals(*texts)
    return collect_evidence(signals, mark_native(signals), load_rule_book(), load_model())


def mark_native(signals: Signals) -> NDArray[np.float32]:
    return np.zeros(signals.height, dtype=np.float32)


def measure_texts(*texts: str) -> NDArray[np.float32]:
    signals = read_signals(*texts)
    everywhere = match_rules(signals, load_rule_book())
    bodies = find_bodies(signals, everywhere)
    matches = place_matches(everywhere, bodies)
    structure = point_by_structure(signals, matches, bodies, load_model().titles)
    return measure_features(signals, matches, structure, mark_native(signals))


SEEDS = [read_seed(gold["file"]) for gold in read_gold()]


def test_tree_answers_yes_above_its_border() -> None:
    assert TREE.predict(ROWS)[:, 0].tolist() == [1.25, 2.25, 3.25, 4.25, 1.25]


def test_shares_of_an_explanation_add_up_to_the_score() -> None:
    mean = TREE.leaves.mean() + TREE.bias[0]
    assert np.allclose(TREE.explain(ROWS).sum(axis=1) + mean, TREE.predict(ROWS)[:, 0], atol=1e-5)


def test_explanation_names_the_features_that_were_asked_about() -> None:
    assert (TREE.explain(ROWS)[:, 1] == 0).all()


def test_ngrams_are_hashed_the_same_for_ever() -> None:
    buckets = [sorted(ngrams.buckets[ngrams.from_[0] : ngrams.to[0]].tolist()) for ngrams in next(hash_ngrams(["Aé1"]))]
    assert buckets == [[8870, 52697, 57952], [42043]]


def test_ngram_score_does_not_depend_on_the_other_texts() -> None:
    weights = np.random.default_rng(0).normal(size=1 << BITS).astype(np.float32)
    together = score_texts(["Partager", "", "Ελλάδα", "a" * 500], weights)
    alone = [score_texts([text], weights)[0] for text in ("Partager", "", "Ελλάδα", "a" * 500)]
    assert together.tolist() == alone


def test_digits_and_case_do_not_change_the_ngram_score() -> None:
    weights = np.random.default_rng(0).normal(size=1 << BITS).astype(np.float32)
    scores = score_texts(["12 Comments", "98 comments"], weights)
    assert scores[0] == scores[1]


def test_every_feature_is_a_finite_number() -> None:
    features = measure_texts(*SEEDS, "", "x", "\u200b", "日本語", "\n".join(["Menu"] * 50))
    assert np.isfinite(features).all()


def test_features_have_their_names_once() -> None:
    for names in (FEATURES, SEEN, CONTEXT, PAGE):
        assert len(set(names)) == len(names)


def test_features_of_a_document_do_not_depend_on_the_others() -> None:
    together = measure_texts(*SEEDS)
    alone = np.concatenate([measure_texts(seed) for seed in SEEDS])
    assert (together == alone).all()


def test_opinions_of_a_document_do_not_depend_on_the_others() -> None:
    together = find_all(*SEEDS * 20).opinions
    alone = find_all(*SEEDS).opinions
    for name in ("content", "is_page", "context"):
        assert (getattr(together, name)[: len(alone.content)] == getattr(alone, name)).all(), name


def test_region_is_the_run_that_gains_most() -> None:
    signals = read_signals("\n".join(["Word."] * 8))
    features = {name: np.zeros(8, dtype=np.float32) for name in SEEN}
    opinions = np.array([-3, 2, -3, 3, 3, -1, 3, -3], dtype=np.float32)
    documents = find_documents(signals["block_index"])
    context, _ = measure_context(weigh_blocks(signals), features, opinions, documents)
    assert context[:, CONTEXT.index("in_region")].tolist() == [0, 0, 0, 1, 1, 1, 1, 0]
    assert context[:, CONTEXT.index("region_start")].tolist() == [-3, -2, -1, 0, 1, 2, 3, 4]


def test_block_weighs_its_words() -> None:
    assert weigh_blocks(read_signals("one two three")).tolist() == [3.0]


def test_model_is_small() -> None:
    assert len(resources.files("copydesk").joinpath("noise", "model.npz").read_bytes()) <= MAX_MODEL_BYTES


def test_scores_are_probabilities() -> None:
    content = find_all(*SEEDS).opinions.content
    assert ((content >= 0) & (content <= 1)).all()


def test_model_says_nothing_of_a_few_words() -> None:
    evidence = find_all("Une seule phrase, et rien autour d'elle.\nUne autre.").evidence
    assert not evidence.by_model.any()


MENU = "\n".join(
    ["Island Courier", "Search", "Log in", "Subscribe", "Harbour life", "Tide tables", "Ferry times", "Boat market",
     "Crossword club", "Letters page", "Island walks", "Choir news", "School board", "Chess corner", "Garden notes",
     "Quiz night"] * 2
)  # fmt: skip
BODY = (
    "The council of the island voted late on Monday to close the old harbour for at least two years, after a survey "
    "found that two of its four piers could fall into the sea at any time.\n"
    "Its members had debated the plan for months, and most of the fishermen who live there had spoken against the "
    "closure because the next harbour lies three hours away by boat.\n"
    "“We understand why it has to be done, but nobody has told us how we are to live until then,” said one of them, "
    "who has landed his catch there for forty years and whose father did so before him.\n"
)


@pytest.mark.parametrize("menu_word", ["Tide tables", "Quiz night"])
def test_model_removes_a_menu_that_no_rule_knows(menu_word: str) -> None:
    document = clean(f"{MENU}\n{BODY}", Settings(noise=NoiseSettings(mode="strict")))
    assert menu_word not in [paragraph.text for paragraph in document.paragraphs]
    assert "model." in {block.reason[:6] for block in document.removed}


def test_model_keeps_the_body_below_a_menu() -> None:
    assert [p.text for p in clean(f"{MENU}\n{BODY}").paragraphs][-3:] == BODY.splitlines()


def test_clues_name_known_features() -> None:
    findings = find_all(f"{MENU}\n{BODY}")
    named = {
        clue.rpartition(" ")[0] for text in describe_clues(findings.opinions, load_model()) for clue in text.split(", ")
    }
    assert named - {""} <= {*SEEN, *CONTEXT}
    assert len(named) > 3
