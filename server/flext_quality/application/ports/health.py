"""Whether parts of the server are well."""

from __future__ import annotations

from typing import Protocol

from flext_quality.domain.result import FlextResult


class HealthCheck(Protocol):
    """Whether something that the server depends on is there. Registered with its adapter."""

    @property
    def name(self) -> str:
        """Lower case, as operators see it."""
        ...

    @property
    def is_vital(self) -> bool:
        """Whether the server cannot do its work without it; else it only does it less well."""
        ...

    async def check(self) -> FlextResult[str]:
        """What there is to say of it where it is well. Fails with the error that calls would meet.

        It may hang: who asks sees to a limit.
        """
        ...
