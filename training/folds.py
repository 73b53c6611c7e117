"""Which fold a site, a language or a line of the noise bank belongs to."""

import hashlib
from typing import Final

N_FOLDS: Final = 3


def find_fold(name: str) -> int:
    """Return the fold of what is named: the same on every machine."""
    return int(hashlib.md5(name.encode()).hexdigest(), 16) % N_FOLDS
