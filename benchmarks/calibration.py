"""What the score of a removed block is worth: `python -m benchmarks.calibration --corpus FOLDER`.

Of the blocks that each detector removed with a score in some range, how many are noise by the gold? Every text is
judged by the model that has not seen its site, in the mode that removes most.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.quality import predict_out_of_fold
from copydesk.cleaning import make_frame
from copydesk.labels import Role
from copydesk.language import detect_languages
from copydesk.noise.model import Model
from copydesk.pipeline import label_blocks
from copydesk.settings import NoiseSettings, Settings
from training.samples import find_content_shares, find_site, read_records

_EDGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)

Record = dict[str, Any]


def judge_removed(records: Sequence[Record], model: Model, settings: Settings) -> Iterator[Record]:
    """Yield reason, score and share of noise of each block removed as noise; blocks of no known role are left out."""
    texts = make_frame(record["raw_text"] for record in records)
    verdicts = label_blocks(texts, detect_languages(texts, settings.language), settings, model)
    for (number,), blocks in verdicts.group_by("document_id", maintain_order=True):
        shares = find_content_shares(records[int(str(number))], blocks)
        judged = blocks.with_columns(noise=1 - pl.Series(shares)).filter(
            (pl.col("role") == Role.NOISE) & pl.col("noise").is_not_nan()
        )
        yield from judged.select("reason", "score", "noise").iter_rows(named=True)


def show_calibration(judged: pl.DataFrame, console: Console) -> None:
    """Print how many of the blocks removed are noise: by detector, and for the model by range of scores."""
    table = Table("removed by", "score", "blocks", "mean score", "noise", title="Removed blocks", title_justify="left")
    detector = (
        pl.when(pl.col("reason").str.contains(r"^(?:model|structure)\.")).then("reason").otherwise(pl.lit("rules"))
    )
    for (name,), rows in (
        judged.with_columns(detector=detector).sort("detector").group_by("detector", maintain_order=True)
    ):
        is_model = str(name).startswith("model.")
        for low, high in pairwise(_EDGES) if is_model else [(0.0, 1.0)]:
            chosen = rows.filter((pl.col("score") > low) & (pl.col("score") <= high))
            means = chosen.select(pl.col("score", "noise").mean()).row(0)
            figures = ("" if mean is None else f"{mean:.3f}" for mean in means)
            table.add_row(str(name), f"{low:.2f} to {high:.2f}" if is_model else "", f"{chosen.height:,}", *figures)
    console.print(table)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    corpus = parser.parse_args().corpus
    pages = list(read_records(corpus / "pages_dev.jsonl.zst"))
    sites = {record["id"]: find_site(record["url"]) for record in pages}
    records = [record for record in pages if record["gold_text"]]
    records += read_records(corpus / "residual_dev.jsonl.zst")
    settings = Settings(noise=NoiseSettings(mode="strict"))
    judged = pl.DataFrame(list(predict_out_of_fold(records, sites, judge_removed, settings)))
    show_calibration(judged, Console())


if __name__ == "__main__":
    main()
