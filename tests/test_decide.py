"""From evidence to one verdict a block."""

import numpy as np
import polars as pl
import pytest

from copydesk.errors import WrongUseError
from copydesk.labels import Label
from copydesk.noise.decide import decide_verdicts
from copydesk.noise.evidence import NUMBER_OF, Evidence
from copydesk.noise.signals import Signals, measure_blocks
from copydesk.schemas import BLOCKS
from copydesk.settings import NoiseSettings

SIGNALS = measure_blocks(pl.DataFrame([("d", 0, 0, 0, 4, "Menu")], schema=dict(BLOCKS.columns), orient="row"))


def decide(
    *evidence: tuple[str, bool, str, float], mode: str = "balanced", signals: Signals = SIGNALS
) -> tuple[str, str, str, float]:
    reported = Evidence(
        rows=np.zeros(len(evidence), dtype=np.int64),
        labels=np.array([NUMBER_OF[Label(label)] for _, _, label, _ in evidence], dtype=np.int64),
        reasons=np.array([reason for reason, *_ in evidence], dtype=object),
        scores=np.array([score for *_, score in evidence], dtype=np.float64),
        certain=np.array([certain for _, certain, *_ in evidence], dtype=bool),
        by_model=np.array([reason.startswith("model") for reason, *_ in evidence], dtype=bool),
    )
    verdict = decide_verdicts(signals, reported, NoiseSettings(mode=mode)).row(0, named=True)
    return verdict["role"], verdict["label"], verdict["reason"], verdict["score"]


def test_block_without_evidence_is_content() -> None:
    assert decide() == ("content", "paragraph", "no_evidence", 0.0)


def test_certain_evidence_beats_a_higher_score() -> None:
    guess = ("structure.title", False, "title", 0.99)
    assert decide(guess, ("rule", True, "byline", 0.6)) == ("metadata", "byline", "rule", 0.6)


def test_structure_beats_the_model() -> None:
    model = ("model.page", False, "navigation", 0.99)
    assert decide(model, ("structure.title", False, "title", 0.8))[2] == "structure.title"


def test_highest_score_wins_among_the_uncertain() -> None:
    low, high = ("structure.a", False, "share", 0.6), ("structure.b", False, "caption", 0.8)
    assert decide(low, high) == ("noise", "caption", "structure.b", 0.8)


def test_evidence_below_the_threshold_keeps_the_block() -> None:
    assert decide(("structure.a", False, "share", 0.4)) == ("content", "paragraph", "no_evidence", 0.4)


def test_weak_model_does_not_hide_strong_structure() -> None:
    model = ("model.extract", False, "navigation", 0.8)
    assert decide(model, ("structure.section", False, "recommendation", 0.7))[1] == "recommendation"


@pytest.mark.parametrize(("n_words", "role"), [(99, "noise"), (100, "content")])
def test_model_needs_more_certainty_on_a_long_passage(n_words: int, role: str) -> None:
    text = "word " * n_words
    blocks = pl.DataFrame([("d", 0, 0, 0, len(text), text)], schema=dict(BLOCKS.columns), orient="row")
    assert decide(("model.page", False, "comments", 0.7), signals=measure_blocks(blocks))[0] == role


@pytest.mark.parametrize(("reason", "role"), [("model.page", "noise"), ("model.extract", "content")])
def test_model_needs_more_certainty_on_extracted_text(reason: str, role: str) -> None:
    assert decide((reason, False, "share", 0.6))[0] == role


@pytest.mark.parametrize(("mode", "role"), [("conservative", "content"), ("balanced", "noise"), ("strict", "noise")])
def test_mode_sets_the_threshold(mode: str, role: str) -> None:
    assert decide(("model.page", False, "share", 0.65), mode=mode)[0] == role


def test_unknown_mode_is_wrong_use() -> None:
    with pytest.raises(WrongUseError, match="conservative, balanced, strict"):
        NoiseSettings(mode="brutal")


def test_first_of_equal_evidence_wins() -> None:
    assert decide(("a", True, "share", 1.0), ("b", True, "caption", 1.0))[2] == "a"
