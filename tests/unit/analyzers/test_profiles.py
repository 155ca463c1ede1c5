"""What the server's own analyzers tell of themselves."""

import pytest

from flext_quality.container.analyzers import built_in_profiles
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.metrics.metric_keys import METRICS
from flext_quality.settings import BUILT_IN_ANALYZERS

PROFILES = built_in_profiles()


@pytest.mark.parametrize(
    ("analyzer", "rule", "category"),
    [
        ("ruff", "S602", Category.SECURITY),
        ("ruff", "SIM102", Category.MAINTAINABILITY),
        ("ruff", "F821", Category.RELIABILITY),
        ("ruff", "F401", Category.DEAD_CODE),
        ("ruff", "FURB118", Category.MAINTAINABILITY),
        ("ruff", "PLE0604", Category.RELIABILITY),
        ("ruff", "PLR0912", Category.MAINTAINABILITY),
        ("ruff", "E501", Category.STYLE),
        ("ruff", "E902", Category.RELIABILITY),
        ("ruff", "invalid-syntax", Category.RELIABILITY),
        ("ruff", "a-new-kind-of-name", Category.MAINTAINABILITY),
        ("mypy", "arg-type", Category.RELIABILITY),
        ("mypy", "no-untyped-def", Category.MAINTAINABILITY),
        ("mypy", "unreachable", Category.DEAD_CODE),
        ("bandit", "B101", Category.SECURITY),
        ("complexity", "cyclomatic-complexity", Category.MAINTAINABILITY),
        ("duplication", "duplicated-block", Category.DUPLICATION),
        ("coverage", "uncovered-lines", Category.COVERAGE),
        ("deadcode", "unused-function", Category.DEAD_CODE),
        ("sarif", "js/xss", Category.MAINTAINABILITY),
        ("gone", "X1", Category.MAINTAINABILITY),
    ],
)
def test_every_finding_has_a_category(analyzer: str, rule: str, category: Category) -> None:
    """By its rule, else by its analyzer, even if that is no longer there."""
    assert category is PROFILES[analyzer].categories.of(rule)


@pytest.mark.parametrize(
    ("analyzer", "rule", "severity", "minutes"),
    [
        ("ruff", "F401", Severity.LOW, 1),
        ("ruff", "PLR0912", Severity.LOW, 20),
        ("ruff", "S602", Severity.HIGH, 30),
        ("ruff", "a-new-kind-of-name", Severity.LOW, 5),
        ("mypy", "var-annotated", Severity.LOW, 2),
        ("mypy", "arg-type", Severity.MEDIUM, 15),
        ("bandit", "B602", Severity.HIGH, 30),
        ("complexity", "cognitive-complexity", Severity.HIGH, 30),
        ("coverage", "uncovered-lines", Severity.LOW, 10),
        ("sarif", "js/xss", Severity.CRITICAL, 60),
        ("gone", "X1", Severity.MEDIUM, 15),
    ],
)
def test_every_issue_has_an_effort(
    analyzer: str, rule: str, severity: Severity, minutes: int
) -> None:
    """By its rule, else by its analyzer, else by its severity, even if the analyzer is no longer there."""
    assert minutes == PROFILES[analyzer].effort_minutes(rule, severity)


def test_every_analyzer_of_the_server_has_a_profile_of_its_name() -> None:
    """The folder, the settings and the profile are called alike."""
    assert BUILT_IN_ANALYZERS == set(PROFILES.by_name)
    for name, profile in PROFILES.by_name.items():
        assert name == profile.name


def test_what_analyzers_measure_is_known() -> None:
    """A measure that no metric describes would be left out of all answers; no two measure the same."""
    measured = [key for profile in PROFILES.by_name.values() for key in profile.metrics]
    assert set(measured) <= set(METRICS)
    assert len(measured) == len(set(measured))


def test_working_copies_hold_what_the_tools_read() -> None:
    """Their settings, and the reports of test runs."""
    assert {
        *(".bandit", ".coveragerc", ".coveragerc.toml", ".gitignore", ".ignore", ".jscpd.json"),
        *(".mypy.ini", ".ruff.toml", "bandit.yaml", "bandit.yml", "jscpd.json", "mypy.ini"),
        *("package.json", "py.typed", "pyproject.toml", "ruff.toml", "setup.cfg", "tox.ini"),
    } == PROFILES.configuration_names
    assert {
        *(".coverage", "cobertura.xml", "coverage.json", "coverage.lcov", "coverage.xml"),
        "lcov.info",
    } == PROFILES.report_names
