"""What an analyzer tells of itself, and what is known of one that tells nothing."""

import pytest

from flext_quality.domain.findings.finding import Category, Finding, Severity
from flext_quality.domain.findings.profile import AnalyzerProfile, AnalyzerProfiles
from flext_quality.domain.findings.rule import Rule, RuleDescription
from flext_quality.domain.findings.rule_table import RuleTable

TABLE = RuleTable("other", {"letters": "F B", "digits": "F4 B904", "word": "unused-import X"})
LINT = AnalyzerProfile(
    "lint",
    categories=RuleTable(Category.STYLE, {Category.SECURITY: "S"}),
    efforts=RuleTable(None, {20: "S1"}),
    severities=RuleTable(Severity.LOW),
    measured_categories=frozenset({Category.STYLE}),
    documentation_url="https://lint.example/{rule}",
)
PROFILES = AnalyzerProfiles.of(LINT, AnalyzerProfile("other"))


def finding(analyzer: str, rule: str, severity: Severity, category: Category) -> Finding:
    return Finding(analyzer, rule, severity, "m", "a.py", category=category)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("F401", "digits"),
        ("F541", "letters"),
        ("F", "letters"),
        ("FURB118", "other"),
        ("B904", "digits"),
        ("B9", "letters"),
        ("unused-import", "word"),
        ("unused", "other"),
        ("f401", "other"),
        ("", "other"),
    ],
)
def test_the_longest_listed_prefix_decides(rule: str, value: str) -> None:
    """Of letters and digits; a prefix holds whole letters. Any other rule has to be listed as it is."""
    assert value == TABLE.of(rule)


def test_a_finding_is_about_what_it_says_or_else_what_its_rule_is_about() -> None:
    """And never about nothing, even if its analyzer is no longer there."""
    low, unknown = Severity.LOW, Category.UNSPECIFIED
    assert Category.COVERAGE is PROFILES.category_of(finding("lint", "S1", low, Category.COVERAGE))
    assert Category.SECURITY is PROFILES.category_of(finding("lint", "S1", low, unknown))
    assert Category.STYLE is PROFILES.category_of(finding("lint", "X1", low, unknown))
    assert Category.MAINTAINABILITY is PROFILES.category_of(finding("gone", "X1", low, unknown))


def test_a_finding_takes_what_its_rule_takes_or_else_its_severity() -> None:
    """Also of an analyzer that is no longer there."""
    unknown = Category.UNSPECIFIED
    assert 20 == PROFILES.effort_of(finding("lint", "S1", Severity.CRITICAL, unknown))
    assert 60 == PROFILES.effort_of(finding("lint", "X1", Severity.CRITICAL, unknown))
    assert 15 == PROFILES.effort_of(finding("gone", "X1", Severity.MEDIUM, unknown))


def test_a_category_is_measured_if_an_analyzer_says_that_it_measures_it() -> None:
    """An analyzer that tells nothing measures none; without a success nothing is known of issues at all."""
    assert frozenset({Category.STYLE}) == PROFILES.measured_categories(["lint", "other"])
    assert frozenset() == PROFILES.measured_categories(["other", "gone"])
    assert PROFILES.measured_categories([]) is None


def test_what_a_tool_does_not_say_of_a_rule_its_profile_knows() -> None:
    """What it says counts more; what nobody knows is empty."""
    assert Rule(
        analyzer="lint",
        rule="S1",
        title="Do not",
        explanation="",
        category=Category.SECURITY,
        severity=Severity.LOW,
        effort_minutes=20,
        documentation_url="https://lint.example/S1",
    ) == LINT.rule(RuleDescription("S1", "Do not"))
    told = RuleDescription("S2", "t", "e", "https://x.example", Category.STYLE, Severity.HIGH)
    assert Rule("lint", "S2", "t", "e", Category.STYLE, Severity.HIGH, 30, "https://x.example") == (
        LINT.rule(told)
    )
    assert Rule("other", "X", "", "", Category.MAINTAINABILITY, None, 0, "") == (
        PROFILES["other"].rule(RuleDescription("X"))
    )


@pytest.mark.parametrize("word", ["Linting", "type checking", "", "1st", "a" * 64, "a-b"])
def test_a_capability_is_a_word(word: str) -> None:
    """Registries serve names that are made of it."""
    with pytest.raises(ValueError, match="is not one of"):
        AnalyzerProfile("lint", capabilities=frozenset({word}))
