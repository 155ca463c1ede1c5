import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.infrastructure.analyzers.bandit import levels as bandit
from flext_quality.infrastructure.analyzers.complexity import profile as complexity
from flext_quality.infrastructure.analyzers.deadcode import profile as deadcode
from flext_quality.infrastructure.analyzers.duplication import profile as duplication
from flext_quality.infrastructure.analyzers.mypy import profile as mypy
from flext_quality.infrastructure.analyzers.mypy.rules import NOTE
from flext_quality.infrastructure.analyzers.ruff import profile as ruff
from flext_quality.infrastructure.analyzers.sarif.severity import SARIF_LEVELS, SARIF_TAGS

DOCUMENT = Path(__file__).parents[3] / "docs/severity.md"


def documented(heading: str) -> dict[str, Severity]:
    """The table under a heading: severity by the names in the other column."""
    section = DOCUMENT.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table: dict[str, Severity] = {}
    for first, second in re.findall(r"^\| (.+) \| (.+) \|$", section, re.MULTILINE):
        severity, names = (second, first) if second in Severity.__members__ else (first, second)
        if severity in Severity.__members__:
            table |= dict.fromkeys(re.findall(r"`(.+?)`", names), Severity[severity])
    return table


@pytest.mark.parametrize(
    ("tool", "table"),
    [
        ("Ruff", ruff.SEVERITIES.listed),
        ("Bandit", bandit.SEVERITIES),
        ("MyPy", mypy.SEVERITIES.listed),
        ("Complexity", complexity.SEVERITIES),
        ("Dead code", deadcode.SEVERITIES.listed),
        ("SARIF", SARIF_LEVELS),
    ],
)
def test_the_documented_tables_are_in_effect(tool: str, table: Mapping[str, Severity]) -> None:
    """docs/severity.md says what the server does."""
    assert dict(table) == documented(tool)


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("invalid-syntax", Severity.CRITICAL),
        ("F704", Severity.CRITICAL),
        ("F821", Severity.HIGH),
        ("F401", Severity.LOW),
        ("F811", Severity.MEDIUM),
        ("FURB118", Severity.LOW),
        ("S602", Severity.HIGH),
        ("S608", Severity.MEDIUM),
        ("S404", Severity.LOW),
        ("E501", Severity.INFO),
        ("E902", Severity.HIGH),
        ("D100", Severity.INFO),
        ("PLE0100", Severity.CRITICAL),
        ("PLE0604", Severity.HIGH),
        ("PLW0602", Severity.MEDIUM),
        ("PLR2004", Severity.LOW),
        ("ZZZ999", Severity.LOW),
        ("a-new-kind-of-name", Severity.LOW),
    ],
)
def test_the_longest_prefix_decides(rule: str, severity: Severity) -> None:
    """A Ruff rule has the severity of the longest listed prefix, in whole letters."""
    assert severity is ruff.SEVERITIES.of(rule)


def test_bandit_levels_are_taken_as_they_are() -> None:
    """Bandit's own levels keep their names; a level that we do not know is only information."""
    assert Severity.HIGH is bandit.severity_of("HIGH")
    assert Severity.INFO is bandit.severity_of("UNDEFINED")
    assert Severity.INFO is bandit.severity_of("NEW")


def test_mypy_errors_are_weighed_by_their_code() -> None:
    """What would fail when it runs is worse than what lacks an annotation."""
    assert Severity.HIGH is mypy.SEVERITIES.of("name-defined")
    assert Severity.MEDIUM is mypy.SEVERITIES.of("arg-type")
    assert Severity.LOW is mypy.SEVERITIES.of("no-untyped-def")
    assert Severity.INFO is mypy.SEVERITIES.of(NOTE)


def test_complexity_is_weighed_by_how_far_it_is_beyond_the_threshold() -> None:
    """From twice the threshold on it is HIGH."""
    assert Severity.MEDIUM is complexity.severity_of(1.99)
    assert Severity.HIGH is complexity.severity_of(2.0)


def test_dead_code_is_weighed_by_what_it_is() -> None:
    """Code that is never reached may be a bug; a kind that we do not know is a smell."""
    assert Severity.MEDIUM is deadcode.SEVERITIES.of("unreachable-code")
    assert Severity.LOW is deadcode.SEVERITIES.of("unused-import")
    assert Severity.LOW is deadcode.SEVERITIES.of("unused-something-new")


def test_clones_are_weighed_by_their_lines() -> None:
    """The largest size that is reached decides, and the document shows the sizes."""
    sizes = {severity: str(lines) for severity, lines in duplication.SEVERITIES.items()}
    assert sizes == {severity: lines for lines, severity in documented("Duplication").items()}
    for severity, lines in duplication.SEVERITIES.items():
        assert severity is duplication.severity_of(lines)
    assert Severity.LOW is duplication.severity_of(duplication.SEVERITIES[Severity.MEDIUM] - 1)
    assert Severity.MEDIUM is duplication.severity_of(duplication.SEVERITIES[Severity.HIGH] - 1)


def test_the_documented_tags_of_sarif_are_in_effect() -> None:
    """docs/severity.md lists every tag that makes a category, in the order in which they win."""
    table: dict[str, Category] = {}
    for name, tags in re.findall(r"^\| ([A-Z_]+) \| (.+) \|$", DOCUMENT.read_text(), re.MULTILINE):
        if name in Category.__members__:
            table |= dict.fromkeys(re.findall(r"`(.+?)`", tags), Category[name])
    assert list(SARIF_TAGS.items()) == list(table.items())
