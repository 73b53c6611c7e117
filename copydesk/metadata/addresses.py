"""Web addresses: the canonical form of one, and the site it belongs to."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from tldextract import TLDExtract

from copydesk.noise.rules import Vocabulary

# The bundled list of public suffixes; nothing is fetched.
_SUFFIXES: Final = TLDExtract(suffix_list_urls=(), cache_dir=None)
# Parameters that say where a reader came from, not what he reads: Google Analytics, ad networks, mailing tools.
_TRACKING: Final = re.compile(
    r"(?:utm|at|mtm|pk|piwik|matomo|hsa|stm)_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|igsh"
    r"|mc_(?:cid|eid)|_ga|_gl|ref|ref_src|ref_url|cmpid|xtor|xts|ocid|s_cid|cid_source|smid|smtyp|wt_mc|wt_zmc|spm"
    r"|mkt_tok|trk|__twitter_impression|share_id|srsltid",
    re.IGNORECASE,
)


_URL: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_SLUG_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_MIN_SLUG_WORDS: Final = 2


class Address(NamedTuple):
    """A text that starts with a web address; `is_named` if words before it say that it is the document's own."""

    text: str
    is_named: bool


def find_named_addresses(text: str, vocabulary: Vocabulary) -> Iterator[Address]:
    """Yield the addresses in `text` that stand behind words such as "source".

    One such word may also name the source of a figure; only several ("source link") name that of the text.
    """
    if "http" in text:
        for match in _compile_names(vocabulary.source_words).finditer(text):
            yield Address(match["url"], " " in match["name"])


@cache
def _compile_names(words: frozenset[str]) -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?P<name>{names})\s*[:：]?\s*(?P<url>https?://\S+)", re.IGNORECASE)


def choose_source_url(addresses: Sequence[Address], opening: str) -> str | None:
    """Return the address a document names as its own, in canonical form; None where it names none.

    Args:
        addresses: the candidates in order; named ones come first.
        opening: title and first paragraphs. An address that is not named counts only if its path shares two words
            with them, or half of its words.
    """
    named = (address.text for address in addresses if address.is_named)
    alone = (address.text for address in addresses if not address.is_named and _shares_words(address.text, opening))
    urls = (canonicalise_url(match[0]) for text in (*named, *alone) for match in _URL.finditer(text))
    return next((url for url in urls if url), None)


def _shares_words(address: str, opening: str) -> bool:
    path = unquote(address.partition("://")[2].partition("/")[2])
    words = {_strip_accents(word) for word in _SLUG_WORD.findall(path)}
    shared = words & {_strip_accents(word) for word in _SLUG_WORD.findall(opening)}
    return len(shared) >= _MIN_SLUG_WORDS or (len(shared) > 0 and 2 * len(shared) >= len(words))


def _strip_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def canonicalise_url(url: str) -> str | None:
    """Return a web address in lower-case scheme and host, without tracking parameters, fragment or default port.

    None where `url` is no web address.
    """
    try:
        parts = urlsplit(url.strip().rstrip(".,;)»”\"'"))
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme.lower() not in ("http", "https") or "." not in host:
        return None
    default = {"http": 80, "https": 443}[parts.scheme.lower()]
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0])]
    query = parts.query if len(kept) == len(parse_qsl(parts.query, keep_blank_values=True)) else urlencode(kept)
    return urlunsplit(
        (parts.scheme.lower(), host if port in (None, default) else f"{host}:{port}", parts.path, query, "")
    )


def find_site(url: str) -> str | None:
    """Return the registered domain of a web address, for example `example.co.uk`; None where it has none."""
    return _SUFFIXES(url).top_domain_under_public_suffix or None


def find_country(url: str | None) -> str | None:
    """Return the country ending of a web address, for example `uk`; None where it has none."""
    ending = _SUFFIXES(url).suffix.rpartition(".")[2] if url else ""
    return ending if len(ending) == len("uk") else None
