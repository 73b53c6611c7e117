"""When a document was published and last changed, from the blocks that say so."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from copydesk.labels import Label, Role
from copydesk.metadata.header import Block, Header
from copydesk.metadata.times import Precision, StatedTime, find_clock, find_times, read_relative_time
from copydesk.noise.rules import Vocabulary
from copydesk.text.normalise import normalise_text

MAX_DATED_CHARS: Final = 300
"""A block that is longer states no date, if it is no paragraph."""
_LABEL_CHARS: Final = 40
_EDGE_CHARS: Final = 3
_BESIDE_CHARS: Final = 60
_DECEMBER: Final = 12
_LONGEST_MONTH: Final = 31
_NUMERIC: Final = re.compile(r"(?<![\d/-])(\d{1,2})[/-](\d{1,2})[/-](?:19|20)\d\d(?!\d)")
# Who writes the month first counts hours to twelve.
_DAY_FIRST_CLOCK: Final = re.compile(
    r"(?<![\d/-])\d{1,2}[/-]\d{1,2}[/-](?:19|20)\d\d[\s,–-]{1,4}(?:1[3-9]|2[0-3])[:.]\d\d(?! ?[ap]\.?m)", re.IGNORECASE
)
_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。")
# Countries whose English pages write the day before the month, and the one that writes the month first.
_DAY_FIRST: Final = frozenset(
    ["uk", "ie", "au", "nz", "in", "za", "sg", "my", "ng", "ke", "gh", "pk", "bd", "lk", "mt", "jm", "tt", "eu"]
)


class FactTime(NamedTuple):
    """A time as published; `text` is the block it was read from."""

    at: datetime | None
    offset_minutes: int | None
    precision: Precision
    text: str | None


NO_TIME: Final = FactTime(None, None, "unknown", None)


class Dates(NamedTuple):
    """When a document was published and when it was last changed."""

    published: FactTime
    updated: FactTime


class _Statement(NamedTuple):
    kind: str
    time: StatedTime
    block: Block


def settle_dates(
    header: Header, language: str, month_first: bool | None, vocabulary: Vocabulary, reference_time: datetime | None
) -> Dates:
    """Read the dates a document states of itself.

    A date near the title counts, one named as that of publication before one without a name. Elsewhere a named date
    counts, and one that a rule takes for a timestamp right behind the text; if all of these agree on the day.

    Args:
        header: the document's blocks.
        language: its language.
        month_first: how a numeric date is read whose day and month could change places; None leaves it open.
        vocabulary: the words that name dates.
        reference_time: what relative times refer to.
    """
    near = list(_read_statements(header.near, header.lines, language, month_first, vocabulary))
    has_all = {"published", "updated"} <= {statement.kind for statement in near}
    far = [] if has_all else list(_read_statements(header.far, header.far, language, month_first, vocabulary))
    return Dates(
        _choose_published(near, far, header) or _read_relative(header.near, language, vocabulary, reference_time),
        _choose_first(near, "updated") or _choose_agreed(far, "updated") or NO_TIME,
    )


def is_month_first(language: str, country: str | None) -> bool | None:
    """Tell whether pages in a language write the month before the day; in English the country ending of the site tells.

    None where it does not.
    """
    if language not in ("en", "und") or country in _DAY_FIRST:
        return False
    return True if country == "us" else None


def find_order(blocks: Iterable[Block]) -> bool | None:
    """Tell whether a page's numeric dates write the month first, by those that can be read in one way only.

    With a time of day behind it that counts to 24, a date has the day first. None where there are none, or where they
    disagree.
    """
    texts = [block.text[:MAX_DATED_CHARS] for block in blocks if block.may_date]
    found = {
        int(match[2]) > _DECEMBER
        for text in texts
        for match in _NUMERIC.finditer(text)
        if _DECEMBER < max(int(match[1]), int(match[2])) <= _LONGEST_MONTH
        and min(int(match[1]), int(match[2])) <= _DECEMBER
    }
    if any(map(_DAY_FIRST_CLOCK.search, texts)):
        found.add(False)
    return found.pop() if len(found) == 1 else None


def _choose_published(near: Sequence[_Statement], far: Sequence[_Statement], header: Header) -> FactTime | None:
    """Return the publication time; of two spellings of one day the finer."""
    chosen = (
        _choose_first(near, "published")
        or _choose_bare(near)
        or _choose_agreed(far, "published")
        or _choose_agreed([statement for statement in far if _is_signed(statement, header)], "date")
    )
    if chosen is None or chosen.precision != "day":
        return chosen
    same_day = (
        _make_fact(s)
        for s in near
        if s.kind != "updated" and s.time.at and chosen.at and s.time.at.date() == chosen.at.date()
    )
    return next((fact for fact in same_day if fact.precision != "day"), chosen)


def _choose_bare(near: Sequence[_Statement]) -> FactTime | None:
    """Return the first date without a name; if others are of another day, only one with a time of day."""
    first = _choose_first(near, "date")
    is_sure = first is not None and first.precision in ("minute", "second")
    return first if is_sure or first is None or first.at is None else _choose_agreed(near, "date")


def _is_signed(statement: _Statement, header: Header) -> bool:
    """Tell whether a date far from the title is no date of today at the top of the page, nor that of a teaser.

    Inside other text it is one only on a page without a title.
    """
    has_clock = statement.time.precision in ("minute", "second")
    is_placed = any(statement.block is block for block in header.edges)
    if statement.block.label == Label.TIMESTAMP:
        return has_clock or is_placed
    return (
        is_placed
        and not header.below
        and len(statement.block.text) <= _BESIDE_CHARS
        and statement.time.start <= _EDGE_CHARS
    )


def _stands_at_edge(block: Block, time: StatedTime) -> bool:
    has_clock = time.precision in ("minute", "second")
    return time.start <= _EDGE_CHARS or (has_clock and len(block.text) - time.end <= _EDGE_CHARS)


def _choose_first(statements: Sequence[_Statement], kind: str) -> FactTime | None:
    facts = [_make_fact(statement) for statement in statements if statement.kind == kind]
    return next((fact for fact in facts if fact.at), facts[0] if facts else None)


def _choose_agreed(statements: Sequence[_Statement], kind: str) -> FactTime | None:
    days = {statement.time.at.date() for statement in statements if statement.kind == kind and statement.time.at}
    return _choose_first(statements, kind) if len(days) == 1 else None


def _make_fact(statement: _Statement) -> FactTime:
    return FactTime(*statement.time[:3], normalise_text(statement.block.text))


def _read_statements(
    blocks: Sequence[Block],
    lines: Sequence[Block],
    language: str,
    month_first: bool | None,
    vocabulary: Vocabulary,
) -> Iterator[_Statement]:
    """Yield the dates in `blocks`; words that name a date may stand in the block before it in `lines`."""
    former = {id(block): before for before, block in pairwise(lines) if block.may_date}
    for block in [block for block in blocks if block.may_date]:
        if block.role != Role.CONTENT and len(block.text) > MAX_DATED_CHARS:
            continue
        text = block.text if len(block.text) <= MAX_DATED_CHARS else block.text[: 2 * _LABEL_CHARS]
        before = former.get(id(block))
        label = before.text if before and before.role != Role.CONTENT and len(before.text) <= _LABEL_CHARS else ""
        found = list(_read_block(text, label, language, month_first, vocabulary))
        beside = len(block.text) - sum(time.end - time.start for _, time in found)
        yield from (_Statement(kind, time, block) for kind, time in found if _may_state(block, kind, time, beside))


def _may_state(block: Block, kind: str, time: StatedTime, beside: int) -> bool:
    """Tell whether a block's date may be the document's; `beside` counts the characters that belong to no date.

    In running text only one that is named near the start, or with its time of day at the end, or stands alone; without
    a name not one in a sentence.
    """
    has_clock = time.precision in ("minute", "second")
    if block.role != Role.CONTENT:
        is_near = beside <= _BESIDE_CHARS or _stands_at_edge(block, time)
        is_line = kind != "date" or block.label == Label.TIMESTAMP or is_near
        return is_line and len(block.text) <= MAX_DATED_CHARS and block.label != Label.TITLE
    if kind != "date":
        return time.start <= _LABEL_CHARS or (has_clock and len(block.text) - time.end <= _EDGE_CHARS)
    is_line = has_clock and not block.text.rstrip().endswith(_SENTENCE_ENDS)
    return beside <= (_LABEL_CHARS if is_line else _EDGE_CHARS)


def _read_block(
    text: str, before: str, language: str, month_first: bool | None, vocabulary: Vocabulary
) -> Iterator[tuple[str, StatedTime]]:
    position, kind = 0, "date"
    last = None
    for time in find_times(text, language, month_first):
        named = _find_kind((before if position == 0 else "") + " " + text[position : time.start], vocabulary)
        kind = named or ("date" if position == 0 else "other")
        if kind != "other":
            yield kind, time
        position, last = time.end, time
    if last and last.at and _find_kind(text[position:], vocabulary) == "updated":
        clock = find_clock(text[position:], last.at.date())
        if clock:
            yield "updated", clock


def _find_kind(text: str, vocabulary: Vocabulary) -> str | None:
    """Return what the last naming word in `text` makes of the date behind it."""
    named = _compile_names(vocabulary.published_words, vocabulary.updated_words).findall(
        text[-_LABEL_CHARS:].casefold()
    )
    return None if not named else "published" if named[-1][0] else "updated"


@cache
def _compile_names(published: frozenset[str], updated: frozenset[str]) -> re.Pattern[str]:
    groups = ("|".join(sorted(map(re.escape, words), key=len, reverse=True)) for words in (published, updated))
    return re.compile("({})|({})".format(*groups))


def _read_relative(
    blocks: Iterable[Block], language: str, vocabulary: Vocabulary, reference_time: datetime | None
) -> FactTime:
    """Return the first time that is stated only relatively, with its words; read if there is a reference time."""
    stamps = (normalise_text(block.text) for block in blocks if block.label == Label.TIMESTAMP)
    found = ((text, _take_published(text, vocabulary)) for text in stamps)
    text, words = next(((text, words) for text, words in found if words is not None), (None, None))
    if text is None:
        return NO_TIME
    time = read_relative_time(words or text, language, reference_time) if reference_time else None
    return FactTime(*time[:3], text) if time else FactTime(None, None, "unknown", text)


def _take_published(text: str, vocabulary: Vocabulary) -> str | None:
    """Return what `text` says before or behind the words for publication; None if it speaks of a change alone."""
    names = _compile_names(vocabulary.published_words, vocabulary.updated_words)
    found = [(match.start(), match.end(), bool(match[1])) for match in names.finditer(text.casefold())]
    starts = [*(start for start, _, _ in found), len(text)]
    parts = [(0, starts[0]), *((end, stop) for (_, end, named), stop in zip(found, starts[1:], strict=True) if named)]
    words = (text[start:end].strip(" ,;:|·•()-–—") for start, end in parts)
    return next(filter(None, words), None)
