"""What the server knows of its search for duplicated code.

docs/severity.md and docs/scoring.md show the same tables.
"""

from __future__ import annotations

from types import MappingProxyType

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule import RuleDescription, fixed_rules
from flext_quality.domain.findings.rule_table import RuleTable

PROGRAM = "jscpd"
RULE = "duplicated-block"
CONFIGURATION_FILES = (
    *(".jscpd.json", ".config/jscpd.json", ".config/.jscpd.json"),
    "package.json",
)
"""Where a project keeps jscpd's settings, in order of precedence."""

SEVERITIES = MappingProxyType({Severity.HIGH: 100, Severity.MEDIUM: 30, Severity.LOW: 1})
"""How many lines a clone has at least, by severity, most first."""


def severity_of(lines: int) -> Severity:
    """The severity of a clone of so many lines."""
    return next(severity for severity, least in SEVERITIES.items() if lines >= least)


PROFILE = AnalyzerProfile(
    name="duplication",
    categories=RuleTable(Category.DUPLICATION),
    efforts=RuleTable(20),
    severities=RuleTable(Severity.LOW),
    measured_categories=frozenset({Category.DUPLICATION}),
    metrics=frozenset({"duplicated_lines", "duplicated_blocks"}),
    capabilities=frozenset({"duplication_detection"}),
    configuration_names=frozenset(path.rpartition("/")[2] for path in CONFIGURATION_FILES),
    packages=(PROGRAM,),
    list_rules=fixed_rules(
        RuleDescription(
            RULE,
            "The same code in several places",
            "A mistake in one copy is in all of them, and whoever mends it has to find each. Make one "
            "function of what the places have in common. The larger the block, the more it matters.",
        )
    ),
)
