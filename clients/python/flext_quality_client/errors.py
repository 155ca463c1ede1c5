"""What calls raise, as a tree. One class for each gRPC status that the service answers with.

    QualityError
    ├── InvalidArgumentError
    ├── NotFoundError
    ├── AlreadyExistsError
    ├── UnauthenticatedError
    ├── PermissionDeniedError
    ├── FailedPreconditionError
    ├── AbortedError
    ├── OutOfRangeError
    ├── ResourceExhaustedError
    ├── DeadlineExceededError
    ├── UnavailableError
    ├── CallCancelledError
    ├── InternalError
    ├── ProtocolError
    └── ExportBrokenError

The class says what a caller can do about it; `reason` says exactly what happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import grpc


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """A field, by its path in the request, and what its value should be."""

    field: str
    description: str


class QualityError(Exception):
    """The root of the tree.

    Attributes:
        code: the gRPC status.
        message: what happened, for people.
        reason: what happened, for programs: a name of the contract's `ErrorReason` without its
            prefix, such as "PROJECT_NOT_FOUND"; empty where the error did not come from the service
            (a refused connection, a proxy).
        metadata: the values of the error, under the keys that `error_reason.proto` documents.
        field_violations: the fields of the request that break their rules.
        correlation_id: what the server's log calls the failed call.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        field_violations: Sequence[FieldViolation] = (),
        correlation_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.field_violations = tuple(field_violations)
        self.correlation_id = correlation_id

    def __str__(self) -> str:
        what = self.reason or self.code.name
        return f"{what}: {self.message} (correlation id {self.correlation_id or 'unknown'})"


class InvalidArgumentError(QualityError):
    """The request itself is wrong; `field_violations` may name the fields."""


class NotFoundError(QualityError):
    """There is no such project or analysis."""


class AlreadyExistsError(QualityError):
    """The project id is taken, or the request id stands for another request."""


class UnauthenticatedError(QualityError):
    """The server, or a proxy before it, wants to know who calls."""


class PermissionDeniedError(QualityError):
    """The server may not do this, such as reading outside of its allowed paths."""


class FailedPreconditionError(QualityError):
    """The present state of things does not permit it; it may later."""


class AbortedError(QualityError):
    """Somebody changed the project in between: get it again and repeat the change."""


class OutOfRangeError(QualityError):
    """A watcher claims to have seen events that have not happened."""


class ResourceExhaustedError(QualityError):
    """A limit is reached; `metadata` says which. Try again later."""


class DeadlineExceededError(QualityError):
    """No answer came within the time limit (`ClientOptions.timeout`)."""


class UnavailableError(QualityError):
    """The server cannot be reached, or goes down, and repeating the call did not help."""


class CallCancelledError(QualityError):
    """The call was cancelled on its way, by the server or a proxy."""


class InternalError(QualityError):
    """A defect of the server; its log has the details under the correlation id."""


class ProtocolError(QualityError):
    """The server broke the contract, such as by leaving out an event, which was noticed."""


class ExportBrokenError(QualityError):
    """An export broke in the middle, and cannot be resumed as of the moment when it began.

    Attributes:
        received: how many issues had come. Begin again with the first one, or do without.
    """

    def __init__(self, received: int, cause: QualityError) -> None:
        super().__init__(
            f"the export broke after {received:,} issues and has to begin again: {cause.message}",
            code=cause.code,
            reason=cause.reason,
            metadata=cause.metadata,
            correlation_id=cause.correlation_id,
        )
        self.received = received


# Codes that are not listed, such as UNIMPLEMENTED of an older server, stay plain QualityErrors.
ERROR_BY_CODE: Mapping[grpc.StatusCode, type[QualityError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.ABORTED: AbortedError,
    grpc.StatusCode.OUT_OF_RANGE: OutOfRangeError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.CANCELLED: CallCancelledError,
    grpc.StatusCode.INTERNAL: InternalError,
    grpc.StatusCode.UNKNOWN: InternalError,
    grpc.StatusCode.DATA_LOSS: InternalError,
}
