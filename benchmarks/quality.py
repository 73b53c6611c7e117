"""How well copydesk cleans, beside doing nothing and, with `--peers`, C4's line rules and jusText.

Every page is cleaned by the model that has not seen its site (`benchmarks/folds/`). Scores are those of the corpus's
own `score.py`. With `--check` figures are held against `quality_floor.json`; the exit code is 1 where one is below.
"""

import argparse
import html
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import polars as pl
from rich.console import Console
from rich.progress import track
from rich.table import Table

from copydesk.cleaning import clean_tables, make_frame, read_documents, to_record
from copydesk.labels import Role
from copydesk.language import detect_languages
from copydesk.noise.model import Model, read_model
from copydesk.pipeline import label_blocks
from copydesk.settings import NoiseSettings, Settings
from copydesk.trees import read_trees
from training.folds import find_fold
from training.samples import find_group, find_site, read_records

HERE: Final = Path(__file__).parent
FLOOR: Final = HERE / "quality_floor.json"
RENDERERS: Final = (
    "inscriptis",
    "resiliparse",
    "bs4_nl",
    "bs4_glue",
    "traf_recall",
    "traf_recall_glued",
    "readability",
    "newspaper",
)
RESIDUAL_COLUMNS: Final = (
    "noise-",
    "kept",
    "harm",
    "clean",
    "pF1",
    "labels",
    "title*",
    "authors*",
    "published*",
    "source_url*",
)
_TITLES: Final = {
    "pages": "Pages with a gold text: 4-gram shingle F1",
    "boundaries": "Paragraph-boundary F1 (fundus)",
    "wcxb": "Shingle F1, source wcxb",
    "fundus": "Shingle F1, source fundus",
    "trafilatura": "Snippet accuracy, source trafilatura",
    "residual": "Extracted articles",
}
_BATCH: Final = 200
_C4_WORDS: Final = 5
_WIDTH: Final = 130

# jusText's lists of frequent words, by the languages of the corpus; it has none for Japanese.
_STOPLISTS: Final = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "nl": "Dutch",
    "no": "Norwegian_Bokmal",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "vi": "Vietnamese",
}

Record = dict[str, Any]
Scores = dict[str, dict[str, float]]


def load_scorer(corpus: Path) -> ModuleType:
    """Import the corpus's `score.py`."""
    spec = importlib.util.spec_from_file_location("score", corpus / "score.py")
    if spec is None or spec.loader is None or not (corpus / "score.py").is_file():
        sys.exit(f"{corpus} holds no score.py. Name the corpus folder with --corpus.")
    scorer = importlib.util.module_from_spec(spec)
    sys.modules["score"] = scorer
    spec.loader.exec_module(scorer)
    return scorer


def keep_lines(text: str) -> list[str]:
    """Do nothing: every line is a paragraph."""
    return re.split(r"[\r\n]+", text)


def keep_c4_lines(text: str) -> list[str]:
    """Keep the lines that C4 keeps: five words or more, and a full stop, mark or quote at the end."""
    lines = (line.strip() for line in keep_lines(text))
    return [line for line in lines if line.endswith((".", "!", "?", '"', "”")) and len(line.split()) >= _C4_WORDS]


def keep_justext_lines(record: Record) -> list[str]:
    """Keep what jusText takes for good text, each line given to it as a paragraph."""
    import justext  # noqa: PLC0415  # only in the dependency group `peers`

    page = "".join(f"<p>{html.escape(line)}</p>" for line in keep_lines(record["raw_text"]) if line.strip())
    stoplist = justext.get_stoplist(_STOPLISTS.get(record["lang"], "English"))
    blocks = justext.justext(f"<html><body>{page}</body></html>".encode(), stoplist, encoding="utf-8") if page else []
    return [block.text for block in blocks if not block.is_boilerplate]


def clean_pages(records: Sequence[Record], model: Model, settings: Settings) -> Iterator[Record]:
    """Yield the predictions for some pages: content blocks only, no facts."""
    texts = make_frame(record["raw_text"] for record in records)
    verdicts = label_blocks(texts, detect_languages(texts, settings.language), settings, model)
    content = verdicts.filter(pl.col("role") == Role.CONTENT).group_by("document_id").agg("text")
    paragraphs = dict(content.iter_rows())
    for i, record in enumerate(records):
        yield {"id": record["id"], "renderer": record["renderer"], "paragraphs": paragraphs.get(str(i), [])}


def clean_residual(records: Sequence[Record], model: Model, settings: Settings) -> Iterator[Record]:
    """Yield the predictions for some extracted articles, facts and labels included."""
    tables = clean_tables((record["raw_text"] for record in records), settings, model)
    for record, document in zip(records, read_documents(tables), strict=True):
        yield {"id": record["id"], **to_record(document)}


def predict_out_of_fold(
    records: Sequence[Record],
    sites: dict[str, str],
    clean: Callable[[Sequence[Record], Model, Settings], Iterator[Record]],
    settings: Settings,
) -> Iterator[Record]:
    """Clean each record with the model fitted without its site."""
    by_fold = sorted(records, key=lambda record: find_fold(find_group(record, sites)))
    for fold, group in groupby(by_fold, key=lambda record: find_fold(find_group(record, sites))):
        name = f"without_fold_{fold}.npz"
        with (HERE / "folds" / name).open("rb") as file, (HERE / "folds" / f"title_{name}").open("rb") as titles:
            model = read_model(file, read_trees(titles))
        members = list(group)
        for start in track(range(0, len(members), _BATCH), f"cleaning, fold {fold}", transient=True):
            yield from clean(members[start : start + _BATCH], model, settings)


def measure_pages(scorer: ModuleType, name: str, predictions: Iterator[Record]) -> Scores:
    """Return shingle F1, boundary F1 and, of each source, shingle F1 or snippet accuracy, all by renderer."""
    rows = scorer.score_pages(predictions)
    wanted = {"pages": ("all", "sF1"), "boundaries": ("fundus", "bF1"), "wcxb": ("wcxb", "sF1")}
    wanted |= {"fundus": ("fundus", "sF1"), "trafilatura": ("trafilatura", "snAcc")}
    return {
        f"{group}: {name}": {r: round(rows[f"{source} {r}"][column], 4) for r in RENDERERS}
        for group, (source, column) in wanted.items()
    }


def predict_pages(pages: Sequence[Record], keep: Callable[[Record], list[str]], name: str) -> Iterator[Record]:
    """Yield what a cleaner that reads text alone keeps of each page."""
    for page in track(pages, name, transient=True):
        yield {"id": page["id"], "renderer": page["renderer"], "paragraphs": keep(page)}


def show_scores(title: str, scores: Scores, console: Console) -> None:
    """Print a table: one row a cleaner, one column a figure."""
    columns = list(dict.fromkeys(name for row in scores.values() for name in row))
    table = Table("", *(column.replace("_", " ") for column in columns), title=title, title_justify="left")
    for name, row in scores.items():
        figures = (f"{row[column]:.3f}" if column in row else "" for column in columns)
        table.add_row(name.partition(": ")[2] if name.count(":") and columns[0] in RENDERERS else name, *figures)
    console.print(table)


def find_drops(scores: Scores, floor: Scores) -> list[str]:
    """Return a line for each figure below its floor; `harm` must not rise."""
    return [
        f"{group} {name}: {scores[group][name]:.4f}, floor {wanted:.4f}"
        for group, row in floor.items()
        for name, wanted in row.items()
        if (scores[group][name] > wanted if name == "harm" else scores[group][name] < wanted)
    ]


def measure_all(corpus: Path, settings: Settings, peers: bool) -> Scores:
    """Measure every cleaner on pages and on residual text; keys are "pages: <cleaner>" and so on."""
    scorer = load_scorer(corpus)
    pages = list(read_records(corpus / "pages_dev.jsonl.zst"))
    sites = {record["id"]: find_site(record["url"]) for record in pages}
    residual = list(read_records(corpus / "residual_dev.jsonl.zst"))
    scores: Scores = {}
    cleaners = {"nothing done": lambda record: keep_lines(record["raw_text"])}
    if peers:
        cleaners |= {"C4 lines": lambda record: keep_c4_lines(record["raw_text"]), "jusText": keep_justext_lines}
    for name, keep in cleaners.items():
        scores |= measure_pages(scorer, name, predict_pages(pages, keep, name))
    scores |= measure_pages(scorer, "copydesk", predict_out_of_fold(pages, sites, clean_pages, settings))
    for name, predictions in (
        ("nothing done", "identity"),
        ("copydesk", list(predict_out_of_fold(residual, sites, clean_residual, settings))),
    ):
        rows = scorer.score_residual(predictions)
        for group in ("all", "without noise"):
            row = {column: round(rows[group][column], 4) for column in RESIDUAL_COLUMNS if column in rows[group]}
            scores[f"residual, {group}: {name}"] = row
    return scores


def main() -> None:
    """Measure, show, and with `--check` hold against the floor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--mode", default="balanced")
    parser.add_argument("--peers", action="store_true", help="measure C4's line rules and jusText too")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a figure is below its floor")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    arguments = parser.parse_args()
    scores = measure_all(arguments.corpus, Settings(noise=NoiseSettings(mode=arguments.mode)), arguments.peers)
    console = Console(width=_WIDTH)
    for group, title in _TITLES.items():
        show_scores(title, {k: v for k, v in scores.items() if k.startswith(group)}, console)
    if arguments.json:
        arguments.json.write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")
    drops = find_drops(scores, json.loads(FLOOR.read_text(encoding="utf-8"))) if arguments.check else []
    for line in drops:
        console.print(f"[red]below the floor:[/] {line}")
    sys.exit(1 if drops else 0)


if __name__ == "__main__":
    main()
