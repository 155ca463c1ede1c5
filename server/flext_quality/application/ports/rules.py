"""What analyzers look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from flext_quality.domain.findings.rule import Rule
from flext_quality.domain.result import FlextResult


class RuleCatalog(Protocol):
    """Knows the rules of every analyzer, in the words of its tool."""

    async def rules_of(self, analyzer: str) -> FlextResult[Mapping[str, Rule]]:
        """The analyzer's rules by their ids, in the order of the ids.

        There are none of an analyzer that reads what other tools report, or does not tell its rules.

        Fails with `UnknownAnalyzerError`, or with a `ToolError` if the tool does not tell them: then the next
        call asks it again. Any number of calls at once ask a tool once.
        """
        ...
