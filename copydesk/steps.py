"""The steps of a run on staged tables: read what is staged, call the pure function, stage what it gives.

Each takes a chunk, one at a time in memory, and does nothing where its result is there already. They know no Prefect,
so that a process that only does such work starts quickly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from copydesk.drift import describe_delivery
from copydesk.language import detect_languages, prepare_detector
from copydesk.manifest import describe_sources
from copydesk.noise.model import load_model
from copydesk.noise.rules import load_rule_book
from copydesk.pipeline import assemble_tables, label_blocks
from copydesk.reading import read_chunks
from copydesk.schemas import DOCUMENTS, HISTORY, LANGUAGES, MANIFEST, PARAGRAPHS, QUARANTINE, REMOVED, TEXTS, VERDICTS
from copydesk.settings import Settings
from copydesk.staging import (
    CHUNK_LIMITS,
    DELIVERED,
    SPLIT,
    Unit,
    count_staged,
    fill_folder,
    is_staged,
    join_tables,
    make_chunk_folder,
    read_staged,
    refuse_stopped,
    write_staged,
)
from copydesk.summary import COUNTS, count_labels
from copydesk.tables import write_tables
from copydesk.validate import load_checks, validate_tables

Tally = Mapping[str, int]
"""What a step counted, by name."""


def load_steps() -> None:
    """Load what the steps need: rules, model, Great Expectations. They load it themselves where this is not called."""
    load_rule_book()
    load_model()
    load_checks()


def read_unit(unit: Unit, settings: Settings, fingerprint: str, found_at: datetime) -> Tally:
    """Stage the documents of some sources as chunks, with what could not be read and what the sources are.

    Raises:
        StoppedError: the run was stopped.
    """
    tally: Counter[str] = Counter(documents=0, quarantined=0)
    hashes: dict[str, str] = {}
    with fill_folder(unit.place) as filling:
        for number, reading in enumerate(read_chunks(unit.sources, settings.reading, found_at, CHUNK_LIMITS)):
            refuse_stopped(unit.place.parent)
            chunk = make_chunk_folder(filling, number)
            write_staged(reading.texts, TEXTS, chunk)
            if reading.quarantine.height:
                write_staged(reading.quarantine, QUARANTINE, chunk)
            hashes |= reading.hashes
            tally.update(documents=reading.texts.height, quarantined=reading.quarantine.height)
        write_staged(describe_sources(unit.sources, hashes, fingerprint, found_at), MANIFEST, filling)
    return tally


def detect_chunk(chunk: Path, settings: Settings) -> Tally:
    """Stage a first opinion on the language of each document; its content settles it when it is split."""
    refuse_stopped(chunk.parent.parent)
    if not is_staged(LANGUAGES, chunk):
        prepare_detector(settings.language)
        write_staged(detect_languages(read_staged(TEXTS, chunk), settings.language), LANGUAGES, chunk)
    return {"documents": count_staged(LANGUAGES, chunk)}


def label_chunk(chunk: Path, settings: Settings) -> Tally:
    """Stage a verdict for each block of the documents."""
    refuse_stopped(chunk.parent.parent)
    if not is_staged(VERDICTS, chunk):
        texts, languages = (read_staged(contract, chunk) for contract in (TEXTS, LANGUAGES))
        write_staged(label_blocks(texts, languages, settings), VERDICTS, chunk)
    return {"blocks": count_staged(VERDICTS, chunk)}


def split_chunk(chunk: Path, settings: Settings, processed_at: datetime) -> Tally:
    """Stage the documents, paragraphs and removed blocks the verdicts make."""
    refuse_stopped(chunk.parent.parent)
    if not (chunk / SPLIT).exists():
        texts, languages, verdicts = (read_staged(contract, chunk) for contract in (TEXTS, LANGUAGES, VERDICTS))
        with fill_folder(chunk / SPLIT) as filling:
            write_tables(assemble_tables(texts, languages, verdicts, settings, processed_at), filling)
    return {contract.name: count_staged(contract, chunk / SPLIT) for contract in (PARAGRAPHS, REMOVED)}


def check_chunks(chunks: Sequence[Path], place: Path, now: datetime) -> Tally:
    """Stage the rows of some chunks that keep their expectations, those that do not, and what they hold, counted.

    Args:
        chunks: their folders, split.
        place: the folder to stage in.
        now: the time of the run, with a time zone.

    Raises:
        ChecksFailedError: a check failed that concerns more than rows.
    """
    refuse_stopped(place.parent)
    if not place.exists():
        with fill_folder(place) as filling:
            delivered = read_staged(DELIVERED, place.parent)["source_file"].to_list()
            passed, refused = validate_tables(join_tables(chunks), now)
            write_tables(passed, filling)
            write_staged(refused, QUARANTINE, filling)
            write_staged(describe_delivery(passed, delivered, now), HISTORY, filling)
            write_staged(count_labels(passed), COUNTS, filling)
    return {"documents": count_staged(DOCUMENTS, place), "quarantined": count_staged(QUARANTINE, place)}
