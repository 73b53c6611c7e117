"""Facts of each document: what its record states, else what its blocks say."""

from collections.abc import Sequence
from itertools import repeat
from typing import Final

import polars as pl

from copydesk.labels import Label, Role
from copydesk.metadata.addresses import (
    Address,
    canonicalise_url,
    choose_source_url,
    find_country,
    find_named_addresses,
    find_site,
)
from copydesk.metadata.authors import list_authors
from copydesk.metadata.dates import MAX_DATED_CHARS, find_order, is_month_first, settle_dates
from copydesk.metadata.header import Block, split_header
from copydesk.metadata.headlines import read_title
from copydesk.metadata.sites import find_site_name
from copydesk.metadata.stated import (
    NOTHING_STATED,
    Stated,
    choose_published,
    choose_title,
    clean_authors,
    read_stated_time,
)
from copydesk.metadata.times import DATE_LIKE
from copydesk.noise.rules import RuleBook, Vocabulary
from copydesk.schemas import FACTS, Facts, Languages, Texts, Verdicts
from copydesk.settings import MetadataSettings

# The rule for an address that stands alone, without a word that says whose it is.
_ALONE: Final = "any.address_only"
_OPENING_CHARS: Final = 2000
_MAY_DATE: Final = rf"{DATE_LIKE}|[\d&&[^0-9]]"
"""Digits that are not ASCII are read as if they were."""


def read_facts(
    texts: Texts, verdicts: Verdicts, languages: Languages, book: RuleBook, settings: MetadataSettings
) -> Facts:
    """Settle title, authors, times of publication and change, source URL and site of every document in `languages`.

    What a record states in `texts` beside its text counts before what the text says.
    """
    blocks = _group_blocks(verdicts)
    stated = {row[0]: Stated(*row[1:]) for row in texts.select("document_id", *Stated._fields).iter_rows()}
    rows = [
        (key, *_settle_facts(blocks.get(key, []), stated.get(key, NOTHING_STATED), language, book, settings))
        for key, language in languages.select("document_id", "language").iter_rows()
    ]
    return FACTS.check(pl.DataFrame(rows, schema=dict(FACTS.columns), orient="row"))


def _group_blocks(verdicts: Verdicts) -> dict[str, list[Block]]:
    """Return the blocks of each document, which stand together."""
    may_date = pl.col("text").str.head(MAX_DATED_CHARS).str.contains(_MAY_DATE).alias("may_date")
    columns = verdicts.select(*Block._fields[:-1], may_date).get_columns()
    # As `Block._make` does, for a quarter of the work.
    blocks = list(map(tuple.__new__, repeat(Block), zip(*(column.to_list() for column in columns), strict=True)))
    runs = verdicts["document_id"].rle().struct.unnest()
    ends = runs["len"].cum_sum()
    return {key: blocks[start:end] for key, start, end in zip(runs["value"], ends - runs["len"], ends, strict=True)}


def _settle_facts(
    blocks: Sequence[Block], stated: Stated, language: str, book: RuleBook, settings: MetadataSettings
) -> tuple[object, ...]:
    read = read_title(blocks, book)
    header = split_header(blocks, read)
    title = choose_title(stated.stated_title, read)
    source_url = _choose_address(stated, blocks, title, book.vocabulary)
    month_first = is_month_first(language, find_country(source_url))
    if month_first is None:
        month_first = find_order(blocks)
    fetched_at = stated.fetched_at or settings.reference_time
    dates = settle_dates(header, language, month_first, book.vocabulary, fetched_at)
    published = read_stated_time(stated.stated_published, language, month_first, stated.fetched_at)
    return (
        title,
        clean_authors(stated.stated_authors, book.vocabulary) or list_authors(header, language, book),
        *choose_published(published, dates.published),
        *dates.updated,
        source_url,
        find_site(source_url) if source_url else find_site_name(blocks, title),
    )


def _choose_address(stated: Stated, blocks: Sequence[Block], title: str | None, vocabulary: Vocabulary) -> str | None:
    own = canonicalise_url(stated.stated_url) if stated.stated_url else None
    return own or _read_source_url(blocks, title, vocabulary)


def _read_source_url(blocks: Sequence[Block], title: str | None, vocabulary: Vocabulary) -> str | None:
    addresses = [
        Address(block.text, block.reason != _ALONE) for block in blocks if block.label == Label.SOURCE_URL
    ] or [
        address for block in blocks if "http" in block.text for address in find_named_addresses(block.text, vocabulary)
    ]
    if not addresses:
        return None
    opening = " ".join(block.text for block in blocks if block.role == Role.CONTENT)[:_OPENING_CHARS]
    return choose_source_url(addresses, f"{title or ''} {opening}")
