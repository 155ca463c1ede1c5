"""MyPy's error codes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flext_quality.domain.findings.rule import RuleDescription
from flext_quality.infrastructure.analyzers.rule_listing import rules_of_program

NAME = "mypy"
NOTE = "note"
"""The rule of notes that belong to no error."""
NO_CODE = "error"
"""The rule of errors to which MyPy gives no code."""
_OURS = (
    RuleDescription(NOTE, "A note of MyPy that belongs to no error"),
    RuleDescription(NO_CODE, "An error to which MyPy gives no code"),
)


async def list_rules() -> Sequence[RuleDescription]:
    """The codes of the installed MyPy, in its words. Raises a `ToolError`."""
    printed = await rules_of_program(NAME, Path(__file__).with_name("rule_list.py"))
    return [*(rule.described() for rule in printed), *_OURS]
