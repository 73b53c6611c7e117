"""Train the models: `python -m training --corpus FOLDER --out FILE --folds FOLDER`."""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from copydesk.noise.model import save_model
from copydesk.trees import save_trees
from training.breaks import read_break_samples
from training.fit import Report, calibrate_models, fit_cutting, fit_model, fit_titles
from training.folds import N_FOLDS
from training.samples import read_samples
from training.seams import read_seam_samples
from training.teacher import measure_coverage, teach_pages
from training.titles import read_title_samples


def name_title_file(model: Path) -> Path:
    """Return where the trees for titles lie beside a model: `title.npz` beside `model.npz`."""
    return model.with_name(model.name.replace("model", "title").replace("without", "title_without"))


def main() -> None:
    """Read the corpus, fit the shipped model on all of it and one a fold without the fold's sites, and save them."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the model file; trees for titles go beside it")
    parser.add_argument("--folds", type=Path, required=True, help="folder for the models that quality is measured with")
    arguments = parser.parse_args()
    if not (arguments.corpus / "pages_dev.jsonl.zst").is_file():
        sys.exit(f"{arguments.corpus} holds no pages_dev.jsonl.zst. Name the corpus folder with --corpus.")
    train_all(arguments.corpus, arguments.out, arguments.folds, make_reporter())


def make_reporter() -> Report:
    """Return a function that prints a stage and how long the training has been going on."""
    started = time.monotonic()
    return lambda stage: print(f"{time.monotonic() - started:6.0f} s  {stage}", flush=True)  # noqa: T201


def train_all(corpus: Path, out: Path, folds: Path, report: Report) -> None:
    """Fit and save every model; each text is cut, and its title found, by trees that have not seen its site."""
    report("joiners and cutters")
    breaks, seams = read_break_samples(corpus), read_seam_samples(corpus)
    splits = {out: None} | {folds / f"without_fold_{fold}.npz": fold for fold in range(N_FOLDS)}
    cutting = {fold: fit_cutting(breaks, seams, _or_none(fold)) for fold in splits.values()}
    report("titles")
    unseen = [cutting[fold] for fold in range(N_FOLDS)]
    headlines = read_title_samples(corpus, unseen)
    titles = {fold: fit_titles(headlines, headlines.fold != _or_none(fold)) for fold in splits.values()}
    report("cut and measure the corpus")
    samples = read_samples(corpus, unseen, [titles[fold] for fold in range(N_FOLDS)])
    report(f"{samples.signals.height:,} blocks")
    coverage = measure_coverage(corpus, samples)
    models = {}
    for path, fold in splits.items():
        report(f"fit {path}")
        train = samples.fold != _or_none(fold)
        taught = teach_pages(samples, coverage, train)
        models[path] = fit_model(taught, train, cutting[fold], titles[fold], report)
    report("calibrate")
    calibration = calibrate_models(samples, {fold: models[path] for path, fold in splits.items() if fold is not None})
    for path, model in models.items():
        with path.open("wb") as file, name_title_file(path).open("wb") as title_file:
            save_model(replace(model, calibration=calibration), file)
            save_trees(model.titles, title_file)
    report("done")


def _or_none(fold: int | None) -> int:
    """Return the number of a fold to leave out; one that no block has, for none."""
    return N_FOLDS if fold is None else fold


if __name__ == "__main__":
    main()
