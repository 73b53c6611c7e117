"""Rules a linguist writes: TOML files per language in `copydesk/rules/`, compiled into one matcher.

Every rule is tried on every block, whatever the document's language: pages mix languages.
The format is described in docs/rules.md.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final, Literal, get_args

import re2

from copydesk.errors import RuleError
from copydesk.labels import CONTENT_LABELS, Label
from copydesk.text.fold import fold_text

Span = Literal["whole", "start", "end"]
Place = Literal["anywhere", "before_body", "after_body", "outside_body"]

# Neither letter nor digit, as a few ranges: [^\p{L}\p{N}] says about the same at 60 times the size, in every pattern.
_EDGE: Final = (
    r"[\x00-/:-@\[-`{-©«-´¶-¹»¿×÷\x{60c}\x{61b}\x{61f}\x{6d4}\x{964}"
    r"\x{2010}-\x{2bff}\x{3000}-\x{3020}\x{3030}\x{30fb}\x{fe00}-\x{fe6f}\x{ff00}-\x{ff0f}\x{ff1a}-\x{ff20}"
    r"\x{ff3b}-\x{ff40}\x{ff5b}-\x{ff65}\x{1f000}-\x{1faff}]"
)
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
    """All rules, compiled: which of them match a text, and what they capture from it."""

    def __init__(self, rules: Sequence[Rule], vocabulary: Vocabulary) -> None:
        self.rules: Final = tuple(rules)
        self.vocabulary: Final = vocabulary
        self._by_id = {rule.id: rule for rule in rules}
        self.longest_block: Final = 2 * max((rule.max_chars for rule in rules), default=0)
        pairs = [(rule, expression) for rule in rules for expression in rule.expressions]
        self._owners = [rule for rule, _ in pairs]
        self._matcher = re2.Set.MatchSet(_options())
        for _, expression in pairs:
            self._matcher.Add(expression)
        self._matcher.Compile()

    def find_rules(self, text: str) -> list[Rule]:
        """Return the rules that match the verbatim `text` of a block, each once, in the order of the files."""
        if len(text) > self.longest_block:
            return []
        folded = fold_text(text)
        found = (self._owners[i] for i in sorted(self._matcher.Match(folded) or ()))
        return [rule for rule in dict.fromkeys(found) if len(folded) <= rule.max_chars]

    def get_rule(self, rule_id: str) -> Rule | None:
        """Return the rule of that id, or None where there is none."""
        return self._by_id.get(rule_id)

    def capture_authors(self, rule: Rule, text: str) -> str:
        """Return what the group `authors` of a byline's rule holds in `text`, folded; "" where it took no part."""
        matches = (_compile(expression).search(fold_text(text)) for expression in rule.expressions)
        first = next((match for match in matches if match), None)
        return (first.groupdict().get("authors") or "") if first else ""


@cache
def _compile(expression: str) -> Any:
    return re2.compile(expression, _options())


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
    repeated = {rule.id for rule in rules if sum(other.id == rule.id for other in rules) > 1}
    if repeated:
        raise RuleError(f"Rule ids stand twice: {', '.join(sorted(repeated))}.")
    return RuleBook(rules, _merge_vocabularies([table.get("vocabulary", {}) for table in tables.values()]))


def _read_rule_files() -> Iterator[tuple[str, str]]:
    files = resources.files("copydesk").joinpath("rules").iterdir()
    for file in sorted(files, key=lambda f: f.name):
        if file.name.endswith(".toml"):
            yield file.name.removesuffix(".toml"), file.read_text(encoding="utf-8")


def _parse_rule(file: str, entry: Mapping[str, Any]) -> Rule:
    where = f"copydesk/rules/{file}.toml, rule '{entry.get('id', '?')}'"
    try:
        lists = {name: tuple(entry[name]) for name in ("patterns", "drops", "keeps")}
        if any(isinstance(entry[name], str) for name in lists):
            raise TypeError("patterns, drops and keeps are lists: write [...]")
        rule = Rule(**{**entry, **lists, "id": f"{file}.{entry['id']}", "label": Label(entry["label"])})
    except (KeyError, TypeError, ValueError) as error:
        raise RuleError(f"{where}: {error!r}; see docs/rules.md for the format.") from error
    _check_rule(rule, where)
    return rule


def _check_rule(rule: Rule, where: str) -> None:
    complaints = {
        "a rule cannot mark content": rule.label in CONTENT_LABELS,
        f"span must be one of {get_args(Span)}": rule.span not in get_args(Span),
        f"place must be one of {get_args(Place)}": rule.place not in get_args(Place),
        "reason, drops and keeps must not be empty": not (rule.reason and rule.drops and rule.keeps),
    }
    for complaint in (text for text, wrong in complaints.items() if wrong):
        raise RuleError(f"{where}: {complaint}.")
    trial = re2.Set.MatchSet(_options())
    try:
        for expression in rule.expressions:
            trial.Add(expression)
    except re2.error as error:
        raise RuleError(f"{where}: pattern: {error}.") from error


def _merge_vocabularies(tables: Sequence[Mapping[str, Sequence[str]]]) -> Vocabulary:
    def merge(name: str) -> frozenset[str]:
        return frozenset(word for table in tables for word in table.get(name, ()))

    return Vocabulary(**{field.name: merge(field.name) for field in fields(Vocabulary)})
