import re
from pathlib import Path

import pytest

from flext_quality.domain.findings.categories import (
    ANALYZER_CATEGORIES,
    MYPY_CATEGORIES,
    RUFF_CATEGORIES,
    category_of,
)
from flext_quality.domain.findings.effort import (
    ANALYZER_EFFORTS,
    RUFF_EFFORTS,
    RULE_EFFORTS,
    SEVERITY_EFFORTS,
    effort_minutes,
)
from flext_quality.domain.findings.finding import Category, Severity

DOCUMENT = Path(__file__).parents[3] / "docs/scoring.md"


def documented(heading: str) -> dict[str, str]:
    """The table under a heading: its first column by the names in its second."""
    section = DOCUMENT.read_text().partition(f"\n### {heading}\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| ([A-Z_0-9]+) \| (.+?) \|", section, re.MULTILINE)
    return {name: first for first, names in rows for name in re.findall(r"`(.+?)`", names)}


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("Categories of Ruff's rules", RUFF_CATEGORIES),
        ("Categories of MyPy's codes", MYPY_CATEGORIES),
        ("Categories of analyzers", ANALYZER_CATEGORIES),
    ],
)
def test_the_documented_categories_are_in_effect(heading: str, table: dict[str, Category]) -> None:
    """docs/scoring.md says what the server does."""
    assert {name: category.name for name, category in table.items()} == documented(heading)


def test_the_documented_efforts_are_in_effect() -> None:
    """docs/scoring.md says what the server does."""
    by_name = {
        **RUFF_EFFORTS,
        **{f"{analyzer} {rule}": effort for (analyzer, rule), effort in RULE_EFFORTS.items()},
        **ANALYZER_EFFORTS,
        **{severity.name: effort for severity, effort in SEVERITY_EFFORTS.items()},
    }
    assert {name: str(effort) for name, effort in by_name.items()} == {
        **documented("Efforts of Ruff's rules"),
        **documented("Efforts of other rules"),
        **documented("Efforts by severity"),
    }


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
    ],
)
def test_every_finding_has_a_category(analyzer: str, rule: str, category: Category) -> None:
    """By its rule, else by its analyzer; the longest listed prefix of Ruff's rules decides."""
    assert category is category_of(analyzer, rule)


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
    ],
)
def test_every_issue_has_an_effort(
    analyzer: str, rule: str, severity: Severity, minutes: int
) -> None:
    """By its rule, else by its analyzer, else by its severity."""
    assert minutes == effort_minutes(analyzer, rule, severity)
