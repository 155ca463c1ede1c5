"""What is known of each analyzer. Each tells it itself; nothing else in the domain knows a tool by name.

Efforts are on the scale of SonarQube's rules, whose constant efforts are 1, 2, 5, 10, 15, 20, 30 and 60
minutes (https://docs.sonarsource.com, "Understanding measures and metrics": technical debt).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from flext_quality.domain.findings.finding import Category, Finding, Severity
from flext_quality.domain.findings.rule import Rule, RuleDescription, RuleSource, fixed_rules
from flext_quality.domain.findings.rule_table import RuleTable

SEVERITY_EFFORTS = MappingProxyType(
    {
        Severity.CRITICAL: 60,
        Severity.HIGH: 30,
        Severity.MEDIUM: 15,
        Severity.LOW: 5,
        Severity.INFO: 2,
    }
)
"""Minutes by severity, where the profile knows none: a worse issue needs more thought and a test."""

DEFAULT_CATEGORY = Category.MAINTAINABILITY
"""Of findings about whose analyzer nothing is known."""

_CAPABILITY = re.compile(r"[a-z][a-z0-9_]{0,62}")
"""A label of DNS, for registries serve names made of it."""


@dataclass(frozen=True, slots=True)
class AnalyzerProfile:
    """What an analyzer tells of itself. An analyzer that leaves all but the name out has the defaults.

    Attributes:
        name: the analyzer's, lower case, as in the contract.
        categories: what its findings are about, by rule, where a finding does not say it itself.
        efforts: minutes that ending a finding takes, by rule; None: its severity decides.
        severities: how much findings matter, by rule; None: only the tool knows it, for each finding.
        measured_categories: the categories whose issues it looks for so well that the score counts them as
            measured once it has succeeded.
        metrics: the keys of what it measures about files (`FileMeasures.values`); it can measure no other.
        capabilities: words that a server on which it works tells of itself: docs/discovery.md.
        is_importer: it reads what other tools have found, and finds nothing by itself.
        configuration_names: of the files in a project that the tool reads beside Python files. Working copies
            hold no others.
        report_names: of the files that test runs leave behind and that the tool reads.
        packages: the Python distributions that the tool consists of; its version is theirs.
        documentation_url: of a rule; "{rule}" stands for its id. Empty where there is none.
        list_rules: lists its rules.

    Raises:
        ValueError: a capability is no word of lower-case letters, digits and "_".
    """

    name: str
    categories: RuleTable[Category] = RuleTable(DEFAULT_CATEGORY)  # noqa: RUF009  # nothing changes it
    efforts: RuleTable[int | None] = RuleTable(None)  # noqa: RUF009  # as above
    severities: RuleTable[Severity | None] = RuleTable(None)  # noqa: RUF009  # as above
    measured_categories: frozenset[Category] = frozenset()
    metrics: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    is_importer: bool = False
    configuration_names: frozenset[str] = frozenset()
    report_names: frozenset[str] = frozenset()
    packages: tuple[str, ...] = ()
    documentation_url: str = ""
    list_rules: RuleSource = fixed_rules()  # noqa: RUF009  # as above

    def __post_init__(self) -> None:
        for word in self.capabilities:
            if not _CAPABILITY.fullmatch(word):
                raise ValueError(
                    f"the capability {word!r} is not one of lower-case letters, digits and _"
                )

    def effort_minutes(self, rule: str, severity: Severity) -> int:
        """What ending a finding takes."""
        effort = self.efforts.of(rule)
        return SEVERITY_EFFORTS[severity] if effort is None else effort

    def documentation_of(self, rule: str) -> str:
        """Where a rule is explained; empty if that is not known."""
        return self.documentation_url.replace("{rule}", rule)

    def rule(self, described: RuleDescription) -> Rule:
        """A rule with all that is known of it."""
        rule = described.rule
        severity = described.severity or self.severities.of(rule)
        known_effort = self.efforts.of(rule) or 0
        return Rule(
            analyzer=self.name,
            rule=rule,
            title=described.title,
            explanation=described.explanation,
            category=described.category or self.categories.of(rule),
            severity=severity,
            effort_minutes=self.effort_minutes(rule, severity) if severity else known_effort,
            documentation_url=described.documentation_url or self.documentation_of(rule),
        )


@dataclass(frozen=True, slots=True)
class AnalyzerProfiles:
    """The profiles of the analyzers that there are.

    What others have found, which were there once, is taken as that of an analyzer of which nothing is known.
    """

    by_name: Mapping[str, AnalyzerProfile] = field(default_factory=dict)

    @classmethod
    def of(cls, *profiles: AnalyzerProfile) -> AnalyzerProfiles:
        """The given ones."""
        return cls({profile.name: profile for profile in profiles})

    def __getitem__(self, analyzer: str) -> AnalyzerProfile:
        return self.by_name.get(analyzer) or AnalyzerProfile(analyzer)

    def category_of(self, finding: Finding) -> Category:
        """What a finding is about; never UNSPECIFIED."""
        return finding.category or self[finding.analyzer].categories.of(finding.rule)

    def effort_of(self, finding: Finding) -> int:
        """The minutes that ending a finding takes."""
        return self[finding.analyzer].effort_minutes(finding.rule, finding.severity)

    def measured_categories(self, succeeded: Collection[str]) -> frozenset[Category] | None:
        """The categories that are measured once these analyzers have succeeded.

        None if there are no such analyzers: then nothing is known of any issue.
        """
        if not succeeded:
            return None
        return frozenset().union(*(self[name].measured_categories for name in succeeded))

    @property
    def configuration_names(self) -> frozenset[str]:
        """Of the files that any of the tools reads beside Python files and reports."""
        return frozenset().union(*(one.configuration_names for one in self.by_name.values()))

    @property
    def report_names(self) -> frozenset[str]:
        """Of the reports of test runs that any of the tools reads."""
        return frozenset().union(*(one.report_names for one in self.by_name.values()))
