"""Feature flags through OpenFeature, with its in-process provider over the operator's rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flext_quality.domain.identifiers import ProjectName

if TYPE_CHECKING:
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.flag_evaluation import FlagResolutionDetails
    from openfeature.provider import FeatureProvider
    from openfeature.provider.in_memory_provider import InMemoryFlag

_VARIANTS = {"on": True, "off": False}


@dataclass(frozen=True)
class FlagRule:
    """For which projects a flag is on: those named, and the others if `enabled`."""

    enabled: bool = True
    on_for: frozenset[str] = frozenset()
    off_for: frozenset[str] = frozenset()

    def variant(self, project: str) -> str:
        """Either "on" or "off"."""
        if project in self.off_for:
            return "off"
        return "on" if self.enabled or project in self.on_for else "off"


class OpenFeatureFlags:
    """The port `FeatureFlags`. `rules` tells the rules as they are now.

    OpenFeature is loaded with the first rule there is.
    """

    def __init__(self, rules: Callable[[], Mapping[str, FlagRule]]) -> None:
        self._rules = rules
        self._seen: Mapping[str, FlagRule] = {}
        self._provider: FeatureProvider | None = None

    def is_on(self, flag: str, project: ProjectName, *, default: bool) -> bool:
        """Whether the flag is on for the project."""
        rules = self._rules()
        if not rules:
            return default
        from openfeature import api  # noqa: PLC0415  # most servers have no flags
        from openfeature.evaluation_context import EvaluationContext  # noqa: PLC0415  # as above

        domain = f"flext-quality-{id(self)}"
        if self._provider is None or rules != self._seen:
            self._provider, self._seen = _provider(rules), dict(rules)
            api.set_provider_and_wait(self._provider, domain)
        context = EvaluationContext(targeting_key=str(project))
        return api.get_client(domain).get_boolean_value(flag, default, context)


def _provider(rules: Mapping[str, FlagRule]) -> FeatureProvider:
    from openfeature.provider.in_memory_provider import (  # noqa: PLC0415  # as above
        InMemoryFlag,
        InMemoryProvider,
    )

    return InMemoryProvider(
        {
            name: InMemoryFlag(
                "on" if rule.enabled else "off", _VARIANTS, {}, context_evaluator=_by(rule)
            )
            for name, rule in rules.items()
        }
    )


def _by(
    rule: FlagRule,
) -> Callable[[InMemoryFlag[bool], EvaluationContext], FlagResolutionDetails[bool]]:
    def resolve(
        flag: InMemoryFlag[bool], context: EvaluationContext
    ) -> FlagResolutionDetails[bool]:
        from openfeature.flag_evaluation import (  # noqa: PLC0415  # as above
            FlagResolutionDetails,
            Reason,
        )

        variant = rule.variant(context.targeting_key or "")
        return FlagResolutionDetails(
            flag.variants[variant], variant=variant, reason=Reason.TARGETING_MATCH
        )

    return resolve
