"""Labelling blocks: every detector points, then one module decides."""

import polars as pl

from copydesk.noise.decide import decide_verdicts
from copydesk.noise.rule_matches import find_bodies, match_rules, place_matches, report_matches
from copydesk.noise.rules import RuleBook
from copydesk.noise.signals import measure_blocks
from copydesk.noise.structure import point_by_structure
from copydesk.schemas import Blocks, Verdicts
from copydesk.settings import NoiseSettings


def label_blocks(blocks: Blocks, book: RuleBook, settings: NoiseSettings) -> Verdicts:
    """Give each block one role and label, with the reason."""
    signals = measure_blocks(blocks)
    everywhere = match_rules(signals, book)
    bodies = find_bodies(signals, everywhere)
    matches = place_matches(everywhere, bodies)
    evidence = pl.concat([report_matches(matches), point_by_structure(signals, matches, bodies)])
    return decide_verdicts(signals, evidence, settings)
