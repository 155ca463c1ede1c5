"""What the server knows of Bandit."""

from __future__ import annotations

from flext_quality.domain.findings.finding import Category
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule_table import RuleTable
from flext_quality.infrastructure.analyzers.bandit.rules import NAME, list_rules

ARGUMENTS_FILE = ".bandit"
"""Where a project keeps arguments of Bandit's command."""
SETTINGS_FILES = ("pyproject.toml", "bandit.yaml", "bandit.yml")
"""Where a project keeps Bandit's settings, in order of precedence."""

PROFILE = AnalyzerProfile(
    name=NAME,
    categories=RuleTable(Category.SECURITY),
    measured_categories=frozenset({Category.SECURITY}),
    capabilities=frozenset({"security_scanning"}),
    configuration_names=frozenset({ARGUMENTS_FILE, *SETTINGS_FILES}),
    packages=(NAME,),
    list_rules=list_rules,
)
