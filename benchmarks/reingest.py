"""Measure what a run costs when nothing changed, and when one file in a hundred did.

    python -m benchmarks.reingest --unchanged 10000 100000 --files 2000

An unchanged run is compared with one on a single file, so that what Prefect takes to start is not counted. The times
are the least of a few, in seconds.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from copydesk.fingerprint import combine_parts, describe_pipeline
from copydesk.manifest import describe_sources
from copydesk.publish import publish_version
from copydesk.reading import list_sources, read_sources
from copydesk.settings import Settings
from copydesk.versions import lock_dataset
from flows.server import start_embedded_server
from tests.tables_factory import make_state

_COMMAND = [sys.executable, "-c", "from copydesk.cli import app; app()", "run"]
_SEEDS = Path(__file__).parent.parent / "seeds"
_LONG_AGO = 1_000_000_000


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unchanged", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PREFECT_HOME"] = f"{folder}/prefect"
        os.environ["PREFECT_API_URL"] = start_embedded_server()
        measure_unchanged(Path(folder), options.unchanged, options.repeats)
        if options.files:
            measure_changes(Path(folder), options.files)


def measure_unchanged(folder: Path, sizes: list[int], repeats: int) -> None:
    """Time runs that find nothing to do."""
    places = {size: (folder / f"raw-{size}", folder / f"data-{size}") for size in [1, *sizes]}
    for size, (raw, data) in places.items():
        write_pages(raw, size)
        publish_manifest(raw, data)
    least = {size: min(run(raw, data) for _ in range(repeats)) for size, (raw, data) in places.items()}
    for size in sizes:
        seconds = least[size] - least[1]
        print(f"unchanged, {size:,} files: {seconds:.2f} s more than the {least[1]:.2f} s of one file")  # noqa: T201


def measure_changes(folder: Path, n_files: int) -> None:
    """Time a build from scratch, and runs after one file in a hundred was edited, or as many were added."""
    raw, data = folder / "raw-all", folder / "data-all"
    write_pages(raw, n_files)
    times = {"from scratch": run(raw, data)}
    for path in sorted(raw.rglob("*.txt"))[::100]:
        path.write_text(f"{path.read_text(encoding='utf-8')}\nLa mairie a réagi mardi.", encoding="utf-8")
    times["1 % edited"] = run(raw, data)
    write_pages(raw, n_files // 100, prefix="new-")
    times["1 % added"] = run(raw, data)
    times["unchanged"] = run(raw, data)
    for what, seconds in times.items():
        share = (seconds - times["unchanged"]) / (times["from scratch"] - times["unchanged"])
        print(f"{n_files:,} files, {what}: {seconds:.1f} s; beyond an unchanged run {share:.1%} of a build")  # noqa: T201


def write_pages(raw: Path, n_files: int, prefix: str = "") -> None:
    """Write pages that differ in a line, a thousand a folder."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(_SEEDS.glob("*.txt"))]
    for number in range(n_files):
        path = raw / f"{prefix}{number // 1000:03}" / f"{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{texts[number % len(texts)]}\nPage {prefix}{number}.", encoding="utf-8")
        os.utime(path, (_LONG_AGO, _LONG_AGO))


def publish_manifest(raw: Path, data: Path) -> None:
    """Publish a version that knows all pages of `raw`; its tables, which an unchanged run never reads, are empty."""
    settings, now = Settings(), datetime.now(UTC)
    pipeline = describe_pipeline(settings)
    sources = list_sources(raw)
    rows = describe_sources(sources, read_sources(sources, settings.reading, now).hashes, combine_parts(pipeline), now)
    with lock_dataset(data):
        publish_version([], data, make_state(rows, pipeline=pipeline), now)


def run(raw: Path, data: Path) -> float:
    """Return how long `copydesk run` takes, in seconds."""
    start = time.perf_counter()
    subprocess.run([*_COMMAND, "--raw", raw, "--data", data], check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
