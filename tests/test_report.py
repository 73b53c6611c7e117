"""The summary of a run: what it counts, and how it reads as Markdown and on a terminal."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from copydesk.changes import Changes
from copydesk.reading import Source
from copydesk.report import MAX_SHOWN, format_markdown, print_summary
from copydesk.schemas import DOCUMENTS, PARAGRAPHS, QUARANTINE, REMOVED, Contract, Quarantine, Tables
from copydesk.summary import MAX_LISTED, RunSummary, count_labels, list_counts, summarise_run
from copydesk.versions import VersionInfo

NOW = datetime(2026, 1, 2, tzinfo=UTC)
FOLDERS = ("raw", Path("data/clean"))
VERSION = VersionInfo("v1", NOW.isoformat(), {"documents": 9, "paragraphs": 18, "removed": 7}, {"fr": 9}, 0, {})
SOURCE = Source(Path("raw/a.txt"), "a.txt", 1, 1)
CHANGES = Changes(outdated=(SOURCE,), gone=("b.txt",), n_unchanged=7, pipeline=("rules",))


def fill_table(contract: Contract, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(contract.columns))


def make_tables(n_documents: int = 1, title: str | None = "Un titre", language: str = "fr") -> Tables:
    """Documents with two paragraphs, two share lines, one menu and a byline each."""
    ids = [f"id-{number:04}" for number in range(n_documents)]
    documents = [
        {"document_id": i, "source_file": f"{i}.txt", "record_index": 0, "language": language, "title": title}
        for i in ids
    ]
    paragraphs = [{"document_id": i, "label": "paragraph"} for i in ids for _ in range(2)]
    labels = [("noise", "share"), ("noise", "share"), ("noise", "navigation"), ("metadata", "byline")]
    removed = [{"document_id": i, "role": role, "label": label} for i in ids for role, label in labels]
    return Tables(
        fill_table(DOCUMENTS, documents),
        fill_table(PARAGRAPHS, paragraphs),
        fill_table(REMOVED, removed),
    )


def make_quarantine(n_rows: int) -> Quarantine:
    row = {"reason": "binary", "detail": "holds binary content", "found_at": NOW}
    return fill_table(QUARANTINE, [{"source_file": f"bad-{number}.bin"} | row for number in range(n_rows)])


def summarise(tables: Tables, n_quarantined: int = 0) -> RunSummary:
    quarantine = make_quarantine(n_quarantined)
    return summarise_run([count_labels(tables)], quarantine, FOLDERS, VERSION, CHANGES)


def render(summary: RunSummary, width: int) -> str:
    out = io.StringIO()
    print_summary(summary, Console(file=out, width=width), programs=".venv/bin/")
    return out.getvalue()


def test_summary_counts_what_was_kept_and_removed_of_each_document() -> None:
    [document] = summarise(make_tables()).documents
    assert (document.n_paragraphs, document.removed) == (2, {"share": 2, "byline": 1, "navigation": 1})


def test_summary_adds_up_all_batches() -> None:
    other = make_tables(1)
    other = Tables(*(frame.with_columns(document_id=pl.lit("other")) for frame in other))
    counts = [count_labels(make_tables(2)), count_labels(other)]
    summary = summarise_run(counts, make_quarantine(0), FOLDERS, VERSION, CHANGES)
    assert (summary.n_documents, summary.n_paragraphs, summary.n_removed) == (3, 6, 12)


def test_summary_counts_documents_by_language() -> None:
    assert summarise(make_tables(3, language="de")).languages == {"de": 3}


def test_summary_keeps_a_document_that_lost_all_its_blocks() -> None:
    tables = make_tables()
    bare = Tables(tables.documents, tables.paragraphs.clear(), tables.removed.clear())
    [document] = summarise(bare).documents
    assert (document.n_paragraphs, document.removed) == (0, {})


def test_summary_lists_a_limited_number_of_documents_and_counts_all() -> None:
    summary = summarise(make_tables(MAX_LISTED + 5), n_quarantined=MAX_LISTED + 7)
    assert (len(summary.documents), summary.n_documents) == (MAX_LISTED, MAX_LISTED + 5)
    assert (len(summary.quarantined), summary.n_quarantined) == (MAX_LISTED, MAX_LISTED + 7)


def test_summary_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(asdict(summarise(make_tables(), 1))))["n_quarantined"] == 1


def test_list_of_counts_stops_at_its_limit() -> None:
    assert len(list_counts([count_labels(make_tables(5))], at_most=7)) == 7


def test_markdown_escapes_what_pages_say() -> None:
    text = format_markdown(summarise(make_tables(title="a | b <script> [x](y)\n# z")))
    assert r"a \| b \<script\> \[x\]\(y\) \# z" in text


def test_markdown_states_what_was_set_aside_and_why() -> None:
    assert "| bad-0.bin |  | binary | holds binary content |" in format_markdown(summarise(make_tables(), 1))


@pytest.mark.parametrize("width", [80, 120])
def test_terminal_summary_fits_its_width(width: int) -> None:
    table = render(summarise(make_tables(title="Ein langer Titel " * 20)), width).split("1 document")[0]
    assert max(map(len, table.splitlines())) <= width


def test_terminal_summary_prints_titles_literally() -> None:
    assert "[bold]x[/bold]" in render(summarise(make_tables(title="[bold]x[/bold]")), 120)


def test_terminal_summary_says_how_many_documents_it_leaves_out() -> None:
    assert "... and 4 more documents" in render(summarise(make_tables(MAX_SHOWN + 4)), 100)


def test_terminal_summary_suggests_commands_that_can_be_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "id-0000.txt").touch()
    text = render(summarise(make_tables()), 80)
    assert ".venv/bin/copydesk explain raw/id-0000.txt" in text
    assert "polars.scan_parquet('data/clean/paragraphs/**/*.parquet')" in text


def test_summary_says_what_the_sources_were_and_why_some_came_again() -> None:
    text = render(summarise(make_tables()), 120)
    assert "Sources: 1 gone, 1 processed again, 7 unchanged (changed: rules)." in text
    assert "9 documents, 18 paragraphs, 7 removed" in text


def test_summary_of_a_run_without_changes_says_that_there_was_nothing_to_do() -> None:
    summary = summarise_run([], make_quarantine(0), FOLDERS, VERSION, Changes(n_unchanged=9))
    text = render(summary, 120)
    assert "Nothing to do" in text
    assert "Try next" not in text


def test_what_is_unusual_stands_in_both_summaries() -> None:
    summary = replace(summarise(make_tables()), drift=("language fr: 80% of the new documents, usually 20%.",))
    assert "Unusual: language fr: 80%" in render(summary, 120)
    assert "**Unusual:** language fr: 80%" in format_markdown(summary)


@pytest.mark.parametrize("sequence", ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\u202e", "\u2028", "a\rb"])
def test_summary_shows_what_would_steer_a_terminal_spelled_out(sequence: str) -> None:
    tables = make_tables(title=f"Un {sequence}titre")
    shown = render(summarise(tables), 200) + format_markdown(summarise(tables))
    assert sequence not in shown
    assert ascii(sequence)[1:-1].replace("[", "")[:4] in shown
