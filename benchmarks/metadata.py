"""How well facts are read, field by field: `make facts CORPUS=folder`.

Every page is cleaned by the model that has not seen its site (`benchmarks/folds/`). Extracted articles say themselves
which facts their text states. The gold facts of web pages come from their HTML, and many of the texts do not state
them. A page counts as stating one where the text around its article (`cut_surroundings`) holds the whole title as a
line (or anywhere on glued pages), all the authors' names, or the date in some spelling. Menus and teasers elsewhere
hold the name of the publisher, today's date and other headlines; they state nothing.

Figures: of the records that state the fact, the share read exactly (title: letters and digits, case folded; date: the
day; authors: F1 of the names); the same of all records whose gold has the fact, stated or not; of all records, the
share with a false fact, another than the gold's or one where the gold has none. A page's headline that shares half its
long words with the gold title, but not all, is a miss and not a false fact: sites have several titles for one page. A
page's date is right if it is the gold's day in some time zone. Pages are those of news sites (fundus) and, in English
only, feature pages of other sites (wcxb). The reading of facts was tuned on half of the sites; "held out" are the pages
of the other half.
"""

import argparse
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from dateparser.data.languages_info import language_order
from rich.console import Console
from rich.table import Table

from benchmarks.quality import clean_residual, predict_out_of_fold
from copydesk.noise.model import Model
from copydesk.noise.title_words import list_long_words
from copydesk.settings import Settings
from copydesk.text.fold import fold_text, squash_text
from training.samples import find_site, read_records

FIELDS: Final = ("title", "authors", "published", "source_url")
_GLUED: Final = ("bs4_glue", "traf_recall_glued")
_FEATURE_RENDERERS: Final = ("inscriptis", "bs4_nl", "bs4_glue")
_MIN_PARAGRAPH: Final = 20
_LETTERS_ABOVE: Final = 1000
_LETTERS_BELOW: Final = 300
_SHORT_NAME: Final = 5
_WIDTH: Final = 150

Record = dict[str, Any]


class Outcome(NamedTuple):
    """What came of one fact of one record.

    Attributes:
        is_stated: the text states it.
        hits: how many values of the gold were read; one at most, but for authors.
        missed: how many of a stated fact were not.
        n_gold: how many values the gold has, stated or not; one at most, but for authors.
        false: how many others were read.
    """

    is_stated: bool
    hits: int
    missed: int
    false: int
    n_gold: int


def clean_records(records: Sequence[Record], model: Model, settings: Settings) -> Iterator[Record]:
    """Yield the facts read from some records."""
    for record, prediction in zip(records, clean_residual(records, model, settings), strict=True):
        yield {"renderer": record.get("renderer"), **prediction}


def judge_record(record: Record, prediction: Record) -> dict[str, Outcome]:
    """Return what came of each field of a record; pages have no gold for `source_url`."""
    if "renderer" in record:
        return {
            "title": _judge_title(record, prediction, is_stated=_states_title(record)),
            "authors": _judge_authors(record, prediction, is_stated=_states_authors(record)),
            "published": _judge_page_date(record, prediction),
        }
    return {
        "title": _judge_title(record, prediction, is_stated=bool(record["title"])),
        "authors": _judge_authors(record, prediction, is_stated=bool(record["authors"])),
        "published": _judge_values(_take_day(record["published"]), _take_day(prediction["published"])),
        "source_url": _judge_values(record["source_url"], prediction["source_url"]),
    }


def _judge_values(gold: set[str] | str | None, found: str | None, *, is_stated: bool | None = None) -> Outcome:
    wanted = {gold} if isinstance(gold, str) else gold or set()
    stated = bool(wanted) if is_stated is None else is_stated
    hit = found is not None and found in wanted
    return Outcome(stated, int(hit), int(stated and not hit), int(found is not None and not hit), int(bool(wanted)))


def _judge_title(record: Record, prediction: Record, *, is_stated: bool) -> Outcome:
    gold, found = (squash_text(values["title"] or "") or None for values in (record, prediction))
    outcome = _judge_values(gold, found, is_stated=is_stated)
    words, found_words = (list_long_words(values["title"] or "") for values in (record, prediction))
    is_variant = "renderer" in record and 2 * len(words & found_words) >= max(1, min(len(words), len(found_words)))
    return outcome._replace(false=0) if is_variant else outcome


def fold_fact(text: str) -> str:
    """Return `text` with case, quotation marks, dashes and spaces folded, line by line."""
    return "\n".join(fold_text(line) for line in text.splitlines()).casefold().replace('"', "'")


def _states_title(record: Record) -> bool:
    title, article = squash_text(record["title"] or ""), cut_surroundings(record)
    if record["renderer"] in _GLUED:
        return bool(title) and title in squash_text(article)
    return bool(title) and any(squash_text(line) == title for line in article.splitlines())


def cut_surroundings(record: Record) -> str:
    """Return what stands around the article on a page: above it, below it and between its paragraphs, and the first.

    It reaches from 1,000 letters above the first paragraph to 300 below the last; a page on which no paragraph of the
    gold is found is returned whole.
    """
    text = record["raw_text"]
    places = [i for i, char in enumerate(text) if char.isalnum()]
    letters = "".join(text[i].casefold()[0] for i in places)
    spans, end = [], 0
    for line in (record["gold_text"] or "").splitlines():
        wanted = "".join(char.casefold()[0] for char in line if char.isalnum())
        start = letters.find(wanted, end) if len(wanted) >= _MIN_PARAGRAPH else -1
        if start >= 0:
            end = start + len(wanted)
            spans.append((start, end))
    if not spans:
        return str(text)
    between = [i for before, behind in pairwise(spans) for i in (before[1], behind[0])]
    edges = [max(0, spans[0][0] - _LETTERS_ABOVE), spans[0][1], *between, end, end + _LETTERS_BELOW]
    bounds = [places[i] if i < len(places) else len(text) for i in edges]
    return "\n".join(text[start:stop] for start, stop in zip(bounds[::2], bounds[1::2], strict=True))


def _list_authors(record: Record) -> list[str]:
    authors = record["authors"] or []
    return re.split(r",? and |, ", authors) if isinstance(authors, str) else authors


def _states_authors(record: Record) -> bool:
    names, text = _list_authors(record), fold_fact(cut_surroundings(record))
    return bool(names) and all(_signs(fold_fact(name), text, record["url"]) for name in names)


def _signs(name: str, text: str, url: str) -> bool:
    """Tell whether a text names an author: short names as words of their own.

    The publisher's name stands on all of its pages; it signs only alone on a line, or with one word before it.
    """
    site, letters = squash_text(find_site(url).partition(".")[0]), squash_text(name)
    if site in letters or letters in site:
        return re.search(rf"(?m)^\W*(?:\w+ )?{re.escape(name)}$", text) is not None
    if len(name) <= _SHORT_NAME:
        return re.search(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", text) is not None
    return name in text


def _judge_authors(record: Record, prediction: Record, *, is_stated: bool) -> Outcome:
    gold = {fold_fact(name) for name in _list_authors(record)}
    found = {fold_fact(name) for name in prediction["authors"]}
    missed = len(gold - found) if is_stated else 0
    return Outcome(is_stated, len(gold & found), missed, len(found - gold), len(gold))


def _take_day(time: str | None) -> str | None:
    return time and time[:10]


def _judge_page_date(record: Record, prediction: Record) -> Outcome:
    days = _list_days(record["published"])
    article = cut_surroundings(record)
    stated = any(_states_day(datetime.fromisoformat(day), article, record["lang"]) for day in days)
    return _judge_values(days, _take_day(prediction["published"]), is_stated=stated)


def _list_days(published: str | None) -> set[str]:
    """Return the days that an instant falls on somewhere on earth."""
    if not published or len(published) < len("2024-01-01"):
        return set()
    at = datetime.fromisoformat(published)
    if len(published) <= len("2024-01-01") or at.time() == datetime.min.time():
        return {at.date().isoformat()}
    return {(at + timedelta(hours=hours)).date().isoformat() for hours in (-9, 0, 9)}


def _states_day(day: datetime, text: str, language: str) -> bool:
    d, m, y = (rf"0?{day.day}", rf"0?{day.month}", f"(?:{day.year}|{day.year % 100:02})")
    months = "|".join(_list_month_names(language, day.month))
    text_forms = rf"(?<!\d){d}[^\d\n]{{0,9}}(?:{months})[^\d\n]{{0,6}}{y}|(?:{months})\W{{0,3}}{d}(?!\d)\D{{0,5}}{y}"
    digit_forms = (
        rf"(?<!\d){d}[./-] ?{m}[./-] ?{y}|(?<!\d){m}/{d}/{y}|{day.year}[./-]{m}[./-]{d}(?!\d)"
        rf"|{day.year}년? ?年? ?{m} ?[月월] ?{d} ?[日일]"
    )
    return re.search(f"(?i){text_forms}|{digit_forms}", text) is not None


@cache
def _list_month_names(language: str, month: int) -> list[str]:
    key = datetime(2000, month, 1).strftime("%B").lower()
    codes = [code for code in {"nb" if language == "no" else language, "en"} if code in language_order]
    tables = [import_module(f"dateparser.data.date_translation_data.{code}").info for code in codes]
    return [re.escape(name) for table in tables for name in table.get(key, [])]


def measure_facts(corpus: Path, settings: Settings) -> dict[str, dict[str, list[Outcome]]]:
    """Return the outcomes of every group of records (a collection, a renderer, a language), by field."""
    pages = list(read_records(corpus / "pages_dev.jsonl.zst"))
    sites = {record["id"]: find_site(record["url"]) for record in pages}
    records = [
        *read_records(corpus / "residual_dev.jsonl.zst"),
        *(page for page in pages if page["source"] == "fundus"),
        *(page for page in pages if page["source"] == "wcxb" and page["renderer"] in _FEATURE_RENDERERS),
    ]
    by_key = {(record["id"], record.get("renderer")): record for record in records}
    groups: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for prediction in predict_out_of_fold(records, sites, clean_records, settings):
        record = by_key[prediction["id"], prediction["renderer"]]
        for field, outcome in judge_record(record, prediction).items():
            for group in name_groups(record):
                groups[group][field].append(outcome)
    return groups


def name_groups(record: Record) -> list[str]:
    """Return the groups of a record: its collection, and that with its renderer, its language or its half."""
    source = record.get("source", "residual")
    halves = [f"{source}, {'held out' if is_held_out(record['url']) else 'tuned on'}"] if "renderer" in record else []
    return [
        source,
        *halves,
        f"{source}, {record.get('renderer') or 'layout ' + record['layout']}",
        f"{source}, {record['lang']}",
    ]


def is_held_out(url: str) -> bool:
    """Tell whether the site of `url` is one of those that nothing was tuned on."""
    return hashlib.sha256(find_site(url).encode()).digest()[0] % 2 == 1


def summarise_outcomes(field: str, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return how many records state the fact, the share read right of these and of all with gold, and the false share.

    Of authors, the share is the F1 of their names.
    """
    stated = [outcome for outcome in outcomes if outcome.is_stated]
    known = [outcome for outcome in outcomes if outcome.n_gold]
    false = sum(outcome.false > 0 for outcome in outcomes) / max(1, len(outcomes))
    right, of_all = _share_hits(field, stated), _share_hits(field, known)
    return {"stated": len(stated), "right": right, "right of all": of_all, "false": false}


def _share_hits(field: str, outcomes: Sequence[Outcome]) -> float:
    hits, wanted, false = (sum(getattr(o, name) for o in outcomes) for name in ("hits", "n_gold", "false"))
    return 2 * hits / max(1, hits + false + wanted) if field == "authors" else hits / max(1, len(outcomes))


def show_facts(groups: dict[str, dict[str, list[Outcome]]], console: Console) -> None:
    """Print a table: one row a group; for each field what `summarise_outcomes` returns."""
    table = Table("", *(f"{field}: stated, right, right of all, false" for field in FIELDS))
    for name, outcomes in sorted(groups.items()):
        rows = (summarise_outcomes(field, outcomes[field]) for field in FIELDS if field in outcomes)
        table.add_row(name, *(f"{row.pop('stated'):5} " + " ".join(f"{v:.3f}" for v in row.values()) for row in rows))
    console.print(table)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.metadata", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    arguments = parser.parse_args()
    show_facts(measure_facts(arguments.corpus, Settings()), Console(width=_WIDTH))


if __name__ == "__main__":
    main()
