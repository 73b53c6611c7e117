"""Every rule against its own examples."""

import pytest

from copydesk.noise.rules import Rule, load_rule_book

BOOK = load_rule_book()
DROPS = [pytest.param(rule, text, id=f"{rule.id}: {text[:40]}") for rule in BOOK.rules for text in rule.drops]
KEEPS = [pytest.param(text, id=f"{rule.id}: {text[:40]}") for rule in BOOK.rules for text in rule.keeps]


@pytest.mark.parametrize(("rule", "text"), DROPS)
def test_rule_matches_what_it_says_it_drops(rule: Rule, text: str) -> None:
    assert rule.id in [found.id for found in BOOK.find_rules(text)]


@pytest.mark.parametrize("text", KEEPS)
def test_no_rule_of_any_language_matches_what_must_be_kept(text: str) -> None:
    assert [found.id for found in BOOK.find_rules(text)] == []
