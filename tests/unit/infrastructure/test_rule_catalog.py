"""The rules of analyzers, whatever their lists do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from flext_quality.domain.errors import (
    ToolNotInstalledError,
    ToolOutputInvalidError,
    UnknownAnalyzerError,
)
from flext_quality.domain.findings.profile import AnalyzerProfile, AnalyzerProfiles
from flext_quality.domain.findings.rule import RuleDescription, RuleSource, fixed_rules
from flext_quality.infrastructure.analyzers.rule_catalog import (
    MAX_EXPLANATION_CHARACTERS,
    MAX_RULES,
    ProfileRuleCatalog,
)


def catalog(list_rules: RuleSource) -> ProfileRuleCatalog:
    """Of one analyzer."""
    return ProfileRuleCatalog(AnalyzerProfiles.of(AnalyzerProfile("lint", list_rules=list_rules)))


async def test_rules_are_in_the_order_of_their_ids() -> None:
    """Whatever the order in which the tool tells them."""
    rules = catalog(fixed_rules(*(RuleDescription(rule) for rule in ("B2", "A1", "B1"))))

    assert ["A1", "B1", "B2"] == list((await rules.rules_of("lint")).unwrap())


async def test_a_tool_is_asked_once() -> None:
    """However many ask at the same time, and later."""
    asked = 0
    answer = asyncio.Event()

    async def slow() -> Sequence[RuleDescription]:
        nonlocal asked
        asked += 1
        await answer.wait()
        return [RuleDescription("A1")]

    rules = catalog(slow)
    all_at_once = [asyncio.ensure_future(rules.rules_of("lint")) for _ in range(5)]
    await asyncio.sleep(0)
    answer.set()
    answers = [(await one).unwrap() for one in all_at_once]

    assert [{"A1"}] * 5 == [set(one) for one in answers]
    assert {"A1"} == set((await rules.rules_of("lint")).unwrap())
    assert 1 == asked


async def test_a_tool_that_failed_is_asked_again() -> None:
    """It may have been installed meanwhile."""
    answers: list[Sequence[RuleDescription] | Exception] = [
        ToolNotInstalledError("lint"),
        [RuleDescription("A1")],
    ]

    async def mended() -> Sequence[RuleDescription]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    rules = catalog(mended)

    assert isinstance((await rules.rules_of("lint")).error, ToolNotInstalledError)
    assert {"A1"} == set((await rules.rules_of("lint")).unwrap())


async def test_a_list_that_breaks_off_is_the_tools_error() -> None:
    """A mistake in a plugin is no failure of the server."""

    async def broken() -> Sequence[RuleDescription]:
        raise ZeroDivisionError

    error = (await catalog(broken).rules_of("lint")).error

    assert isinstance(error, ToolOutputInvalidError)
    assert "broke off" in error.message


async def test_too_many_rules_are_refused() -> None:
    """None is left out in silence."""
    many = [RuleDescription(f"A{number}") for number in range(MAX_RULES + 1)]

    error = (await catalog(fixed_rules(*many)).rules_of("lint")).error

    assert isinstance(error, ToolOutputInvalidError)
    assert "10,001 rules" in error.message


async def test_a_long_explanation_is_cut() -> None:
    """And says by how much."""
    long = RuleDescription("A1", explanation="x" * (MAX_EXPLANATION_CHARACTERS + 7))

    rules = (await catalog(fixed_rules(long)).rules_of("lint")).unwrap()

    assert rules["A1"].explanation.endswith("x… (7 more characters)")


@pytest.mark.parametrize("name", ["nobody", ""])
async def test_nobody_has_no_rules(name: str) -> None:
    """An analyzer that is not there is told, with those that are."""
    error = (await catalog(fixed_rules()).rules_of(name)).error

    assert isinstance(error, UnknownAnalyzerError)
    assert ["lint"] == error.available
