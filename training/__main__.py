"""Train the model: `python -m training --corpus FOLDER --out FILE`, or `--folds --out FOLDER`."""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from copydesk.noise.model import save_model
from copydesk.trees import save_trees
from training.fit import fit_cutter, fit_model, fit_titles
from training.samples import N_FOLDS, read_samples
from training.seams import read_seam_samples
from training.titles import read_title_samples


def name_title_file(model: Path) -> Path:
    """Return where the trees for titles lie beside a model: `title.npz` beside `model.npz`."""
    return model.with_name(model.name.replace("model", "title").replace("without", "title_without"))


def main() -> None:
    """Read the corpus, fit, save; with `--folds` one model a fold, for measuring."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument(
        "--out", type=Path, required=True, help="the model file, or with --folds a folder for one a fold"
    )
    parser.add_argument("--folds", action="store_true", help="fit one model a fold, each without that fold's sites")
    arguments = parser.parse_args()
    if not (arguments.corpus / "pages_dev.jsonl.zst").is_file():
        sys.exit(f"{arguments.corpus} holds no pages_dev.jsonl.zst. Name the corpus folder with --corpus.")
    started = time.monotonic()

    def report(stage: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {stage}", flush=True)  # noqa: T201

    report("cutters")
    seams = read_seam_samples(arguments.corpus)
    cutters = [fit_cutter(seams, seams.fold != fold) for fold in range(N_FOLDS)]
    report("titles")
    headlines = read_title_samples(arguments.corpus, cutters)
    titles = [fit_titles(headlines, headlines.fold != fold) for fold in range(N_FOLDS)]
    report("cut and measure the corpus")
    samples = read_samples(arguments.corpus, cutters, titles)
    report(f"{samples.signals.height:,} blocks")
    everywhere = np.ones(len(samples.fold), dtype=bool)
    chosen = {
        arguments.out / f"without_fold_{fold}.npz": (cutters[fold], titles[fold], samples.fold != fold)
        for fold in range(N_FOLDS)
    }
    if not arguments.folds:
        whole = fit_cutter(seams, seams.fold >= 0), fit_titles(headlines, headlines.fold >= 0)
        chosen = {arguments.out: (*whole, everywhere)}
    for path, (cutter, title_trees, train) in chosen.items():
        report(f"fit {path}")
        with name_title_file(path).open("wb") as file:
            save_trees(title_trees, file)
        model = fit_model(samples, train, cutter, title_trees, report)
        with path.open("wb") as file:
            save_model(model, file)
    report("done")


if __name__ == "__main__":
    main()
