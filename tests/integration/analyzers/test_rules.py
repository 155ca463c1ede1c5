"""What the real tools say of their rules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flext_quality.container.analyzers import built_in_profiles
from flext_quality.domain.errors import ToolFailedError, ToolOutputInvalidError
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.infrastructure.analyzers.mypy.rules import NO_CODE, NOTE
from flext_quality.infrastructure.analyzers.rule_catalog import ProfileRuleCatalog
from flext_quality.infrastructure.analyzers.rule_listing import PrintedRule, printed

PROFILES = built_in_profiles()


@pytest.fixture
def catalog() -> ProfileRuleCatalog:
    """That of the server's own analyzers."""
    return ProfileRuleCatalog(PROFILES)


@pytest.mark.parametrize(
    ("analyzer", "rule", "title", "category", "severity", "minutes", "url"),
    [
        (
            *("ruff", "F401", "`{name}` imported but unused; consider using `importlib.util."),
            *(Category.DEAD_CODE, Severity.LOW, 1),
            "https://docs.astral.sh/ruff/rules/unused-import/",
        ),
        (
            *("ruff", "invalid-syntax", "Not valid Python"),
            *(Category.RELIABILITY, Severity.CRITICAL, 60, ""),
        ),
        (
            *("bandit", "B602", "Test for use of popen with shell equals true"),
            *(Category.SECURITY, Severity.HIGH, 30),
            "https://bandit.readthedocs.io/",
        ),
        (
            *("bandit", "B301", "pickle", Category.SECURITY, Severity.MEDIUM, 15),
            "https://bandit.readthedocs.io/",
        ),
        (
            *("mypy", "no-untyped-def", "Check that every function has an annotation"),
            *(Category.MAINTAINABILITY, Severity.LOW, 5),
            "https://mypy.readthedocs.io/en/stable/_refs.html#code-no-untyped-def",
        ),
        (
            *("complexity", "cognitive-complexity", "A function that is hard to follow"),
            *(Category.MAINTAINABILITY, Severity.MEDIUM, 30, ""),
        ),
        (
            *("deadcode", "unreachable-code", "Code that is never reached"),
            *(Category.DEAD_CODE, Severity.MEDIUM, 5, ""),
        ),
        (
            *("duplication", "duplicated-block", "The same code in several places"),
            *(Category.DUPLICATION, Severity.LOW, 20, ""),
        ),
        (
            *("coverage", "uncovered-lines", "Lines that no test runs"),
            *(Category.COVERAGE, Severity.LOW, 10, ""),
        ),
    ],
)
async def test_a_rule_is_told_as_its_tool_tells_it(
    catalog: ProfileRuleCatalog,
    analyzer: str,
    rule: str,
    title: str,
    category: Category,
    severity: Severity,
    minutes: int,
    url: str,
) -> None:
    """With what the analyzer's profile knows of it."""
    told = (await catalog.rules_of(analyzer)).unwrap()[rule]

    assert told.title.startswith(title)
    assert (analyzer, rule) == (told.analyzer, told.rule)
    assert (category, severity, minutes) == (told.category, told.severity, told.effort_minutes)
    assert told.documentation_url.startswith(url)
    assert bool(url) == bool(told.documentation_url)


async def test_every_rule_has_a_title_and_a_category(catalog: ProfileRuleCatalog) -> None:
    """Of every analyzer; the tools explain nearly all, only MyPy explains its codes elsewhere."""
    for analyzer in PROFILES.by_name:
        rules = (await catalog.rules_of(analyzer)).unwrap()
        assert bool(rules) == (analyzer != "sarif")
        for rule in rules.values():
            assert rule.title, rule
            assert rule.category is not Category.UNSPECIFIED
            assert rule.explanation or analyzer == "mypy", rule


async def test_rules_that_a_tool_no_longer_has_are_left_out(catalog: ProfileRuleCatalog) -> None:
    """Ruff still describes rules that it removed."""
    assert "PGH001" not in (await catalog.rules_of("ruff")).unwrap()


async def test_what_tools_find_is_among_their_rules(catalog: ProfileRuleCatalog) -> None:
    """So whoever reads a finding finds its rule, also that of messages to which MyPy gives no code."""
    assert {NOTE, NO_CODE, "syntax"} <= set((await catalog.rules_of("mypy")).unwrap())
    listed = set((await catalog.rules_of("deadcode")).unwrap())
    assert set(PROFILES["deadcode"].severities.listed) == listed
    assert set(PROFILES["complexity"].efforts.listed) == set(
        (await catalog.rules_of("complexity")).unwrap()
    )


@pytest.mark.parametrize("print_", ["print('[{}]')", "print('not JSON')"])
async def test_what_is_no_list_of_rules_is_told(print_: str) -> None:
    """A newer version of a tool may print something else."""
    with pytest.raises(ToolOutputInvalidError, match="its list of rules"):
        await printed("lint", (sys.executable, "-c", print_), list[PrintedRule])


async def test_a_tool_that_breaks_off_is_told() -> None:
    """With its last words."""
    with pytest.raises(ToolFailedError, match="no rules today"):
        await printed(
            "lint", (sys.executable, "-c", "raise SystemExit('no rules today')"), list[PrintedRule]
        )


async def test_the_tools_are_asked_in_a_place_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not where the server was started, whose files they could read, and nothing is left of it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    program = "import json, os; print(json.dumps([{'rule': os.getcwd(), 'title': ''}]))"

    rules = await printed("lint", (sys.executable, "-c", program), list[PrintedRule])

    assert Path(rules[0].rule).is_relative_to(tmp_path)
    assert [] == list(tmp_path.iterdir())  # noqa: ASYNC240  # takes no time
