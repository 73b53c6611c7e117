"""Clues: the few features that moved the model most towards noise, for people who ask why."""

import numpy as np

from copydesk.noise.context import CONTEXT
from copydesk.noise.model import SEEN, Model, Opinions


def describe_clues(opinions: Opinions, model: Model, at_most: int = 4) -> list[str]:
    """Return, for each block, its clues with their values, strongest first.

    The opinions of the first pass stand among the features of the second; in their place come the first pass's own.
    """
    first = -model.first.explain(opinions.features)
    second = -model.second.explain(opinions.context)
    second[:, [name.startswith("opinion") for name in CONTEXT]] = 0
    names = (*SEEN, *CONTEXT)
    values = np.hstack([opinions.features, opinions.context])
    shares = np.hstack([first, second])
    strongest = np.argsort(-shares, axis=1, kind="stable")[:, :at_most]
    return [
        ", ".join(f"{names[i]} {values[row, i]:.2f}" for i in columns if shares[row, i] > 0)
        for row, columns in enumerate(strongest)
    ]
