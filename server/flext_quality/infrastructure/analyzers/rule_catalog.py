"""The rules of all analyzers, asked for when somebody wants them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from flext_quality.domain.errors import (
    ToolError,
    ToolOutputInvalidError,
    ToolTimedOutError,
    UnknownAnalyzerError,
)
from flext_quality.domain.findings.profile import AnalyzerProfile, AnalyzerProfiles
from flext_quality.domain.findings.rule import Rule, RuleDescription
from flext_quality.domain.result import FlextResult

MAX_RULES = 10_000
"""Of one analyzer; Ruff, which has the most, has a tenth of that."""
MAX_EXPLANATION_CHARACTERS = 65_536
_SECONDS = 60.0

_log = structlog.get_logger(__name__)


class ProfileRuleCatalog:
    """The `RuleCatalog` of what analyzers' profiles list.

    A tool is asked once, when its rules are first wanted. What it says is kept as long as the server runs.
    """

    def __init__(self, profiles: AnalyzerProfiles) -> None:
        self._profiles = profiles
        self._known: dict[str, Mapping[str, Rule]] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def rules_of(self, analyzer: str) -> FlextResult[Mapping[str, Rule]]:
        """The analyzer's rules by their ids, in the order of the ids."""
        profile = self._profiles.by_name.get(analyzer)
        if profile is None:
            return FlextResult.fail(UnknownAnalyzerError(analyzer, sorted(self._profiles.by_name)))
        async with self._turns[analyzer]:
            try:
                if analyzer not in self._known:
                    described = await _listed(profile)
                    self._known[analyzer] = await asyncio.to_thread(_rules, profile, described)
            except ToolError as error:
                return FlextResult.fail(error)
            return FlextResult.ok(self._known[analyzer])


async def _listed(profile: AnalyzerProfile) -> Sequence[RuleDescription]:
    """What the tool says.

    Raises:
        ToolError: it does not; or, with the details in the log, the profile of a plugin has a mistake.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            return await profile.list_rules()
    except ToolError:
        raise
    except TimeoutError:
        raise ToolTimedOutError(profile.name, _SECONDS) from None
    except Exception as error:
        _log.exception("analyzer does not list its rules", analyzer=profile.name)
        detail = "its list of rules broke off"
        raise ToolOutputInvalidError(profile.name, detail) from error


def _rules(profile: AnalyzerProfile, described: Sequence[RuleDescription]) -> Mapping[str, Rule]:
    if len(described) > MAX_RULES:
        detail = f"it lists {len(described):,} rules; at most {MAX_RULES:,} are taken"
        raise ToolOutputInvalidError(profile.name, detail)
    rules = sorted((profile.rule(_bounded(one)) for one in described), key=lambda one: one.rule)
    return {one.rule: one for one in rules}


def _bounded(described: RuleDescription) -> RuleDescription:
    cut = len(described.explanation) - MAX_EXPLANATION_CHARACTERS
    if cut <= 0:
        return described
    kept = described.explanation[:MAX_EXPLANATION_CHARACTERS]
    return replace(described, explanation=f"{kept}… ({cut:,} more characters)")
