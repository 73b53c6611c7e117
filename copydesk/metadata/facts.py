"""Facts from the metadata blocks of each document."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import polars as pl
from tldextract import TLDExtract

from copydesk.labels import Label, Role
from copydesk.metadata.times import PublishedTime, read_time
from copydesk.noise.rules import RuleBook
from copydesk.schemas import FACTS, Facts, Languages, Verdicts
from copydesk.settings import MetadataSettings
from copydesk.text.normalise import normalise_text

# The bundled list of public suffixes; nothing is fetched.
_SUFFIXES: Final = TLDExtract(suffix_list_urls=(), cache_dir=None)
_NO_TIME: Final = PublishedTime(None, None, "unknown", None)


class Statement(NamedTuple):
    """One fact that a block states: `name` is title, authors, published, updated or source_url."""

    name: str
    text: str
    block: str


def read_facts(verdicts: Verdicts, languages: Languages, book: RuleBook, settings: MetadataSettings) -> Facts:
    """Read title, authors, publication time and source URL of every document in `languages`.

    Where a fact is stated more than once, the first statement that can be read counts.
    """
    blocks = verdicts.filter(pl.col("role") == Role.METADATA)
    statements: dict[str, list[Statement]] = {}
    for document_id, label, text, reason in blocks.select("document_id", "label", "text", "reason").iter_rows():
        statements.setdefault(document_id, []).extend(_read_statements(label, text, reason, book))
    rows = [
        (document_id, *_settle_facts(statements.get(document_id, []), language, book, settings))
        for document_id, language in languages.select("document_id", "language").iter_rows()
    ]
    return FACTS.check(pl.DataFrame(rows, schema=dict(FACTS.columns), orient="row"))


def _read_statements(label: str, text: str, reason: str, book: RuleBook) -> Iterator[Statement]:
    if label == Label.TITLE:
        yield Statement("title", normalise_text(text), text)
    rule = book.get_rule(reason)
    if rule:
        yield from (Statement(name, value, text) for name, value in book.capture_facts(rule, text).items())


def _settle_facts(
    statements: Iterable[Statement], language: str, book: RuleBook, settings: MetadataSettings
) -> tuple[object, ...]:
    by_name: dict[str, list[Statement]] = {}
    for statement in statements:
        by_name.setdefault(statement.name, []).append(statement)
    titles, urls = ([statement.text for statement in by_name.get(name, [])] for name in ("title", "source_url"))
    names = [name for statement in by_name.get("authors", []) for name in split_names(statement.text, book)]
    published = _settle_time(by_name.get("published", []), language, settings)
    source_url = urls[0] if urls else None
    return (
        titles[0] if titles else None,
        list(dict.fromkeys(names)),
        *published,
        source_url,
        find_site(source_url) if source_url else None,
    )


def _settle_time(statements: list[Statement], language: str, settings: MetadataSettings) -> PublishedTime:
    """Return the first time that can be read, else the first that is stated, with its block as found."""
    times = [
        read_time(statement.text, language, settings.reference_time)._replace(text=normalise_text(statement.block))
        for statement in statements
    ]
    return next((time for time in times if time.at), times[0] if times else _NO_TIME)


def split_names(text: str, book: RuleBook) -> list[str]:
    """Return the names in a byline, for example ["Jeanne Exemple", "AFP"] of "Jeanne Exemple et AFP"."""
    words: list[str] = []
    signs = [","]
    for joiner in book.vocabulary.name_joiners:
        (words if joiner[0].isalpha() else signs).append(re.escape(joiner))
    parts = re.split(rf"\s*[{''.join(signs)}]\s*(?:(?:{'|'.join(words)})\s+)?|\s+(?:{'|'.join(words)})\s+", text)
    return [name for name in (part.strip(" .:()-") for part in parts) if name]


def find_site(url: str) -> str | None:
    """Return the registered domain of a web address, for example `example.co.uk`; None where it has none."""
    return _SUFFIXES(url).top_domain_under_public_suffix or None
