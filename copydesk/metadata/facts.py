"""Facts from the metadata blocks of each document."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import polars as pl

from copydesk.labels import Label, Role
from copydesk.metadata.addresses import Address, choose_source_url, find_country, find_named_addresses, find_site
from copydesk.metadata.authors import list_authors
from copydesk.metadata.dates import settle_dates
from copydesk.metadata.header import Block, split_header
from copydesk.metadata.headlines import read_title
from copydesk.noise.rules import RuleBook, Vocabulary
from copydesk.schemas import FACTS, Facts, Languages, Verdicts
from copydesk.settings import MetadataSettings

# The rule for an address that stands alone, without a word that says whose it is.
_ALONE: Final = "any.address_only"
_OPENING_CHARS: Final = 2000


def read_facts(verdicts: Verdicts, languages: Languages, book: RuleBook, settings: MetadataSettings) -> Facts:
    """Read title, authors, times of publication and change, source URL and site of every document in `languages`."""
    columns = verdicts.select("document_id", *Block._fields).iter_rows()
    blocks = {key: [Block(*row[1:]) for row in rows] for key, rows in groupby(columns, key=lambda row: row[0])}
    rows = [
        (document_id, *_settle_facts(blocks.get(document_id, []), language, book, settings))
        for document_id, language in languages.select("document_id", "language").iter_rows()
    ]
    return FACTS.check(pl.DataFrame(rows, schema=dict(FACTS.columns), orient="row"))


def _settle_facts(
    blocks: Sequence[Block], language: str, book: RuleBook, settings: MetadataSettings
) -> tuple[object, ...]:
    header = split_header(blocks)
    title = read_title(blocks, book)
    source_url = _read_source_url(blocks, title, book.vocabulary)
    dates = settle_dates(header, language, find_country(source_url), book.vocabulary, settings.reference_time)
    return (
        title,
        list_authors(header, language, book),
        *dates.published,
        *dates.updated,
        source_url,
        find_site(source_url) if source_url else None,
    )


def _read_source_url(blocks: Sequence[Block], title: str | None, vocabulary: Vocabulary) -> str | None:
    addresses = [
        Address(block.text, block.reason != _ALONE) for block in blocks if block.label == Label.SOURCE_URL
    ] or [address for block in blocks for address in find_named_addresses(block.text, vocabulary)]
    opening = " ".join(block.text for block in blocks if block.role == Role.CONTENT)[:_OPENING_CHARS]
    return choose_source_url(addresses, f"{title or ''} {opening}") if addresses else None
