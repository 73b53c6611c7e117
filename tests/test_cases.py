"""A collection of small pages in many languages, with what must come of every block.

The pages lie in tests/cases/, sorted by the start of the file's name: `wild` (pages as they are met), `synthetic` (one
mechanism each), `negative` (looks like noise and must stay) and `known_failures` (what should work and does not yet;
each with a `reason`). To move a case, move its TOML block. A case of the known failures that passes fails the tests,
until it is moved.

A case has a `name`, a `language` (of the document) and a `page`; where they matter also the facts `title`, `authors`,
`published` and `source_url`. A page names the label of each block, in reading order:

    title | The bridge is open          a block on a line of its own
    paragraph | The old bridge          a block that goes on
    | was opened.                       in the next line
    + heading | What comes next         a block glued to the block before, with nothing between them
                                        an empty line of the page

`keep` stands for any label of content, `drop` for any other label. All text of the cases is our own.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from copydesk.cleaning import CleanDocument, Paragraph, RemovedBlock, clean_many
from copydesk.labels import CONTENT_LABELS, Label

CASES: Final = Path(__file__).parent / "cases"
KINDS: Final = ("wild", "synthetic", "negative", "known_failures")
FACTS: Final = frozenset({"title", "authors", "published", "source_url"})
_LINE: Final = re.compile(r"(?P<glued>\+ )?(?P<label>[a-z_]+ )?\| ?(?P<text>.*)")
_LABELS: Final = frozenset({"keep", "drop", *Label})


@dataclass(frozen=True)
class Block:
    """A block of a page: its text with single spaces, and its label or `keep` or `drop`."""

    label: str
    text: str


@dataclass(frozen=True)
class Case:
    """A page: `text` is what is cleaned, `blocks` and `facts` what must come of it."""

    kind: str
    name: str
    language: str
    text: str
    blocks: tuple[Block, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def read_page(page: str) -> tuple[str, tuple[Block, ...]]:
    """Return the text of a page and its blocks."""
    text = ""
    blocks: list[Block] = []
    for line in page.strip("\n").split("\n"):
        match = _LINE.fullmatch(line)
        assert match or not line, f"Line '{line}' is not 'label | text'."
        text += "" if match and match["glued"] else "\n"
        if match:
            text += match["text"]
            _add_text(blocks, (match["label"] or "").strip(), match["text"])
    return text.removeprefix("\n"), tuple(blocks)


def _add_text(blocks: list[Block], label: str, text: str) -> None:
    spaced = " ".join(text.split())
    if label:
        assert label in _LABELS, f"'{label}' is no label."
        blocks.append(Block(label, spaced))
    else:
        last = blocks.pop()
        blocks.append(Block(last.label, f"{last.text} {spaced}"))


def _read_case(kind: str, entry: dict[str, Any]) -> Case:
    text, blocks = read_page(entry.pop("page"))
    facts = {name: entry.pop(name) for name in FACTS & entry.keys()}
    return Case(kind=kind, text=text, blocks=blocks, facts=facts, **entry)


def _read_kind(kind: str) -> list[Case]:
    files = sorted(CASES.glob(f"{kind}*.toml"))
    entries = [entry for file in files for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("case", [])]
    return [_read_case(kind, entry) for entry in entries]


ALL_CASES: Final = [case for kind in KINDS for case in _read_kind(kind)]


@cache
def _clean_all() -> dict[str, CleanDocument]:
    documents = clean_many([case.text for case in ALL_CASES])
    return {case.name: document for case, document in zip(ALL_CASES, documents, strict=True)}


def _order_blocks(document: CleanDocument) -> list[Paragraph | RemovedBlock]:
    blocks: list[Paragraph | RemovedBlock] = [*document.paragraphs, *document.removed]
    return sorted(blocks, key=lambda block: block.char_start)


def _list_blocks(case: Case) -> list[Block]:
    """Return what came of the page, in reading order; `keep` and `drop` as the case asks for them."""
    document = _clean_all()[case.name]
    loose = {block.text: block.label for block in case.blocks if block.label in ("keep", "drop")}
    blocks = []
    for block in _order_blocks(document):
        text = " ".join(case.text[block.char_start : block.char_end].split())
        role = "keep" if block.label in CONTENT_LABELS else "drop"
        blocks.append(Block(role if loose.get(text) == role else block.label, text))
    return blocks


def _mark_case(case: Case) -> Any:
    marks = [pytest.mark.xfail(reason=case.reason, raises=AssertionError, strict=True)] if case.reason else []
    return pytest.param(case, id=f"{case.kind}: {case.name}", marks=marks)


def _name_case(case: Case) -> str:
    return f"{case.kind}: {case.name}"


@pytest.mark.parametrize("case", [_mark_case(case) for case in ALL_CASES])
def test_page_comes_out_as_the_case_says(case: Case) -> None:
    document = _clean_all()[case.name]
    facts = {name: getattr(document, name) for name in case.facts}
    if "authors" in facts:
        facts["authors"] = list(facts["authors"])

    assert _list_blocks(case) == list(case.blocks)
    assert facts == case.facts
    assert document.language == case.language


@pytest.mark.parametrize("case", ALL_CASES, ids=_name_case)
def test_every_character_of_the_page_is_in_one_block(case: Case) -> None:
    blocks = _order_blocks(_clean_all()[case.name])
    joined = "".join(case.text[block.char_start : block.char_end] for block in blocks)

    assert "".join(joined.split()) == "".join(case.text.split())


def test_every_case_file_is_read() -> None:
    unread = [file.name for file in CASES.iterdir() if not file.name.startswith(KINDS) or file.suffix != ".toml"]

    assert unread == []


def test_names_of_cases_are_unique() -> None:
    assert sorted({case.name for case in ALL_CASES}) == sorted(case.name for case in ALL_CASES)


def test_known_failures_and_only_they_give_a_reason() -> None:
    assert [case.name for case in ALL_CASES if bool(case.reason) != (case.kind == "known_failures")] == []


def test_collection_is_wide() -> None:
    languages = {case.language for case in ALL_CASES if case.kind != "known_failures"}

    assert len(ALL_CASES) >= 170
    assert len(languages) >= 14


@pytest.mark.parametrize(
    ("page", "text"),
    [
        pytest.param("keep | a\nkeep | b", "a\nb", id="lines"),
        pytest.param("keep | a.\n+ keep | B", "a.B", id="glued"),
        pytest.param("keep | a\n| b", "a\nb", id="goes on"),
        pytest.param("keep | a\n\nkeep | b", "a\n\nb", id="empty line"),
    ],
)
def test_page_of_a_case_is_read_as_described(page: str, text: str) -> None:
    assert read_page(page)[0] == text
