"""The text pipeline: pure steps from decoded texts to the three published tables."""

from datetime import datetime

from copydesk.assemble import assemble_tables as _assemble
from copydesk.language import detect_block_languages, find_foreign_blocks, settle_languages
from copydesk.metadata import read_facts
from copydesk.noise.clues import describe_clues
from copydesk.noise.decide import decide_verdicts
from copydesk.noise.label import collect_evidence
from copydesk.noise.label import label_blocks as _label
from copydesk.noise.model import Model, load_model
from copydesk.noise.rules import load_rule_book
from copydesk.schemas import Languages, Tables, Texts, Verdicts
from copydesk.settings import Settings
from copydesk.text.cut import cut_blocks


def label_blocks(texts: Texts, languages: Languages, settings: Settings, model: Model | None = None) -> Verdicts:
    """Cut documents into blocks and give each block one role and label, with the reason.

    `languages` are the first opinions of `detect_languages`. Another `model` than the shipped one is for measuring.
    """
    book, model = load_rule_book(), model or load_model()
    blocks = cut_blocks(texts, book, model.cutting)
    return _label(blocks, find_foreign_blocks(blocks, languages), book, model, settings.noise)


def label_with_clues(texts: Texts, languages: Languages, settings: Settings) -> tuple[Verdicts, dict[int, str]]:
    """Label one text as `label_blocks` does, and say what moved the model most towards noise.

    The clues are those of each block, by the offset where it starts.
    """
    book, model = load_rule_book(), load_model()
    blocks = cut_blocks(texts, book, model.cutting)
    found = collect_evidence(blocks, find_foreign_blocks(blocks, languages), book, model)
    clues = dict(zip(found.signals["char_start"], describe_clues(found.opinions, model), strict=True))
    return decide_verdicts(found.signals, found.evidence, settings.noise), clues


def assemble_tables(
    texts: Texts, languages: Languages, verdicts: Verdicts, settings: Settings, processed_at: datetime
) -> Tables:
    """Settle languages by the content, settle the facts, assemble the published tables.

    `languages` are the first opinions of `detect_languages`.
    """
    settled = settle_languages(detect_block_languages(verdicts, settings.language), languages)
    facts = read_facts(texts, verdicts, settled.documents, load_rule_book(), settings.metadata)
    return _assemble(texts, settled, verdicts, facts, processed_at)
