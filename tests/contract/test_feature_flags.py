from __future__ import annotations

from collections.abc import Callable

import pytest

from flext_quality.application.ports.flags import FeatureFlags
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.flags.openfeature_flags import FlagRule, OpenFeatureFlags
from tests.fakes import FakeFeatureFlags

FLAG = "analyzer.mypy"
SHOP, BANK = ProjectName("shop"), ProjectName("bank")
MakeFlags = Callable[[dict[str, FlagRule]], FeatureFlags]


def fake(rules: dict[str, FlagRule]) -> FeatureFlags:
    """The fake with these rules."""
    found: dict[tuple[str, ProjectName | None], bool] = {}
    for flag, rule in rules.items():
        found[flag, None] = rule.enabled
        for project in (SHOP, BANK):
            if str(project) in rule.on_for | rule.off_for:
                found[flag, project] = str(project) in rule.on_for
    return FakeFeatureFlags(found)


@pytest.fixture(params=[lambda rules: OpenFeatureFlags(lambda: rules), fake])
def make(request: pytest.FixtureRequest) -> MakeFlags:
    """Makes flags of each kind."""
    made: MakeFlags = request.param
    return made


def test_a_flag_of_which_nothing_is_said_is_as_asked(make: MakeFlags) -> None:
    """With no flags at all, and beside others."""
    for flags in (make({}), make({"analyzer.ruff": FlagRule(enabled=False)})):
        assert flags.is_on(FLAG, SHOP, default=True)
        assert not flags.is_on(FLAG, SHOP, default=False)


def test_single_projects_differ_from_the_others(make: MakeFlags) -> None:
    """In both directions."""
    off = make({FLAG: FlagRule(off_for=frozenset({"projects/shop"}))})
    assert (off.is_on(FLAG, SHOP, default=True), off.is_on(FLAG, BANK, default=True)) == (
        False,
        True,
    )
    on = make({FLAG: FlagRule(enabled=False, on_for=frozenset({"projects/shop"}))})
    assert (on.is_on(FLAG, SHOP, default=True), on.is_on(FLAG, BANK, default=True)) == (True, False)


def test_changed_rules_count_at_once() -> None:
    """And two servers in one process keep theirs apart."""
    rules = {FLAG: FlagRule(enabled=False)}
    first, second = OpenFeatureFlags(lambda: rules), OpenFeatureFlags(lambda: {FLAG: FlagRule()})
    assert not first.is_on(FLAG, SHOP, default=True)
    assert second.is_on(FLAG, SHOP, default=False)
    rules[FLAG] = FlagRule()
    assert first.is_on(FLAG, SHOP, default=False)
    rules.clear()
    assert not first.is_on(FLAG, SHOP, default=False)
