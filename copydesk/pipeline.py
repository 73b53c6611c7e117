"""The text pipeline: pure steps from decoded texts to the three published tables."""

from datetime import datetime

from copydesk.assemble import assemble_tables as _assemble
from copydesk.metadata import read_facts
from copydesk.noise.label import label_blocks as _label
from copydesk.noise.rules import load_rule_book
from copydesk.schemas import Languages, Tables, Texts, Verdicts
from copydesk.settings import Settings
from copydesk.text.cut import cut_blocks


def label_blocks(texts: Texts, settings: Settings) -> Verdicts:
    """Cut documents into blocks and give each block one role and label, with the reason."""
    book = load_rule_book()
    return _label(cut_blocks(texts, book.vocabulary), book, settings.noise)


def assemble_tables(
    texts: Texts, languages: Languages, verdicts: Verdicts, settings: Settings, processed_at: datetime
) -> Tables:
    """Read the facts the metadata blocks state, and assemble the three published tables."""
    facts = read_facts(verdicts, languages, load_rule_book(), settings.metadata)
    return _assemble(texts, languages, verdicts, facts, processed_at)
