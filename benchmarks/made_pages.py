"""Pages to measure speed on: news pages of 3 to 6 KB of the corpus, and as many varied ones as are asked for."""

import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from math import ceil
from pathlib import Path
from typing import Final

from training.samples import read_records

RENDERERS: Final = ("inscriptis", "resiliparse")
"""Whole pages as text, menus and all."""
MIN_BYTES: Final = 3_000
MAX_BYTES: Final = 6_000
PAGES_A_FILE: Final = 1_000
_SWAPS: Final = 40
_PARTS: Final = re.compile(r"(\b[^\W\d_]{4,}\b|\d+)")


def choose_pages(corpus: Path) -> list[str]:
    """Return the texts of the corpus' pages of `MIN_BYTES` to `MAX_BYTES` of UTF-8, the same ones in each run."""
    records = read_records(corpus / "pages_dev.jsonl.zst")
    texts = (record["raw_text"] for record in records if record["renderer"] in RENDERERS)
    return [text for text in texts if MIN_BYTES <= len(text.encode()) <= MAX_BYTES]


def vary_pages(pages: Sequence[str]) -> Iterator[str]:
    """Yield the pages, then without end pages made from them by exchanging words and numbers.

    Lines, their lengths and the languages stay what they are, so that a made page costs what a real one does; what a
    run has seen before does not help it.
    """
    yield from pages
    split = [_PARTS.split(page) for page in pages]
    for number in count():
        yield _exchange_words(split[number % len(split)], random.Random(number))


def write_pages(pages: Sequence[str], number: int, folder: Path) -> int:
    """Write `number` pages as JSON lines, `PAGES_A_FILE` a file; return how many bytes of text they hold.

    A folder that an earlier call has filled is left as it is.
    """
    noted = folder.with_suffix(".bytes")  # beside the folder: all that is in it is read
    if not noted.exists():
        folder.mkdir(parents=True, exist_ok=True)
        numbered = zip(range(number), vary_pages(pages), strict=False)
        parts = range(ceil(number / PAGES_A_FILE))
        n_bytes = sum(_write_part(islice(numbered, PAGES_A_FILE), folder / f"{part:06}.jsonl") for part in parts)
        noted.write_text(str(n_bytes), encoding="utf-8")
    return int(noted.read_text(encoding="utf-8"))


def _write_part(numbered: Iterable[tuple[int, str]], path: Path) -> int:
    n_bytes = 0
    with path.open("w", encoding="utf-8") as file:
        for page, text in numbered:
            n_bytes += len(text.encode())
            file.write(json.dumps({"id": str(page), "text": text}, ensure_ascii=False) + "\n")
    return n_bytes


def _exchange_words(parts: Sequence[str], chance: random.Random) -> str:
    made = list(parts)
    words = range(1, len(made), 2)
    for _ in range(min(_SWAPS, len(words))):
        one, other = chance.choice(words), chance.choice(words)
        if made[one].isdigit() == made[other].isdigit() and made[one].islower() == made[other].islower():
            made[one], made[other] = made[other], made[one]
        if made[one].isdigit():
            made[one] = str(chance.randrange(10 ** len(made[one]))).zfill(len(made[one]))
    return "".join(made)
