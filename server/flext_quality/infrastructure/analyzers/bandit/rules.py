"""Bandit's checks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flext_quality.domain.findings.rule import RuleDescription
from flext_quality.infrastructure.analyzers.bandit.levels import severity_of
from flext_quality.infrastructure.analyzers.rule_listing import rules_of_program

NAME = "bandit"


async def list_rules() -> Sequence[RuleDescription]:
    """The checks of the installed Bandit, in its words. Raises a `ToolError`.

    A severity is the highest of the examples in the check's description, where there are any.
    """
    printed = await rules_of_program(NAME, Path(__file__).with_name("rule_list.py"))
    return [
        rule.described(severity_of(rule.severity) if rule.severity else None) for rule in printed
    ]
