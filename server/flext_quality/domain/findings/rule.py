"""What analyzers look for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from flext_quality.domain.findings.finding import Category, Severity


@dataclass(frozen=True, slots=True)
class RuleDescription:
    """What a tool says of one of its rules. What it leaves out, the analyzer's profile knows or nobody does.

    Attributes:
        rule: the tool's own id, as in `Finding.rule`.
        title: in a few words.
        explanation: why it matters and what to do about it, as plain text or Markdown.
        category: UNSPECIFIED if the profile decides.
        severity: None if the profile decides.
    """

    rule: str
    title: str = ""
    explanation: str = ""
    documentation_url: str = ""
    category: Category = Category.UNSPECIFIED
    severity: Severity | None = None


RuleSource = Callable[[], Awaitable[Sequence[RuleDescription]]]
"""Lists an analyzer's rules, in any order. May start the tool. Raises a `ToolError`."""


def fixed_rules(*rules: RuleDescription) -> RuleSource:
    """Lists these rules. None of them: the analyzer has no rules of its own, or does not tell them."""

    async def listed() -> Sequence[RuleDescription]:
        return rules

    return listed


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as in the contract.

    Attributes:
        rule: the tool's own id, as in `Finding.rule`.
        title: empty where the tool has none; so are `explanation` and `documentation_url`.
        category: of its findings; a tool may decide it for each of them.
        severity: likewise; None if the tool always decides it.
        effort_minutes: what ending one of its findings takes; 0 where only the finding's severity tells.
    """

    analyzer: str
    rule: str
    title: str
    explanation: str
    category: Category
    severity: Severity | None
    effort_minutes: int
    documentation_url: str
