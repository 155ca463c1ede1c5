"""What the server knows of the reports of test coverage that it reads."""

from __future__ import annotations

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule import RuleDescription, fixed_rules
from flext_quality.domain.findings.rule_table import RuleTable

LINES_RULE = "uncovered-lines"
BRANCH_RULE = "uncovered-branch"
SEVERITY = Severity.LOW
"""Of all that no test runs."""

CONFIGURATION_FILES = (
    *(".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini"),
    "pyproject.toml",
)
"""What coverage.py reads, all in the project's root."""
DATA_FILE = ".coverage"
REPORT_NAMES = frozenset(
    {DATA_FILE, "cobertura.xml", "coverage.json", "coverage.lcov", "coverage.xml", "lcov.info"}
)

PROFILE = AnalyzerProfile(
    name="coverage",
    categories=RuleTable(Category.COVERAGE),
    efforts=RuleTable(10),
    severities=RuleTable(SEVERITY),
    measured_categories=frozenset({Category.COVERAGE}),
    metrics=frozenset(
        {
            *("lines_to_cover", "covered_lines", "branches_to_cover", "covered_branches"),
            *("functions_to_cover", "covered_functions"),
        }
    ),
    capabilities=frozenset({"coverage_import"}),
    is_importer=True,
    configuration_names=frozenset(CONFIGURATION_FILES),
    report_names=REPORT_NAMES,
    packages=("coverage",),
    list_rules=fixed_rules(
        RuleDescription(
            LINES_RULE,
            "Lines that no test runs",
            "What no test runs may be broken without anybody noticing. Test it, delete it, or say in "
            "coverage.py's settings that it does not count.",
        ),
        RuleDescription(
            BRANCH_RULE,
            "A branch that no test takes",
            "Tests run the line, but never go on from it in every way that they could: some outcome of the "
            "condition is not tested.",
        ),
    ),
)
