"""How fast copydesk cleans on one core: `make stages CORPUS=folder`.

Megabytes of UTF-8 text a second, stage by stage, on pages and on extracted articles, a few hundred documents at once;
then how long `copydesk.clean` takes for one seed. Each time is CPU time, the shortest of several; texts repeat between
the rounds, so the first round, in which nothing was seen before, is shown beside it.
"""

import argparse
import os

# Before polars starts its threads.
os.environ["POLARS_MAX_THREADS"] = "1"

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

import copydesk
from copydesk.assemble import assemble_tables
from copydesk.cleaning import make_frame, read_documents
from copydesk.language import detect_block_languages, detect_languages, find_foreign_blocks, settle_languages
from copydesk.metadata import read_facts
from copydesk.noise.decide import decide_verdicts
from copydesk.noise.evidence import join_evidence
from copydesk.noise.features import measure_features
from copydesk.noise.model import judge_blocks, load_model, point_by_model
from copydesk.noise.name_lines import point_at_names
from copydesk.noise.rule_matches import find_bodies, match_rules, place_matches, report_matches
from copydesk.noise.rules import load_rule_book
from copydesk.noise.signals import measure_blocks
from copydesk.noise.structure import point_by_structure
from copydesk.settings import Settings
from copydesk.text.cut import cut_blocks
from training.samples import read_records

HERE: Final = Path(__file__).parent
SEEDS: Final = HERE.parent / "seeds"
STAGES: Final = ("cut", "signals", "rules", "structure", "model", "decide", "assemble", "documents")
"""What the target of 10 MB/s is about; `languages` and `facts` are shown beside."""
_BESIDE: Final = ("languages", "facts")
_DOCUMENTS: Final = 300
_CALLS: Final = 20
_EPOCH: Final = datetime.fromtimestamp(0, UTC)

Seconds = dict[str, float]


class Stopwatch:
    """Adds up the seconds of CPU time of named stages: those of a busy machine count only where it works on them."""

    def __init__(self) -> None:
        self.seconds: Seconds = {}

    def run(self, stage: str, step: Callable[..., Any], *arguments: Any) -> Any:
        """Return what `step` returns."""
        started = time.process_time()
        result = step(*arguments)
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - started
        return result


def time_stages(texts: Sequence[str]) -> Seconds:
    """Return the seconds of each stage for one batch, from texts to documents."""
    watch, settings = Stopwatch(), Settings()
    book, model = load_rule_book(), load_model()
    frame = make_frame(texts)
    languages = watch.run("languages", detect_languages, frame, settings.language)
    blocks = watch.run("cut", cut_blocks, frame, book, model.cutting)
    foreign = watch.run("languages", find_foreign_blocks, blocks, languages)
    signals = watch.run("signals", measure_blocks, blocks)
    everywhere = watch.run("rules", match_rules, signals, book)
    bodies = watch.run("rules", find_bodies, signals, everywhere)
    matches = watch.run("rules", place_matches, everywhere, bodies)
    structure = watch.run("structure", point_by_structure, signals, matches, bodies, model.titles)
    features = watch.run("model", measure_features, signals, matches, structure, foreign)
    opinions = watch.run("model", judge_blocks, signals, features, model)
    evidence = [watch.run("rules", report_matches, matches), structure]
    evidence.append(watch.run("structure", point_at_names, signals, matches, structure, book))
    evidence.append(watch.run("model", point_by_model, opinions))
    verdicts = watch.run("decide", decide_verdicts, signals, join_evidence(evidence), settings.noise)
    found = watch.run("languages", detect_block_languages, verdicts, settings.language)
    settled = watch.run("languages", settle_languages, found, languages)
    facts = watch.run("facts", read_facts, frame, verdicts, settled.documents, book, settings.metadata)
    tables = watch.run("assemble", assemble_tables, frame, settled, verdicts, facts, _EPOCH)
    watch.run("documents", lambda: list(read_documents(tables)))
    return watch.seconds


def read_samples(corpus: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield what is timed: a name and texts, the same ones each time."""
    for name in ("pages", "residual"):
        texts = [record["raw_text"] for record in read_records(corpus / f"{name}_dev.jsonl.zst")]
        yield name, random.Random(0).sample(texts, min(_DOCUMENTS, len(texts)))


def show_stages(name: str, texts: Sequence[str], rounds: Sequence[Seconds], console: Console) -> None:
    """Print a table: one row a stage, for the first round and for the shortest time of any."""
    n_bytes = sum(len(text.encode()) for text in texts)
    title = f"{name}: {len(texts)} documents, {n_bytes / 1e6:.1f} MB"
    table = Table("stage", "MB/s", "ns a byte", "share", "MB/s at first", title=title, title_justify="left")
    best = {stage: min(seconds[stage] for seconds in rounds) for stage in rounds[0]}
    first = rounds[0]
    target, target_first = (sum(times[stage] for stage in STAGES) for times in (best, first))
    for stage, seconds, seconds_first in [
        *((stage, best[stage], first[stage]) for stage in STAGES),
        ("all of these", target, target_first),
        *((stage, best[stage], first[stage]) for stage in _BESIDE),
    ]:
        figures = (n_bytes / seconds / 1e6, seconds / n_bytes * 1e9, seconds / target, n_bytes / seconds_first / 1e6)
        table.add_row(stage, *(f"{figure:.2f}" for figure in figures))
    console.print(table)


def show_calls(console: Console) -> None:
    """Print how long `copydesk.clean` takes for each seed."""
    table = Table("seed", "bytes", "first ms", "best ms", "median ms", title="one text", title_justify="left")
    for path in sorted(SEEDS.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        watches = [Stopwatch() for _ in range(_CALLS)]
        for watch in watches:
            watch.run("clean", copydesk.clean, text)
        times = [1000 * watch.seconds["clean"] for watch in watches]
        figures = (f"{figure:.1f}" for figure in (times[0], min(times), median(times)))
        table.add_row(path.stem[:3], str(len(text.encode())), *figures)
    console.print(table)


def show_loading(console: Console) -> None:
    """Print how long rules and model take to load in this process."""
    watch = Stopwatch()
    watch.run("rules", load_rule_book)
    watch.run("model", load_model)
    console.print(", ".join(f"loading the {stage}: {seconds:.3f} s" for stage, seconds in watch.seconds.items()))


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    console = Console()
    show_loading(console)
    for name, texts in read_samples(arguments.corpus):
        show_stages(name, texts, [time_stages(texts) for _ in range(arguments.rounds)], console)
    show_calls(console)


if __name__ == "__main__":
    main()
