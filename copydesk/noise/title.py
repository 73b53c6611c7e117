"""Which block is the title of its document, and which short lines stand above it.

Every headline-like block above or near the start of the body is a candidate. Trained trees say how probable it is that
the candidate is the title; the best one is it, if it is probable enough. No title is better than a wrong one.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.labels import Label
from copydesk.noise.copies import Squashed
from copydesk.noise.evidence import Evidence, join_evidence, report_rows
from copydesk.noise.rule_matches import Bodies, Matches
from copydesk.noise.signals import Signals
from copydesk.noise.title_features import TITLE_FEATURES, Page, find_candidates, measure_candidates, read_page
from copydesk.trees import TreeEnsemble

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

TITLE_THRESHOLD: Final = 0.4
"""How probable a title must be; chosen on sites not trained on, where it is wrong on 3 of 100 extracted articles."""
LONG_TITLE_THRESHOLD: Final = 0.85
"""The same for candidates of 120 characters or more: three in four that the trees held for titles were none."""
TITLE_REASON: Final = "structure.title"
_LONG_CHARS: Final = 120
# How many of the blocks above the title are noise, see `benchmarks.calibration`; the title's own is set by hand.
_TITLE_SCORE: Final = 0.98
_ABOVE_TITLE_SCORE: Final = 0.99
_KICKER_WORDS: Final = 5


def point_at_titles(
    signals: Signals, matches: Matches, bodies: Bodies, squashed: Squashed, trees: TreeEnsemble
) -> Evidence:
    """Point at each document's title, and at short lines above it as navigation.

    Args:
        signals: the blocks of whole documents, in order.
        matches: the rules that hold for them.
        bodies: where the bodies start and end.
        squashed: their letters and digits.
        trees: trees over `TITLE_FEATURES`, positive for a title.
    """
    page = read_page(signals, matches, bodies)
    rows = find_candidates(page)
    titles = choose_titles(rows, measure_candidates(page, squashed, rows), page, trees)
    above = _find_kickers(signals, page, titles)
    return join_evidence(
        [
            report_rows(titles, TITLE_REASON, Label.TITLE, _TITLE_SCORE),
            report_rows(above, "structure.above_title", Label.NAVIGATION, _ABOVE_TITLE_SCORE),
        ]
    )


def _find_kickers(signals: Signals, page: Page, titles: Ints) -> Ints:
    """Return the rows of the short lines above titles that no rule knows and that end no sentence."""
    place = np.full(len(page.labels), -1)
    place[titles] = titles
    title = page.documents.greatest(place) if len(place) else place
    is_short = (page.n_words <= _KICKER_WORDS) & ~signals["ends_sentence"].to_numpy()
    rows: Ints = np.flatnonzero((np.arange(len(place)) < title) & (page.labels == 0) & is_short)
    return rows


def choose_titles(rows: Ints, features: Floats, page: Page, trees: TreeEnsemble) -> Ints:
    """Return the rows of the titles among the candidates in `rows`, ascending; at most one a document.

    Capitalised words alone, none of them in the body, are a menu whatever the trees say.
    """
    if not len(rows):
        return rows
    shared, small, log_chars = (
        features[:, TITLE_FEATURES.index(name)] for name in ("log_words_in_body", "small_words", "log_chars")
    )
    is_long = log_chars >= math.log(_LONG_CHARS)
    needed = np.where(is_long, _to_score(LONG_TITLE_THRESHOLD), _to_score(TITLE_THRESHOLD))
    scores = trees.predict(features)[:, 0]
    probable = np.flatnonzero(((shared > 0) | (small > 0)) & (scores >= needed))
    # The best of each document first; of equals the first.
    ordered = probable[np.lexsort((-scores[probable], page.documents.start[rows[probable]]))]
    _, first = np.unique(page.documents.start[rows[ordered]], return_index=True)
    titles: Ints = rows[ordered[first]]
    return titles


def _to_score(probability: float) -> float:
    return -math.log(1 / probability - 1)
