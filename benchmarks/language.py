"""How often languages are found, and for how much work: `make languages CORPUS=folder`.

Reads `languages_dev.jsonl.zst`: news paragraphs, put together again as documents, and sentences, each a document of
its own. Every text goes through the steps of the pipeline, as content. `langdetect` is the setting of that name; being
slow it is asked about one sentence in twenty.
"""

import argparse
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl
import zstandard
from rich.console import Console
from rich.table import Table

from copydesk.labels import Role
from copydesk.language import detect_block_languages, detect_languages, prepare_detector, settle_languages
from copydesk.language.profiles import load_profiles
from copydesk.language.voters import read_code
from copydesk.schemas import SettledLanguages
from copydesk.settings import DETECTORS, LanguageSettings

_SHORT_CHARS: Final = 40
_EVERY: Final = {"vote": 1, "langdetect": 20}
_WIDTH: Final = 110

Record = dict[str, Any]


class Figures(NamedTuple):
    """Share of right answers, how many were asked for, and CPU seconds."""

    right: float
    number: int
    seconds: float


def read_records(corpus: Path) -> Iterator[Record]:
    """Yield the news paragraphs and the sentences; Norwegian without a standard means Bokmål."""
    with (corpus / "languages_dev.jsonl.zst").open("rb") as file:
        for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8"):
            record = json.loads(line)
            if record["kind"] in ("news", "sentences"):
                yield record | {"lang": read_code(record["lang"])}


def detect_documents(documents: Sequence[Sequence[str]], settings: LanguageSettings) -> SettledLanguages:
    """Find the languages of documents, each a list of paragraphs, as the pipeline does."""
    rows = [(str(n), i, text, str(Role.CONTENT)) for n, texts in enumerate(documents) for i, text in enumerate(texts)]
    blocks = pl.DataFrame(rows, schema=["document_id", "block_index", "text", "role"], orient="row")
    texts = pl.DataFrame({"document_id": map(str, range(len(documents))), "text": map("\n".join, documents)})
    return settle_languages(detect_block_languages(blocks, settings), detect_languages(texts, settings))


def measure_sentences(records: Sequence[Record], settings: LanguageSettings) -> Figures:
    """Measure texts that are documents of their own."""
    start = time.process_time()
    found = detect_documents([[record["text"]] for record in records], settings).documents["language"]
    seconds = time.process_time() - start
    return Figures(_share([record["lang"] for record in records], found), len(records), seconds)


def measure_news(records: Sequence[Record], settings: LanguageSettings) -> tuple[Figures, Figures]:
    """Measure news documents, and their paragraphs."""
    documents: dict[str, list[Record]] = {}
    for record in records:
        documents.setdefault(record["doc"], []).append(record)
    paragraphs = [[record["text"] for record in document] for document in documents.values()]
    start = time.process_time()
    found = detect_documents(paragraphs, settings)
    seconds = time.process_time() - start
    wanted = [document[0]["lang"] for document in documents.values()]
    inside = [record["lang"] for document in documents.values() for record in document]
    return (
        Figures(_share(wanted, found.documents["language"]), len(wanted), seconds),
        Figures(_share(inside, found.blocks["language"]), len(inside), seconds),
    )


def _share(wanted: Sequence[str], found: pl.Series) -> float:
    return sum(map(str.__eq__, wanted, found)) / len(wanted)


def measure_all(records: Sequence[Record], settings: LanguageSettings) -> dict[str, Figures]:
    """Measure one detector on every kind of text."""
    documents, paragraphs = measure_news([r for r in records if r["kind"] == "news"], settings)
    sentences = [r for r in records if r["kind"] == "sentences"][:: _EVERY[settings.detector]]
    known = {read_code(code) for code in load_profiles().languages}
    kinds: dict[str, Callable[[Record], bool]] = {
        "sentences": lambda _: True,
        "sentences in langdetect's languages": lambda r: r["lang"] in known,
        "sentences under 40 characters": lambda r: len(r["text"]) < _SHORT_CHARS,
        "the same, in langdetect's languages": lambda r: len(r["text"]) < _SHORT_CHARS and r["lang"] in known,
    }
    return {"news documents": documents, "news paragraphs": paragraphs} | {
        kind: measure_sentences([r for r in sentences if belongs(r)], settings) for kind, belongs in kinds.items()
    }


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.language", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    records = list(read_records(parser.parse_args().corpus))
    table = Table("detector", "texts", "number", "right", "CPU ms each")
    for detector in DETECTORS:
        settings = LanguageSettings(detector=detector)
        prepare_detector(settings)
        detect_documents([[record["text"]] for record in records[::500]], settings)  # loads what first use loads
        for kind, figures in measure_all(records, settings).items():
            each = f"{figures.seconds / figures.number * 1000:.2f}"
            table.add_row(detector, kind, str(figures.number), f"{figures.right:.2%}", each)
    Console(width=_WIDTH).print(table)


if __name__ == "__main__":
    main()
