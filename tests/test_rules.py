"""Every rule against its own examples, and the format of the rule files."""

from typing import Any

import pytest

from copydesk.errors import RuleError
from copydesk.noise.rules import Rule, _compile_rule, _parse_rule, load_rule_book

BOOK = load_rule_book()
RULES = [pytest.param(rule, id=rule.id) for rule in BOOK.rules]

GOOD_RULE = {
    "id": "sample",
    "label": "share",
    "reason": "A sample.",
    "patterns": ["share"],
    "drops": ["Share", "SHARE"],
    "keeps": ["Share prices fell.", "A share"],
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_matches_what_it_says_it_drops(rule: Rule) -> None:
    assert [text for text in rule.drops if rule not in BOOK.find_rules(text)] == []


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_of_any_language_matches_what_must_be_kept(rule: Rule) -> None:
    matched = {text: [found.id for found in BOOK.find_rules(text)] for text in rule.keeps}
    assert {text: ids for text, ids in matched.items() if ids} == {}


@pytest.mark.parametrize("rule", RULES)
def test_rule_has_at_least_two_examples_of_each_kind(rule: Rule) -> None:
    assert len(rule.keeps) >= 2
    assert len(rule.drops) >= 2


def test_no_rule_matches_an_empty_block() -> None:
    assert BOOK.find_rules("") == []


def test_no_rule_matches_a_block_longer_than_any_rule_allows() -> None:
    assert BOOK.find_rules("Share this article on Facebook. " * 200) == []


def test_letter_in_front_of_a_rule_s_wording_is_no_punctuation() -> None:
    assert BOOK.find_rules("KShare") == []


def test_rule_that_follows_the_format_is_read() -> None:
    assert _parse_rule("xx", GOOD_RULE).id == "xx.sample"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"patterns": ["(share"]}, "pattern", id="pattern that RE2 refuses"),
        pytest.param({"patterns": ["share(?= now)"]}, "pattern", id="look-ahead"),
        pytest.param({"label": "sharing"}, "sharing", id="unknown label"),
        pytest.param({"label": "paragraph"}, "content", id="label of content"),
        pytest.param({"span": "middle"}, "span", id="unknown span"),
        pytest.param({"patterns": "share"}, "lists", id="text instead of a list"),
        pytest.param({"place": "top"}, "place", id="unknown place"),
        pytest.param({"reason": ""}, "reason", id="empty reason"),
        pytest.param({"drops": []}, "drops", id="nothing it drops"),
        pytest.param({"keeps": []}, "keeps", id="nothing it keeps"),
        pytest.param({"colour": "red"}, "colour", id="unknown key"),
    ],
)
def test_broken_rule_is_refused_with_file_rule_and_fault(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(RuleError, match=rf"(?s)xx\.toml, rule 'sample'.*{complaint}"):
        _compile_rule(_parse_rule("xx", GOOD_RULE | change))


@pytest.mark.parametrize("key", ["label", "reason", "patterns", "drops", "keeps"])
def test_rule_without_a_compulsory_key_is_refused_by_name(key: str) -> None:
    entry = {name: value for name, value in GOOD_RULE.items() if name != key}
    with pytest.raises(RuleError, match=rf"(?s)xx\.toml, rule 'sample'.*{key}"):
        _parse_rule("xx", entry)


@pytest.mark.parametrize(
    ("rule_id", "text", "authors"),
    [
        ("fr.byline", "Par Jean Exemple et Jeanne Modèle", "Jean Exemple et Jeanne Modèle"),
        ("de.byline", "Von Erika Muster und Max Beispiel", "Erika Muster und Max Beispiel"),
        ("ru.byline", "Автор: Иван Примеров", "Иван Примеров"),
        ("any.agencies", "ATS et AFP", "ATS et AFP"),
    ],
)
def test_byline_rule_captures_the_authors(rule_id: str, text: str, authors: str) -> None:
    rule = BOOK.get_rule(rule_id)
    assert rule is not None
    assert BOOK.capture_authors(rule, text) == authors
