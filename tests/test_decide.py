"""From evidence to one verdict a block."""

import polars as pl

from copydesk.noise.decide import decide_verdicts
from copydesk.noise.signals import measure_blocks
from copydesk.schemas import BLOCKS, EVIDENCE
from copydesk.settings import NoiseSettings

SIGNALS = measure_blocks(pl.DataFrame([("d", 0, 0, 0, 4, "Menu")], schema=dict(BLOCKS.columns), orient="row"))


def decide(*evidence: tuple[str, bool, str, str, float], threshold: float = 0.5) -> tuple[str, str, str, float]:
    rows = [("d", 0, "test", certain, role, label, reason, score) for reason, certain, role, label, score in evidence]
    frame = pl.DataFrame(rows, schema=dict(EVIDENCE.columns), orient="row")
    verdict = decide_verdicts(SIGNALS, frame, NoiseSettings(threshold=threshold)).row(0, named=True)
    return verdict["role"], verdict["label"], verdict["reason"], verdict["score"]


def test_block_without_evidence_is_content() -> None:
    assert decide() == ("content", "paragraph", "no_evidence", 0.0)


def test_certain_evidence_beats_a_higher_score() -> None:
    guess = ("model", False, "noise", "share", 0.99)
    assert decide(guess, ("rule", True, "metadata", "byline", 0.6)) == ("metadata", "byline", "rule", 0.6)


def test_highest_score_wins_among_the_uncertain() -> None:
    low, high = ("a", False, "noise", "share", 0.6), ("b", False, "noise", "caption", 0.7)
    assert decide(low, high) == ("noise", "caption", "b", 0.7)


def test_evidence_below_the_threshold_keeps_the_block() -> None:
    assert decide(("a", False, "noise", "share", 0.4)) == ("content", "paragraph", "no_evidence", 0.4)


def test_threshold_is_a_setting() -> None:
    assert decide(("a", False, "noise", "share", 0.4), threshold=0.3)[0] == "noise"


def test_first_of_equal_evidence_wins() -> None:
    assert decide(("a", True, "noise", "share", 1.0), ("b", True, "noise", "caption", 1.0))[2] == "a"
