"""Showing every block of a text with its role, label, reason and score: the first tool of every bug report."""

from collections.abc import Iterator, Mapping

import polars as pl
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from copydesk.cleaning import clean_with_clues
from copydesk.labels import Role
from copydesk.schemas import Tables, Texts
from copydesk.settings import Settings
from copydesk.terminal import spell_controls

ROLE_STYLES = {Role.CONTENT: "green", Role.METADATA: "cyan", Role.NOISE: "red"}
_FACTS = (
    *("language", "language_confidence", "title", "authors", "published_at", "published_text"),
    *("updated_at", "updated_text", "source_url", "site"),
)


def explain_document(document: Texts, name: str, settings: Settings, console: Console) -> None:
    """Print every block of a document in reading order, coloured by role, then its facts as they are published.

    What its record or its markup states beside the text counts, as in a run.
    """
    tables, clues = clean_with_clues(document, settings)
    console.print(Text(spell_controls(name), style="bold"))
    for line in _describe_blocks(tables, clues):
        console.print(line)
    console.print(_describe_facts(tables))


def _describe_blocks(tables: Tables, clues: Mapping[int, str]) -> Iterator[Text | Padding]:
    verbatim = pl.coalesce("text_verbatim", "text").alias("text")
    content = tables.paragraphs.with_columns(
        verbatim, role=pl.lit(Role.CONTENT.value), reason=pl.lit(""), score=pl.lit(None, dtype=pl.Float64)
    )
    columns = ("char_start", "char_end", "role", "label", "reason", "score", "text")
    blocks = pl.concat([content.select(columns), tables.removed.select(columns)]).sort("char_start")
    for start, end, role, label, reason, score, text in blocks.iter_rows():
        style = ROLE_STYLES[role]
        why = f"  {reason}  {score:.2f}" if reason else ""
        yield Text.assemble((f"{start:>6}-{end:<6} ", "dim"), (f"{role} {label}", f"bold {style}"), (why, "dim"))
        yield Padding(Text(spell_controls(text), style=style), (0, 0, 0, 4))
        if reason.startswith("model."):
            yield Padding(Text(f"because of {spell_controls(clues[start])}", style="dim"), (0, 0, 0, 4))


def _describe_facts(tables: Tables) -> Table:
    facts = Table.grid("", "", padding=(0, 2))
    facts.columns[0].style = "dim"
    row = tables.documents.row(0, named=True)
    for name in _FACTS:
        value = row[name]
        shown = ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
        facts.add_row(name, Text(spell_controls(shown) or "-", overflow="fold"))
    kept, raw = row["n_chars_kept"], row["n_chars_raw"]
    share = f" ({kept / raw:.0%})" if raw else ""
    facts.add_row("kept", f"{kept:,} of {raw:,} characters{share}")
    return facts
