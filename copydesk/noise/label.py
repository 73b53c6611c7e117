"""Labelling blocks: every detector points, then one module decides."""

from typing import NamedTuple

from copydesk.noise.decide import decide_verdicts
from copydesk.noise.evidence import Evidence, join_evidence
from copydesk.noise.features import Floats, measure_features
from copydesk.noise.model import Model, Opinions, judge_blocks, point_by_model
from copydesk.noise.name_lines import point_at_names
from copydesk.noise.rule_matches import find_bodies, match_rules, place_matches, report_matches
from copydesk.noise.rules import RuleBook
from copydesk.noise.signals import Signals, measure_blocks
from copydesk.noise.structure import point_by_structure
from copydesk.schemas import Blocks, Verdicts
from copydesk.settings import NoiseSettings


class Findings(NamedTuple):
    """What the detectors found: the blocks as measured, all evidence, and what the model thinks of each block."""

    signals: Signals
    evidence: Evidence
    opinions: Opinions


def label_blocks(blocks: Blocks, foreign: Floats, book: RuleBook, model: Model, settings: NoiseSettings) -> Verdicts:
    """Give each block one role and label, with the reason. Takes whole documents.

    `foreign` says for each block how sure it is that it is in another language than its document, 0 to 1.
    """
    signals, evidence, _ = collect_evidence(blocks, foreign, book, model)
    return decide_verdicts(signals, evidence, settings)


def collect_evidence(blocks: Blocks, foreign: Floats, book: RuleBook, model: Model) -> Findings:
    """Let rules, structure and model point at the blocks of whole documents."""
    signals = measure_blocks(blocks)
    everywhere = match_rules(signals, book)
    bodies = find_bodies(signals, everywhere)
    matches = place_matches(everywhere, bodies)
    structure = point_by_structure(signals, matches, bodies, model.titles)
    opinions = judge_blocks(signals, measure_features(signals, matches, structure, foreign), model)
    names = point_at_names(signals, matches, structure, book)
    evidence = join_evidence([report_matches(matches), structure, names, point_by_model(opinions)])
    return Findings(signals, evidence, opinions)
