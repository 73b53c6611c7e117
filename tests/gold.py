"""The seeds and their hand-made labels, as the tests see them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"


@cache
def read_gold() -> list[dict[str, Any]]:
    """Return one record a seed: file, facts, and blocks with start, end, role, label and text."""
    lines = (ROOT / "tests" / "seeds_gold.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def read_seed(file: str) -> str:
    return (SEEDS / file).read_bytes().decode("utf-8")
