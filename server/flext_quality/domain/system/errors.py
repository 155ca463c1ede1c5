"""What can go wrong with the services that the server depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flext_quality.domain.errors import ErrorReason, QualityError


@dataclass(eq=False)
class ExternalHostNotAllowedError(QualityError):
    """A host that the server may not talk to. `why` completes "HOST ..."."""

    host: str
    why: str = "is none of the allowed hosts"
    reason = ErrorReason.EXTERNAL_HOST_NOT_ALLOWED

    @property
    def message(self) -> str:
        """See `QualityError`."""
        return f"{self.host} {self.why}"

    @property
    def metadata(self) -> Mapping[str, str]:
        """See `QualityError`."""
        return {"host": self.host}


@dataclass(eq=False)
class ExternalServiceUnavailableError(QualityError):
    """The branch for a service that did not do its work now and may do it later."""

    dependency: str
    reason = ErrorReason.EXTERNAL_SERVICE_UNAVAILABLE

    @property
    def message(self) -> str:
        """See `QualityError`."""
        return f"{self.dependency} {self.what}; try again later"

    @property
    def metadata(self) -> Mapping[str, str]:
        """See `QualityError`."""
        return {"dependency": self.dependency, "why": self._why}

    @property
    def what(self) -> str:
        """Completes "DEPENDENCY ..."."""
        return "cannot be reached"

    @property
    def _why(self) -> str:
        return "unreachable"


@dataclass(eq=False)
class ExternalServiceTimedOutError(ExternalServiceUnavailableError):
    """It took longer than it may."""

    timeout_seconds: float

    @property
    def what(self) -> str:
        """Completes "DEPENDENCY ..."."""
        return f"did not answer within {self.timeout_seconds:g} s"

    @property
    def _why(self) -> str:
        return "timed_out"


@dataclass(eq=False)
class CircuitOpenError(ExternalServiceUnavailableError):
    """It failed too often: nobody asks it before `retry_after_seconds` are over."""

    retry_after_seconds: float

    @property
    def what(self) -> str:
        """Completes "DEPENDENCY ..."."""
        return f"failed too often and is left alone for {self.retry_after_seconds:.0f} s"

    @property
    def _why(self) -> str:
        return "circuit_open"


@dataclass(eq=False)
class BulkheadFullError(ExternalServiceUnavailableError):
    """As many calls as may be are under way already, and no place became free in time."""

    max_concurrent: int

    @property
    def what(self) -> str:
        """Completes "DEPENDENCY ..."."""
        return f"is busy with {self.max_concurrent} calls of this server"

    @property
    def _why(self) -> str:
        return "too_busy"


@dataclass(eq=False)
class ExternalAnswerInvalidError(QualityError):
    """It answered what cannot be taken. `why` is for programs, `what` completes "DEPENDENCY answered ..."."""

    dependency: str
    why: str
    what: str
    reason = ErrorReason.EXTERNAL_ANSWER_INVALID

    @property
    def message(self) -> str:
        """See `QualityError`."""
        return f"{self.dependency} answered {self.what}"

    @property
    def metadata(self) -> Mapping[str, str]:
        """See `QualityError`."""
        return {"dependency": self.dependency, "why": self.why}


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
