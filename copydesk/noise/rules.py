"""Rules a linguist writes: TOML files per language in `copydesk/rules/`, compiled into one matcher.

Every rule is tried on every block, whatever the document's language: pages mix languages.
The format is described in docs/rules.md.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib import resources
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal, get_args

import numpy as np
import re2

from copydesk.errors import RuleError
from copydesk.labels import CONTENT_LABELS, Label
from copydesk.noise.literals import EDGE_CLASS, Literals, find_literals
from copydesk.noise.rule_index import RuleIndex
from copydesk.text.fold import fold_text

Span = Literal["whole", "start", "end"]
Place = Literal["anywhere", "before_body", "after_body", "outside_body"]

_EDGE: Final = f"(?-i:{EDGE_CLASS})"
_FRAMES: Final[Mapping[Span, str]] = {
    "whole": rf"^{_EDGE}*(?:%s){_EDGE}*$",
    "start": rf"^{_EDGE}*(?:%s)(?:{_EDGE}.*)?$",
    "end": rf"^(?:.*{_EDGE})?(?:%s){_EDGE}*$",
}
# A limit, not a reservation: RE2 gives up silently when a set outgrows its budget.
_MATCHER_BYTES: Final = 256 << 20


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of block a linguist can tell from its wording.

    Attributes:
        id: `<file>.<name>`, for example `fr.share_button`; published as the reason of what the rule removed.
        label: what a block that matches is.
        reason: why such a block is not part of the article, in a sentence.
        patterns: RE2 expressions on the folded text, case ignored; see `span`. The group `authors` of a byline holds
            the names.
        span: the pattern is the whole block, its start or its end, give or take punctuation.
        place: where in the document the rule holds, seen from the article's body.
        max_chars: longer blocks are left alone.
        opens_section: the block heads a list; the headlines under it share its label.
        drops: blocks the rule must match.
        keeps: blocks it must not match.
    """

    id: str
    label: Label
    reason: str
    patterns: tuple[str, ...]
    drops: tuple[str, ...]
    keeps: tuple[str, ...]
    span: Span = "whole"
    place: Place = "anywhere"
    max_chars: int = 200
    opens_section: bool = False

    @property
    def expressions(self) -> list[str]:
        """The RE2 expression of each pattern, framed by the rule's span."""
        return [_FRAMES[self.span] % pattern for pattern in self.patterns]


@dataclass(frozen=True)
class Vocabulary:
    """Words a language needs outside rules.

    Attributes:
        abbreviations: words after which a full stop ends no sentence, without the stop, in lower case.
        unsplit_words: names with a capital inside, such as YouTube, that are one word.
        name_joiners: words that join the names of two authors.
        published_words: words before the date of publication, in lower case.
        updated_words: words before the date of the last change, in lower case.
        byline_words: words before the names of authors, in lower case.
        role_words: what authors are called, in lower case.
        credit_words: words before the names of people who did not write the text, in lower case: "edited by", "photo".
        unnamed_words: words that no person's name holds, in lower case: "editor", "published".
        agencies: names of news agencies and desks, in lower case, that sign beside people.
        source_words: words before the address a text was taken from, in lower case.
    """

    abbreviations: frozenset[str]
    unsplit_words: frozenset[str]
    name_joiners: frozenset[str]
    published_words: frozenset[str]
    updated_words: frozenset[str]
    byline_words: frozenset[str]
    role_words: frozenset[str]
    credit_words: frozenset[str]
    unnamed_words: frozenset[str]
    agencies: frozenset[str]
    source_words: frozenset[str]

    @cached_property
    def name_separator(self) -> re.Pattern[str]:
        """What stands between two names."""
        words: list[str] = []
        signs = [","]
        for joiner in sorted(self.name_joiners):
            (words if joiner[0].isalpha() else signs).append(re.escape(joiner))
        return re.compile(rf"\s*[{''.join(signs)}]\s*(?:(?:{'|'.join(words)})\s+)?|\s+(?:{'|'.join(words)})\s+")


class RuleBook:
    """All rules: which of them match a text, and what they capture from it. Each is compiled when first needed."""

    def __init__(self, rules: Sequence[Rule], vocabulary: Vocabulary) -> None:
        self.rules: Final = tuple(rules)
        self.vocabulary: Final = vocabulary
        self._by_id = {rule.id: rule for rule in rules}
        self.longest_block: Final = 2 * max((rule.max_chars for rule in rules), default=0)
        self._matchers: Final[dict[str, Any]] = {}
        self._max_chars: Final = np.array([rule.max_chars for rule in rules], dtype=np.int64)
        self._index: Final = RuleIndex(_list_literals(rules))

    def find_rules(self, text: str) -> list[Rule]:
        """Return the rules that match the verbatim `text` of a block, each once, in the order of the files."""
        if len(text) > self.longest_block:
            return []
        return [rule for _, rule in self.match_folded([fold_text(text)])]

    def match_folded(self, texts: Sequence[str]) -> list[tuple[int, Rule]]:
        """Return the numbers of folded texts and a rule that matches each, in the order of the texts and the files."""
        numbers, rules = self._index.find_candidates(texts)
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        fits = lengths[numbers] <= self._max_chars[rules]
        pairs = list(zip(rules[fits].tolist(), numbers[fits].tolist(), strict=True))
        encoded = {i: texts[i].encode() for _, i in pairs}
        # Rule by rule, since what a rule's matcher needs is then near at hand.
        found = [
            (i, rule)
            for rule, some in groupby(pairs, key=itemgetter(0))
            for match in [self._get_matcher(self.rules[rule]).Match]
            for _, i in some
            if match(encoded[i])
        ]
        return [(i, self.rules[rule]) for i, rule in sorted(found)]

    def _get_matcher(self, rule: Rule) -> Any:
        matcher = self._matchers.get(rule.id)
        if matcher is None:
            matcher = self._matchers[rule.id] = _compile_rule(rule)
        return matcher

    def get_rule(self, rule_id: str) -> Rule | None:
        """Return the rule of that id, or None where there is none."""
        return self._by_id.get(rule_id)

    def capture_authors(self, rule: Rule, text: str) -> str:
        """Return what the group `authors` of a byline's rule holds in `text`, folded; "" where it took no part."""
        matches = (_compile(expression).search(fold_text(text)) for expression in rule.expressions)
        first = next((match for match in matches if match), None)
        return (first.groupdict().get("authors") or "") if first else ""


def _list_literals(rules: Sequence[Rule]) -> Iterator[tuple[int, Literals]]:
    for number, rule in enumerate(rules):
        for pattern in rule.patterns:
            for literals in find_literals(pattern):
                yield number, literals._replace(at_start=literals.at_start and rule.span != "end")


@cache
def _compile(expression: str) -> Any:
    return re2.compile(expression, _options())


def _compile_rule(rule: Rule) -> Any:
    matcher = re2.Set.MatchSet(_options())
    try:
        for expression in rule.expressions:
            matcher.Add(expression)
    except re2.error as error:
        raise RuleError(f"{_locate_rule(rule.id)}: pattern: {error}; see docs/rules.md for the format.") from error
    matcher.Compile()
    return matcher


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MATCHER_BYTES
    return options


@cache
def load_rule_book() -> RuleBook:
    """Return the shipped rules, compiled once per process.

    Raises:
        RuleError: a rule file breaks the format.
    """
    tables = {name: tomllib.loads(text) for name, text in _read_rule_files()}
    rules = [_parse_rule(name, entry) for name, table in tables.items() for entry in table.get("rule", [])]
    repeated = [rule_id for rule_id, times in Counter(rule.id for rule in rules).items() if times > 1]
    if repeated:
        raise RuleError(f"Rule ids stand twice: {', '.join(sorted(repeated))}.")
    return RuleBook(rules, _merge_vocabularies([table.get("vocabulary", {}) for table in tables.values()]))


def _read_rule_files() -> Iterator[tuple[str, str]]:
    files = resources.files("copydesk").joinpath("rules").iterdir()
    for file in sorted(files, key=lambda f: f.name):
        if file.name.endswith(".toml"):
            yield file.name.removesuffix(".toml"), file.read_text(encoding="utf-8")


def _parse_rule(file: str, entry: Mapping[str, Any]) -> Rule:
    where = _locate_rule(f"{file}.{entry.get('id', '?')}")
    try:
        lists = {name: tuple(entry[name]) for name in ("patterns", "drops", "keeps")}
        if any(isinstance(entry[name], str) for name in lists):
            raise TypeError("patterns, drops and keeps are lists: write [...]")
        rule = Rule(**{**entry, **lists, "id": f"{file}.{entry['id']}", "label": Label(entry["label"])})
    except (KeyError, TypeError, ValueError) as error:
        raise RuleError(f"{where}: {error!r}; see docs/rules.md for the format.") from error
    _check_rule(rule, where)
    return rule


def _locate_rule(rule_id: str) -> str:
    file, _, name = rule_id.partition(".")
    return f"copydesk/rules/{file}.toml, rule '{name}'"


def _check_rule(rule: Rule, where: str) -> None:
    complaints = {
        "a rule cannot mark content": rule.label in CONTENT_LABELS,
        f"span must be one of {get_args(Span)}": rule.span not in get_args(Span),
        f"place must be one of {get_args(Place)}": rule.place not in get_args(Place),
        "reason, drops and keeps must not be empty": not (rule.reason and rule.drops and rule.keeps),
    }
    for complaint in (text for text, wrong in complaints.items() if wrong):
        raise RuleError(f"{where}: {complaint}.")


def _merge_vocabularies(tables: Sequence[Mapping[str, Sequence[str]]]) -> Vocabulary:
    def merge(name: str) -> frozenset[str]:
        return frozenset(word for table in tables for word in table.get(name, ()))

    return Vocabulary(**{field.name: merge(field.name) for field in fields(Vocabulary)})
