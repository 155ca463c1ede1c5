"""Ruff's rules, as `ruff rule --all` tells them, and where Ruff lies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from ruff import find_ruff_bin  # type: ignore[import-untyped]  # ships no types

from flext_quality.domain.errors import ToolNotInstalledError
from flext_quality.domain.findings.rule import RuleDescription
from flext_quality.infrastructure.analyzers.rule_listing import printed

NAME = "ruff"
SYNTAX_RULE = "invalid-syntax"
"""Ruff's name for errors of the parser, which it does not list among its rules."""
_DOCUMENTATION = "https://docs.astral.sh/ruff/rules"
_SYNTAX = RuleDescription(
    SYNTAX_RULE,
    "Not valid Python",
    "The file cannot be parsed by the version of Python that the project names, so it cannot be run.",
)


class _Rule(msgspec.Struct):
    """Of the output. A rule without a code is about Ruff's own configuration; `status` has one key."""

    name: str
    code: str | None
    summary: str = ""
    explanation: str | None = None
    status: dict[str, Any] = msgspec.field(default_factory=dict)


def ruff_program() -> str:
    """The path of the program that the package brought.

    Raises:
        ToolNotInstalledError: it is not there.
    """
    try:
        return str(find_ruff_bin())
    except FileNotFoundError:
        raise ToolNotInstalledError(NAME) from None


async def list_rules() -> Sequence[RuleDescription]:
    """All rules but those that Ruff no longer has. Raises a `ToolError`."""
    program = await asyncio.to_thread(ruff_program)
    command = (program, "rule", "--all", "--output-format", "json")
    rules = await printed(NAME, command, list[_Rule])
    found = [
        RuleDescription(
            rule.code, rule.summary, rule.explanation or "", f"{_DOCUMENTATION}/{rule.name}/"
        )
        for rule in rules
        if rule.code and "Removed" not in rule.status
    ]
    return [*found, _SYNTAX]
