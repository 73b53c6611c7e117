"""Kill runs at random moments and count what is lost.

    python -m benchmarks.crash --kills 200

Pages are added, edited, renamed and deleted; then a run is started and killed with SIGKILL, with all it started left
to itself, as a power cut of the run would. Half of the moments are drawn over the whole length of a run, half over the
short time in which it writes the new version. After each kill the dataset must be readable and equal, row for row, to
the version last published. Every few kills a run is left to end, and what it publishes must equal what is built from
scratch. At the end nothing may be left over.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from copydesk.run_log import read_runs
from copydesk.schemas import PUBLISHED
from copydesk.tables import open_dataset
from copydesk.versions import list_versions
from flows.server import start_embedded_server

_RUN_TIMES = ("ingested_at", "processed_at")
_KILLS_A_RECOVERY = 5
_COMMAND = [sys.executable, "-c", "from copydesk.cli import app; app()", "run", "--allow-shrink"]


def main() -> int:
    """Run the benchmark and print its figures; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PREFECT_HOME"] = f"{folder}/prefect"
        os.environ["PREFECT_API_URL"] = start_embedded_server()
        return CrashTest(Path(folder), random.Random(options.seed)).run(options.kills)


class CrashTest:
    """Pages, a dataset, and what has happened to them."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.raw, self.data, self.scratch = (folder / name for name in ("raw", "data", "scratch"))
        self.dice = dice
        self.moments: Counter[str] = Counter()
        self.wrong = self.n_recoveries = self.n_made = 0
        self.raw.mkdir()

    def run(self, n_kills: int) -> int:
        """Kill `n_kills` runs; return 1 if a reader ever saw anything wrong, else 0."""
        for _ in range(20):
            self.add_page()
        length = self.complete()
        for number in range(1, n_kills + 1):
            self.change_pages()
            before = list_ids(self.data)
            self.kill(length, while_publishing=bool(number % 2))
            self.wrong += not self.is_whole(before)
            if number % _KILLS_A_RECOVERY == 0:
                self.complete()
                self.check_against_scratch()
            print(f"{number} kills: {self.wrong} wrong; {dict(self.moments)}", flush=True)  # noqa: T201
        left = sorted(path.name for path in self.data.iterdir())
        versions = len(list((self.data / ".versions").iterdir()))
        print(f"{n_kills} kills, {self.n_recoveries} recoveries, {self.wrong} wrong; left: {left}, {versions} versions")  # noqa: T201
        return int(self.wrong > 0 or versions > 3 or ".staging" in left)  # noqa: PLR2004

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

    def complete(self) -> float:
        """Let a run come to its end; return its length in seconds."""
        start = time.monotonic()
        subprocess.run([*_COMMAND, "--raw", self.raw, "--data", self.data], check=True, stdout=subprocess.DEVNULL)
        self.n_recoveries += 1
        return time.monotonic() - start

    def kill(self, length: float, while_publishing: bool) -> None:
        """Start a run and kill it."""
        with start_run(self.raw, self.data) as process:
            if while_publishing:
                self.await_build(process)
                time.sleep(self.dice.uniform(0, 0.2))
            else:
                time.sleep(self.dice.uniform(0, length))
            self.moments[self.tell_moment(process)] += 1

    def await_build(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait until a run starts to write its new version."""
        while process.poll() is None and not any((self.data / ".versions").glob(".build-*")):
            time.sleep(0.002)

    def tell_moment(self, process: "subprocess.Popen[bytes]") -> str:
        """Say which stage a run is in, from what it has left on disk so far."""
        if process.poll() is not None:
            return "ended"
        batches = list((self.data / ".staging").glob("*/batch-000/**/*.parquet"))
        names = {path.stem for path in batches}
        stages = {
            "publish": any((self.data / ".versions").glob(".build-*")),
            "swap": bool(read_runs(self.data)) and len(list_versions(self.data)) > 3,  # noqa: PLR2004
            "check": any((self.data / ".staging").glob("*/checked-*/*.parquet")),
            "validate": "paragraphs" in names,
            "split_paragraphs": "verdicts" in names,
            "strip_noise": "languages" in names,
            "detect_language": "texts" in names,
            "ingest": (self.data / ".staging").exists(),
        }
        return next((stage for stage, is_there in stages.items() if is_there), "start")

    def is_whole(self, before: dict[str, list[str]]) -> bool:
        """Tell whether readers see the version from before the kill, or the one it was about to publish, whole."""
        after = list_ids(self.data)
        if after == before:
            return True
        shutil.rmtree(self.scratch, ignore_errors=True)
        subprocess.run([*_COMMAND, "--raw", self.raw, "--data", self.scratch], check=True, stdout=subprocess.DEVNULL)
        return after == list_ids(self.scratch)

    def check_against_scratch(self) -> None:
        """Count it as wrong when the dataset is not what is built from scratch."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        subprocess.run([*_COMMAND, "--raw", self.raw, "--data", self.scratch], check=True, stdout=subprocess.DEVNULL)
        pairs = zip(read_rows(self.data), read_rows(self.scratch), strict=True)
        self.wrong += not all(grown.equals(built) for grown, built in pairs)


@contextmanager
def start_run(raw: Path, data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a run in the background, and kill it at the end."""
    command = [*_COMMAND, "--raw", str(raw), "--data", str(data)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:
        yield process
        process.send_signal(signal.SIGKILL)


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


def read_rows(data: Path) -> list[pl.DataFrame]:
    """Return all rows of the three tables, sorted, without the times of the runs that made them."""
    return [
        open_dataset(data, contract.name).drop(_RUN_TIMES, strict=False).collect().sort(contract.key)
        for contract in PUBLISHED
    ]


if __name__ == "__main__":
    sys.exit(main())
