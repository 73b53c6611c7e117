"""The figures of `benchmarks.throughput` as a page of documentation and a plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

if TYPE_CHECKING:
    from benchmarks.throughput import Measurement

START: Final = "<!-- figures: made by `make bench`; do not edit -->"
END: Final = "<!-- end of figures -->"
PLOT: Final = "![Time by stage, and cost against size](speed.svg)"
_MIN_SHARE_OF_WORK: Final = 0.1
NAMES: Final[Mapping[str, str]] = {
    "copydesk": "copydesk: read, clean, languages, facts, checks, Parquet",
    "datatrove": "DataTrove: read, language, C4 and Gopher filters, Parquet",
    "datatrove_c4": "DataTrove without the Gopher filter",
    "datatrove_language": "DataTrove without quality filters",
    "langdetect": "langdetect alone: one language a page",
    "trafilatura": "trafilatura alone: extraction from markup",
    "justext": "jusText alone: paragraphs of markup",
}


def find_start(seen: Sequence[Measurement]) -> Measurement:
    """Return the run of fewest pages: what a start costs, since so few take next to nothing."""
    return min((it for it in seen if it.case == "copydesk"), key=lambda it: it.documents)


def count_working_seconds(it: Measurement, start: Measurement) -> float:
    """Return the seconds of a measurement without what the start took."""
    return it.seconds - start.seconds if it.case == "copydesk" else it.seconds


def format_rate(amount: float, it: Measurement, start: Measurement) -> str:
    """Return an amount a second, or a dash where the run was too short to tell its work from its start."""
    seconds = count_working_seconds(it, start)
    return f"{amount / seconds:,.2f}" if seconds > it.seconds * _MIN_SHARE_OF_WORK else "–"


def write_tables(seen: Sequence[Measurement], machine: str, path: Path) -> None:
    """Put the tables between the marks of a page; what stands around them stays.

    Raises:
        SystemExit: the page has no marks.
    """
    page = path.read_text(encoding="utf-8")
    before, mark, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise SystemExit(f"{path} should hold the lines {START!r} and {END!r}: the figures go between them.")
    path.write_text(f"{before}{START}\n\n{_format_figures(seen, machine)}\n\n{END}{after}", encoding="utf-8")


def _format_figures(seen: Sequence[Measurement], machine: str) -> str:
    start = find_start(seen)
    runs = [it for it in seen if it.case == "copydesk" and it is not start]
    peers = [it for it in seen if it.case != "copydesk"]
    compared = [it for it in runs if peers and it.documents == peers[0].documents] + peers
    parts = [f"{machine}. Rates leave out the start of a run, {start.seconds:.0f} s."]
    if peers:
        parts += [f"Beside others, {peers[0].documents:,} pages:", "\n".join(_compare(compared, start))]
    parts += ["Cost against size:", "\n".join(_list_sizes(runs, start))]
    parts += [f"Time by stage, {_find_largest(runs).documents:,} pages, one worker:", "\n".join(_list_stages(runs))]
    return "\n\n".join([*parts, PLOT])


def _compare(seen: Sequence[Measurement], start: Measurement) -> Iterator[str]:
    yield "| | workers | MB/s | pages/s |"
    yield "|---|---|---|---|"
    for it in seen:
        rates = [format_rate(amount, it, start) for amount in (it.n_bytes / 1e6, it.documents)]
        yield f"| {NAMES[it.case]} | {it.workers} | {' | '.join(rates)} |"


def _list_sizes(runs: Sequence[Measurement], start: Measurement) -> Iterator[str]:
    yield "| pages | MB | workers | seconds | CPU seconds | pages/s | peak memory of a process, MB |"
    yield "|---|---|---|---|---|---|---|"
    for it in sorted(runs, key=lambda it: (it.documents, it.workers)):
        rate = format_rate(it.documents, it, start)
        size = f"{it.documents:,} | {it.n_bytes / 1e6:.1f} | {it.workers}"
        yield f"| {size} | {it.seconds:.0f} | {it.cpu_seconds:.0f} | {rate} | {it.peak_bytes / 1e6:.0f} |"


def _list_stages(runs: Sequence[Measurement]) -> Iterator[str]:
    largest = _find_largest(runs)
    total = sum(largest.stages.values())
    yield "| stage | seconds | share |"
    yield "|---|---|---|"
    for stage, seconds in largest.stages.items():
        yield f"| {stage} | {seconds:.1f} | {seconds / total:.0%} |"


def _find_largest(runs: Sequence[Measurement]) -> Measurement:
    return max(runs, key=lambda it: (it.documents, -it.workers))


def draw_plot(seen: Sequence[Measurement], path: Path) -> None:
    """Draw time by stage beside cost against corpus size, as SVG."""
    runs = [it for it in seen if it.case == "copydesk"]
    largest = _find_largest(runs)
    # Letters as text keep the file small; the salt keeps it the same where the figures are.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "copydesk", "font.size": 9}):
        figure, (stages, sizes) = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
        names = list(largest.stages)
        stages.barh(names, list(largest.stages.values()), color="#33658a")
        stages.invert_yaxis()
        stages.set(title=f"Time by stage, {largest.documents:,} pages", xlabel="seconds, one worker")
        for workers in sorted({it.workers for it in runs}):
            line = sorted((it.documents, it.seconds) for it in runs if it.workers == workers)
            sizes.plot(*zip(*line, strict=True), marker="o", label=f"{workers} worker{'s' if workers > 1 else ''}")
        sizes.set(
            title="Cost against size, start included", xlabel="pages", ylabel="seconds", xscale="log", yscale="log"
        )
        sizes.legend()
        sizes.grid(alpha=0.3)
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)
