"""Looking up which rules may match: what a pattern needs, and that no match is ever hidden."""

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.labels import Label
from copydesk.noise.literals import Literals, find_literals
from copydesk.noise.rules import Rule, RuleBook, _options, load_rule_book
from copydesk.text.fold import fold_text

BOOK = load_rule_book()


def start(*chars: str) -> list[Literals]:
    return [Literals(frozenset(chars), at_start=True)]


def inner(*chars: str) -> list[Literals]:
    return [Literals(frozenset(chars), at_start=False)]


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        pytest.param("share", start("share"), id="text"),
        pytest.param("partagera", start("partager"), id="no more than is looked up"),
        pytest.param("(?:la|le) vie", start("la vie", "le vie"), id="alternatives in a group"),
        pytest.param("foo|(?P<name>bar)", [*start("foo"), *start("bar")], id="alternatives of the whole"),
        pytest.param("la?b", start("lab", "lb"), id="optional character"),
        pytest.param("(?:la )?vie", start("la vie", "vie"), id="optional group"),
        pytest.param(r"\d{1,2} mai", start("0 mai", "00 mai"), id="digits stand for each other"),
        pytest.param("[iİ]lk", start("ilk", "İlk"), id="small class"),
        pytest.param(
            "ab*c", start("ac", "abc", "abbc", "abbbc", "abbbbc", "abbbbbc", "abbbbbbc", "abbbbbbb"), id="repeat"
        ),
        pytest.param(r"\x{e9}t\.", start("ét."), id="escapes"),
        pytest.param("ab.*", start("ab"), id="anything behind"),
        pytest.param("(?-i:AFP)[^a-z]+", start("AFP"), id="flags"),
        pytest.param(".*rights reserved", inner("rights r"), id="anything in front"),
        pytest.param("[^!]+(?:foto|bild): ", inner("foto: ", "bild: "), id="negated class in front"),
        pytest.param(
            "[(]?(?:foto|.{2,9}bild)[)]?",
            [*start("foto", "foto)"), *inner("bild")],
            id="one alternative of some",
        ),
        pytest.param("[▶▷]* ?share", start("share"), id="signs that may stand in front"),
        pytest.param("#share", start("#share"), id="sign that must stand in front"),
        pytest.param(r"\p{L}+", inner(""), id="nothing known"),
    ],
)
def test_literals_of_a_pattern(pattern: str, literals: list[Literals]) -> None:
    assert find_literals(pattern) == literals


@pytest.mark.parametrize("text", ["Share", "... Share", "(share)", "— SHARE —", "© share", "2024 share"])
def test_rule_is_found_behind_signs(text: str) -> None:
    rule = Rule("xx.a", Label.SHARE, "A sample.", ("share", "© share", r"\d+ share"), ("a",), ("b",))
    assert RuleBook([rule], BOOK.vocabulary).find_rules(text) == [rule]


def test_rule_for_the_end_of_a_block_is_found() -> None:
    rule = Rule("xx.a", Label.SHARE, "A sample.", ("share",), ("a",), ("b",), span="end")
    assert RuleBook([rule], BOOK.vocabulary).find_rules("Like, share") == [rule]


def test_no_shipped_rule_is_tried_on_every_text() -> None:
    unknown = [
        rule.id for rule in BOOK.rules for p in rule.patterns for literals in find_literals(p) if "" in literals.chars
    ]
    assert unknown == []


def match_all(text: str) -> list[str]:
    """Try every rule, with nothing looked up."""
    return [rule.id for rule in BOOK.rules if len(text) <= rule.max_chars and MATCHERS[rule.id].Match(text)]


def _compile(rule: Rule) -> re2.Set:
    matcher = re2.Set.MatchSet(_options())
    for expression in rule.expressions:
        matcher.Add(expression)
    matcher.Compile()
    return matcher


MATCHERS = {rule.id: _compile(rule) for rule in BOOK.rules}
WORDING = [text for rule in BOOK.rules for text in (*rule.drops, *rule.keeps)]
SIGNS = st.sampled_from(["", "", "• ", "« ", "(", "2024 ", "© ", "... ", "#"])
BLOCKS = st.tuples(SIGNS, st.sampled_from(WORDING), st.sampled_from(WORDING), st.integers(0, 40), st.booleans()).map(
    lambda parts: parts[0] + parts[1][: parts[3]] + (parts[2].upper() if parts[4] else parts[2])
)


@given(st.lists(BLOCKS, min_size=1, max_size=20))
@settings(max_examples=150, deadline=None)
def test_looking_up_hides_no_match(blocks: list[str]) -> None:
    texts = [fold_text(block) for block in blocks]
    found: list[list[str]] = [[] for _ in texts]
    for i, rule in BOOK.match_folded(texts):
        found[i].append(rule.id)
    assert found == [match_all(text) for text in texts]
