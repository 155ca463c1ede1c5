"""What can go wrong with the services that the server depends on; see `domain/errors.py` for the frame."""

from __future__ import annotations

from typing import ClassVar

from flext_quality.domain.errors import ErrorReason, QualityError


class ExternalHostNotAllowedError(
    QualityError,
    reason=ErrorReason.EXTERNAL_HOST_NOT_ALLOWED,
    sentence="{host} {why}",
    unpublished=("why",),
):
    """A host that the server may not talk to. `why` completes "HOST ..."."""

    host: str
    why: str = "is none of the allowed hosts"


class ExternalServiceUnavailableError(
    QualityError,
    reason=ErrorReason.EXTERNAL_SERVICE_UNAVAILABLE,
    sentence="{dependency} cannot be reached; try again later",
):
    """The branch for a service that did not do its work now and may do it later.

    The metadata hold the dependency and `why` in one word for programs.
    """

    dependency: str
    why: ClassVar[str] = "unreachable"

    @property
    def metadata(self) -> dict[str, str]:
        """The dependency and why."""
        return {"dependency": self.dependency, "why": self.why}


class ExternalServiceTimedOutError(
    ExternalServiceUnavailableError,
    sentence="{dependency} did not answer within {timeout_seconds} s; try again later",
):
    """It took longer than it may."""

    timeout_seconds: float
    why: ClassVar[str] = "timed_out"


class CircuitOpenError(
    ExternalServiceUnavailableError,
    sentence="{dependency} failed too often and is left alone for {retry_after_seconds} s; try again later",
):
    """It failed too often: nobody asks it before `retry_after_seconds` are over."""

    retry_after_seconds: float
    why: ClassVar[str] = "circuit_open"


class BulkheadFullError(
    ExternalServiceUnavailableError,
    sentence="{dependency} is busy with {max_concurrent} calls of this server; try again later",
):
    """As many calls as may be are under way already, and no place became free in time."""

    max_concurrent: int
    why: ClassVar[str] = "too_busy"


class ExternalAnswerInvalidError(
    QualityError,
    reason=ErrorReason.EXTERNAL_ANSWER_INVALID,
    sentence="{dependency} answered {what}",
    unpublished=("what",),
):
    """It answered what cannot be taken. `why` is for programs, `what` completes "DEPENDENCY answered ..."."""

    dependency: str
    why: str
    what: str


class RegistryUnavailableError(
    QualityError,
    reason=ErrorReason.REGISTRY_UNAVAILABLE,
    sentence="the registry ({registry}) {why}",
    unpublished=("why",),
):
    """The registry does not answer, or answers that it will not. `why` holds no secret."""

    registry: str
    why: str


class ServerNotRegisteredError(
    QualityError,
    reason=ErrorReason.SERVER_NOT_REGISTERED,
    sentence="the registry does not know the server {instance}",
):
    """The registry does not know the instance, or has forgotten it."""

    instance: str
