"""Kill runs at random moments and count what is lost.

    python -m benchmarks.crash --kills 200

Pages are added, edited, renamed and deleted; then a run is started and killed with SIGKILL. Every tenth is
`copydesk run` itself, with Prefect and Great Expectations; the others do the same without those two, which take nearly
all of the time and touch nothing of the dataset (`--every 1` kills nothing but `copydesk run`). Half of the moments are
drawn over the whole length of a run, half over the short time in which it writes the new version. After each kill the
dataset must be readable, and hold the rows of the version last published, or all of the one about to be. Every fifth
time a run is then left to end, and what it publishes must equal, row for row, what is built from scratch. At the end
nothing may be left over.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import polars as pl

from copydesk.schemas import PUBLISHED
from copydesk.tables import open_dataset
from flows.server import start_embedded_server
from tests.histories import read_rows

_KILLS_A_RECOVERY = 5
_WHOLE = [sys.executable, "-c", "from copydesk.cli import app; app()", "run", "--allow-shrink"]
_STEPS = [
    sys.executable,
    "-c",
    """
import argparse, functools, pathlib
from tests.histories import run_once
options = argparse.ArgumentParser()
options.add_argument("--raw", type=pathlib.Path)
options.add_argument("--data", type=pathlib.Path)
say = functools.partial(print, flush=True)
say("start")
run_once(**vars(options.parse_args()), note=say)
say("end")
""",
]


def main() -> int:
    """Run the benchmark and print its figures; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--every", type=int, default=10, help="each so many kills hit copydesk run itself")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PREFECT_HOME"] = f"{folder}/prefect"
        os.environ["PREFECT_API_URL"] = start_embedded_server()
        return CrashTest(Path(folder), random.Random(options.seed)).run(options.kills, options.every)


class CrashTest:
    """Pages, a dataset, and what has happened to them."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.raw, self.data, self.scratch = (folder / name for name in ("raw", "data", "scratch"))
        self.dice = dice
        self.moments: Counter[str] = Counter()
        self.wrong = self.n_recoveries = self.n_made = 0
        self.raw.mkdir()

    def run(self, n_kills: int, every: int) -> int:
        """Kill `n_kills` runs; return 1 if a reader ever saw anything wrong, or something is left over, else 0."""
        for _ in range(20):
            self.add_page()
        lengths = {True: self.complete(_WHOLE), False: self.complete(_STEPS)}
        for number in range(1, n_kills + 1):
            self.change_pages()
            before = list_ids(self.data)
            is_whole_run = number % every == 0
            self.kill(is_whole_run, lengths[is_whole_run], while_publishing=self.dice.random() < 0.5)  # noqa: PLR2004
            self.wrong += not self.is_whole(before)
            if number % _KILLS_A_RECOVERY == 0:
                self.complete(_WHOLE if is_whole_run else _STEPS)
                self.check_against_scratch()
            print(f"{number} kills: {self.wrong} wrong; {dict(self.moments)}", flush=True)  # noqa: T201
        left = sorted(path.name for path in self.data.iterdir())
        versions = len(list((self.data / ".versions").iterdir()))
        print(f"{n_kills} kills, {self.n_recoveries} recoveries, {self.wrong} wrong; left: {left}, {versions} versions")  # noqa: T201
        return int(self.wrong > 0 or versions > 3)  # noqa: PLR2004

    def add_page(self) -> None:
        """Write a page of its own text."""
        self.n_made += 1
        lines = [f"The council of district {self.n_made} met on day {i} and decided on {i} roads." for i in range(4)]
        (self.raw / f"page-{self.n_made:05}.txt").write_text("\n".join([*lines, "Share", "Read also"]))

    def change_pages(self) -> None:
        """Add, edit, rename and delete some pages."""
        self.add_page()
        pages = sorted(self.raw.iterdir())
        edited, moved, deleted = self.dice.sample(pages, 3)
        edited.write_text(f"{edited.read_text()}\nEdited {self.dice.random()}, the clerk of the council said.")
        moved.rename(moved.with_name(f"moved-{self.n_made:05}.txt"))
        if len(pages) > 20:  # noqa: PLR2004
            deleted.unlink()

    def complete(self, command: list[str]) -> float:
        """Let a run come to its end; return its length in seconds, without imports where it says when they are done."""
        start = time.monotonic()
        full = [*command, "--raw", str(self.raw), "--data", str(self.data)]
        with subprocess.Popen(full, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                start = time.monotonic() if line.strip() == "start" else start
        if process.returncode:
            raise SystemExit(f"A run that was left to end failed with {process.returncode}.")
        self.n_recoveries += 1
        return time.monotonic() - start

    def kill(self, is_whole_run: bool, length: float, while_publishing: bool) -> None:
        """Start a run and kill it."""
        command = [*(_WHOLE if is_whole_run else _STEPS), "--raw", str(self.raw), "--data", str(self.data)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            if not is_whole_run:
                process.stdout.readline()  # imports are done
            if while_publishing:
                while process.poll() is None and not any((self.data / ".versions").glob(".build-*")):
                    time.sleep(0.001)
                time.sleep(self.dice.uniform(0, 0.2))
            else:
                time.sleep(self.dice.uniform(0, length))
            found = self.tell_moment() if is_whole_run else ""
            process.send_signal(signal.SIGKILL)
            stage = found or (["find_changes", *process.stdout.read().split()])[-1]
            self.moments[f"run: {stage}" if is_whole_run else stage] += 1

    def tell_moment(self) -> str:
        """Say which stage `copydesk run` is in, from what it has left on disk so far."""
        staging = self.data / ".staging"
        names = {path.stem for path in staging.glob("*/*read-*/chunk-*/**/*.parquet")}
        stages = {
            "publish": any((self.data / ".versions").glob(".build-*")),
            "check_delivery": any(staging.glob("*/checked-*/*.parquet")),
            "validate": "paragraphs" in names,
            "split_paragraphs": "verdicts" in names,
            "strip_noise": "languages" in names,
            "detect_language": "texts" in names,
            "ingest": staging.exists(),
        }
        return next((stage for stage, is_there in stages.items() if is_there), "start or end")

    def is_whole(self, before: dict[str, list[str]]) -> bool:
        """Tell whether readers see the version from before the kill, or the one it was about to publish, whole."""
        after = list_ids(self.data)
        if after == before:
            return True
        shutil.rmtree(self.scratch, ignore_errors=True)
        run_to_end(_STEPS, self.raw, self.scratch)
        return after == list_ids(self.scratch)

    def check_against_scratch(self) -> None:
        """Count it as wrong when the dataset is not what is built from scratch."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        run_to_end(_STEPS, self.raw, self.scratch)
        pairs = zip(read_rows(self.data), read_rows(self.scratch), strict=True)
        self.wrong += not all(grown.equals(built) for grown, built in pairs)


def run_to_end(command: list[str], raw: Path, data: Path) -> None:
    """Run a command to its end."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*command, "--raw", raw, "--data", data], check=True, **quiet)


def list_ids(data: Path) -> dict[str, list[str]]:
    """Return the keys of all rows readers see, by table."""
    return {
        contract.name: open_dataset(data, contract.name)
        .select(pl.concat_str(contract.key, separator=" "))
        .collect()
        .to_series()
        .sort()
        .to_list()
        for contract in PUBLISHED
    }


if __name__ == "__main__":
    sys.exit(main())
