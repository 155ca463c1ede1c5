"""What can go wrong with a registry of services: a branch of the tree in `errors.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flext_quality.domain.errors import ErrorReason, QualityError


@dataclass(eq=False)
class RegistryUnavailableError(QualityError):
    """The registry does not answer, or answers that it will not. `why` holds no secret."""

    registry: str
    why: str
    reason = ErrorReason.REGISTRY_UNAVAILABLE

    @property
    def message(self) -> str:
        """See `QualityError`."""
        return f"the registry ({self.registry}) {self.why}"

    @property
    def metadata(self) -> Mapping[str, str]:
        """See `QualityError`."""
        return {"registry": self.registry}


@dataclass(eq=False)
class ServerNotRegisteredError(QualityError):
    """The registry does not know the instance, or has forgotten it."""

    instance: str
    reason = ErrorReason.SERVER_NOT_REGISTERED

    @property
    def message(self) -> str:
        """See `QualityError`."""
        return f"the registry does not know the server {self.instance}"

    @property
    def metadata(self) -> Mapping[str, str]:
        """See `QualityError`."""
        return {"instance": self.instance}
