"""How patiently other services are treated."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from flext_quality.option_group import Group, Seconds


class PolicySettings(Group):
    """How patiently a dependency is treated: docs/resilience.md."""

    timeout: Seconds = 10.0
    """Seconds for one attempt."""
    attempts: int = Field(default=3, ge=1, le=10)
    """How often it is asked at most; again only after transient errors."""
    backoff_initial: float = Field(default=1.0, ge=0, le=3600)
    """Seconds before the second attempt; doubled before each further one."""
    backoff_max: float = Field(default=30.0, ge=0, le=3600)
    """Seconds of waiting at most, also if the dependency asks for more."""
    backoff_jitter: float = Field(default=1.0, ge=0, le=3600)
    """Up to so many seconds more, at random."""
    breaker_failures: int = Field(default=5, ge=1)
    """Failed attempts in a row after which the circuit opens."""
    breaker_seconds: Seconds = 60.0
    """Seconds for which nobody asks then."""
    max_concurrent: int = Field(default=16, ge=1)
    """How many attempts are under way at once."""
    max_waiting: int = Field(default=64, ge=0)
    """How many callers may wait for their turn."""
    max_wait: float = Field(default=5.0, ge=0, le=3600)
    """Seconds that each of them waits at most."""


_POLICIES: dict[str, dict[str, float]] = {
    # A cache that is slower than computing is none.
    "redis": {"timeout": 1.0, "attempts": 1, "max_concurrent": 32, "max_waiting": 1024},
    "http": {"timeout": 30.0},
    # The relay asks again by itself, and says how long a batch may take.
    "broker": {"timeout": 300.0, "attempts": 1, "breaker_seconds": 10.0},
    # The next heartbeat is the next attempt; a server that is forgotten is one that nobody finds.
    "registry": {"timeout": 5.0, "attempts": 1, "breaker_seconds": 10.0},
}
"""What is different by default."""


class ResilienceSettings(PolicySettings):
    """The policy of every dependency, and what is different for some."""

    dependencies: dict[str, dict[str, float]] = Field(default_factory=dict)
    """By the dependency's name ("redis", "broker", "registry"; "http" for hosts without a name of their own),
    the same options; as `FLEXT_API_RESILIENCE__DEPENDENCIES__HTTP__TIMEOUT`."""

    @model_validator(mode="after")
    def _policies_are_valid(self) -> Self:
        for name in self.dependencies:
            self.policy_of(name)
        return self

    def policy_of(self, dependency: str) -> PolicySettings:
        """The dependency's policy."""
        values = self.model_dump(exclude={"dependencies"}) | _POLICIES.get(dependency, {})
        return PolicySettings(**values | self.dependencies.get(dependency, {}))
