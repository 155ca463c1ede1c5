"""How patiently a dependency is treated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """One dependency's policy; times in seconds.

    Attributes:
        timeout: For one attempt.
        attempts: How many there are at most; further ones follow transient errors only.
        backoff_initial: Before the second attempt; doubled before each further one.
        backoff_max: No wait is longer.
        backoff_jitter: Up to so much more, at random, so that those who failed together do not come back
            together.
        breaker_failures: failed attempts in a row after which the circuit opens.
        breaker_seconds: So long it stays open; then one caller tries.
        max_concurrent: attempts that may be under way at once.
        max_waiting: callers that may wait for their turn.
        max_wait: So long each of them waits.
    """

    timeout: float = 10.0
    attempts: int = 3
    backoff_initial: float = 1.0
    backoff_max: float = 30.0
    backoff_jitter: float = 1.0
    breaker_failures: int = 5
    breaker_seconds: float = 60.0
    max_concurrent: int = 16
    max_waiting: int = 64
    max_wait: float = 5.0
