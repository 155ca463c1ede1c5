"""What the server knows of its measurements of complexity.

docs/severity.md and docs/scoring.md show the same tables.
"""

from __future__ import annotations

from types import MappingProxyType

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule import RuleDescription, fixed_rules
from flext_quality.domain.findings.rule_table import RuleTable

SEVERITIES = MappingProxyType(
    {"beyond the threshold": Severity.MEDIUM, "twice the threshold": Severity.HIGH}
)
"""Severity by how far a value is beyond its threshold."""
HIGH_FROM = 2.0
"""How many times the threshold is HIGH."""


def severity_of(times: float) -> Severity:
    """The severity of a value that is so many times its threshold."""
    return SEVERITIES["twice the threshold" if times >= HIGH_FROM else "beyond the threshold"]


_THRESHOLD = " The project sets the threshold (`thresholds`); 0 switches the rule off."

PROFILE = AnalyzerProfile(
    name="complexity",
    categories=RuleTable(Category.MAINTAINABILITY),
    efforts=RuleTable(
        None,
        {
            20: "nesting-depth",
            30: "cyclomatic-complexity cognitive-complexity",
            60: "maintainability-index",
        },
    ),
    severities=RuleTable(Severity.MEDIUM),
    measured_categories=frozenset({Category.MAINTAINABILITY}),
    metrics=frozenset(
        {
            *("functions", "classes", "cyclomatic_complexity", "cognitive_complexity"),
            *("max_cyclomatic_complexity", "max_cognitive_complexity", "max_nesting_depth"),
            "maintainability_index",
        }
    ),
    capabilities=frozenset({"complexity_analysis"}),
    configuration_names=frozenset({"pyproject.toml"}),
    packages=("radon", "complexipy"),
    list_rules=fixed_rules(
        RuleDescription(
            "cyclomatic-complexity",
            "Too many paths through a function",
            "Cyclomatic complexity (McCabe 1976) counts the independent paths through a function: one, "
            "and one more for each condition, loop, handler and boolean operator. A function with many of "
            "them takes many tests and is easily broken. Split it, or replace conditions by a table."
            + _THRESHOLD,
        ),
        RuleDescription(
            "cognitive-complexity",
            "A function that is hard to follow",
            "Cognitive complexity (SonarSource 2017) counts what breaks the flow of reading, and counts it "
            "higher the deeper it is nested. Return early, and give nested blocks functions of their own."
            + _THRESHOLD,
        ),
        RuleDescription(
            "nesting-depth",
            "Blocks nested too deeply",
            "So many conditions and loops lie inside of each other that a reader has to remember all of "
            "them. Return early, or give the inner blocks functions of their own." + _THRESHOLD,
        ),
        RuleDescription(
            "maintainability-index",
            "A file that is hard to maintain",
            "The maintainability index (Oman and Hagemeister 1992, scaled to 0 to 100) falls as a file's "
            "volume, complexity and size grow. Split the file by subjects, and simplify long functions."
            + _THRESHOLD,
        ),
    ),
)
