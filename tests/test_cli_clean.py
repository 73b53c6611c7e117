"""`copydesk clean` and `copydesk explain`, as a person calls them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.gold import SEEDS, read_gold, read_seed

COPYDESK = Path(sys.executable).with_name("copydesk")
SEED = SEEDS / read_gold()[0]["file"]


def call(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COPYDESK, *arguments], input=stdin, capture_output=True, text=True, check=False)


def clean_lines(tmp_path: Path, lines: list[str]) -> tuple[list[dict[str, Any]], subprocess.CompletedProcess[str]]:
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = call("clean", "--jsonl", tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()], done


def test_clean_prints_the_paragraphs_of_a_file() -> None:
    wanted = [block["text"] for block in read_gold()[0]["blocks"] if block["role"] == "content"]
    assert call("clean", SEED).stdout == "\n\n".join(wanted) + "\n"


def test_clean_reads_standard_input() -> None:
    assert call("clean", "-", stdin=SEED.read_text(encoding="utf-8")).stdout == call("clean", SEED).stdout


def test_clean_reads_a_web_page(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><body><p>The old bridge opens again in spring.</p></body></html>")
    assert call("clean", tmp_path / "page.html").stdout == "The old bridge opens again in spring.\n"


def test_explain_spells_out_what_would_steer_a_terminal() -> None:
    shown = call("explain", "-", stdin="The old \x1b[2Jbridge opens again in spring, the mayor said on Monday.").stdout
    assert r"\x1b[2" in shown
    assert "\x1b" not in shown


def test_clean_names_an_unreadable_file_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    done = call("clean", tmp_path / "empty.txt", tmp_path / "missing.txt", SEED)
    assert done.returncode == 1
    assert done.stdout.strip()
    assert [line.rpartition("/")[2] for line in done.stderr.splitlines()] == [
        "empty.txt holds no bytes",
        "missing.txt cannot be opened: No such file or directory.",
    ]


def test_json_lines_have_the_documented_keys(tmp_path: Path) -> None:
    gold = read_gold()[1]
    (record,), done = clean_lines(tmp_path, [json.dumps({"id": 7, "text": read_seed(gold["file"])})])
    assert done.returncode == 0
    assert {key: record[key] for key in ("id", "language", "title", "authors", "published", "source_url")} == {
        "id": 7,
        **{key: gold[key] for key in ("language", "title", "authors", "published", "source_url")},
    }
    assert record["paragraphs"] == [block["text"] for block in gold["blocks"] if block["role"] == "content"]
    assert [set(block) for block in record["removed"]] == [{"text", "label", "reason", "char_start", "char_end"}] * 11


def test_json_lines_keep_their_order_and_unknown_keys(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, "text": f"Text number {i}", "crawl": f"c{i}"}) for i in range(450)]
    records, _ = clean_lines(tmp_path, lines)
    assert [(r["id"], r["crawl"], r["paragraphs"]) for r in records] == [
        (i, f"c{i}", [f"Text number {i}"]) for i in range(450)
    ]


def test_bad_line_gives_an_error_in_its_place(tmp_path: Path) -> None:
    records, done = clean_lines(
        tmp_path, ['{"id": 1, "text": "A"}', "{broken", '{"id": 3}', "[1]", '{"id": 5, "text": ""}']
    )
    assert ["error" if "error" in record else record["paragraphs"] for record in records] == [
        ["A"],
        "error",
        "error",
        "error",
        [],
    ]
    assert [record["id"] for record in records] == [1, None, 3, None, 5]
    assert done.returncode == 1
    assert "line 2 is no JSON" in done.stderr


def test_json_lines_flow_through_the_standard_streams() -> None:
    done = call("clean", "--jsonl", "-", "-", stdin='{"id": "a", "text": "Partager"}\n')
    assert json.loads(done.stdout)["removed"][0]["label"] == "share"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clean"], "Name text files"),
        (["clean", "--jsonl", "missing.jsonl", "out.jsonl"], "missing.jsonl cannot be opened"),
        (["clean", "--jsonl", "same.jsonl", "same.jsonl"], "name another OUT"),
        (["clean", str(SEED), "--settings", "missing.toml"], "missing.toml"),
        (["explain", "missing.txt"], "missing.txt cannot be opened"),
    ],
)
def test_wrong_use_is_told_in_a_line(arguments: list[str], message: str) -> None:
    done = call(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_explain_shows_every_block_in_reading_order() -> None:
    lines = call("explain", SEED).stdout.splitlines()
    spans = [
        line.split()[0]
        for line in lines
        if line.strip() and line.split()[0].replace("-", "").isdigit() and "-" in line.split()[0]
    ]
    assert spans[:14] == [f"{block['start']}-{block['end']}" for block in read_gold()[0]["blocks"]]


def test_explain_shows_what_the_markup_states_beside_the_text(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<html><head><meta property="article:published_time" content="2024-05-03T10:20:00+02:00">'
        '<link rel="canonical" href="https://example.org/bridge"></head><body>'
        "<p>The old bridge opens again in spring, the mayor said on Monday.</p></body></html>"
    )
    for shown in (call("explain", str(page)).stdout, call("explain", "-", stdin=page.read_text()).stdout):
        assert "https://example.org/bridge" in shown
        assert "2024-05-03" in shown


def test_explain_names_the_reason_of_a_removed_block() -> None:
    assert "noise share  fr.share_button  1.00" in call("explain", SEED).stdout


@pytest.mark.parametrize("command", ["run", "serve", "clean", "explain"])
def test_help_of_every_command_says_what_it_does(command: str) -> None:
    done = call(command, "--help")
    assert done.returncode == 0
    assert len(done.stdout) > 400


def test_version_is_printed() -> None:
    assert call("--version").stdout.startswith("copydesk ")


def test_import_does_not_wait_for_heavy_libraries() -> None:
    code = (
        "import sys, copydesk.cli; print([m for m in ('polars', 'prefect', 'great_expectations') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
