"""What the server is told: what the rules are about, how much they matter, what ending a finding takes."""

from __future__ import annotations

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule import RuleDescription, fixed_rules
from flext_quality.domain.findings.rule_table import RuleTable

SEVERITIES = RuleTable(
    Severity.LOW,
    {Severity.MEDIUM: "overdue", Severity.INFO: "due", Severity.LOW: "no-date bad-date"},
)


def profile(name: str) -> AnalyzerProfile:
    """The profile; what it leaves out has a default."""
    return AnalyzerProfile(
        name,
        categories=RuleTable(Category.MAINTAINABILITY, {Category.STYLE: "no-date bad-date"}),
        efforts=RuleTable(30, {1: "no-date bad-date"}),
        severities=SEVERITIES,
        capabilities=frozenset({"todo_tracking"}),
        list_rules=fixed_rules(
            RuleDescription("overdue", "Work whose day has passed"),
            RuleDescription("due", "Work that is still to be done"),
            RuleDescription("no-date", "Work without a day", "Add a day: `# TODO(2026-03-31): …`."),
            RuleDescription("bad-date", "Work on a day that the calendar does not have"),
        ),
    )
