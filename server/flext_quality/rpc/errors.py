"""From a `QualityError` to a gRPC status: one table."""

from __future__ import annotations

from typing import NoReturn

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from flext_quality.domain.errors import ErrorReason, InvalidFieldError, QualityError

ERROR_DOMAIN = "quality.flext"

CODES: dict[ErrorReason, grpc.StatusCode] = {
    ErrorReason.INVALID_FIELD: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.INVALID_PAGE_TOKEN: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.UNKNOWN_ANALYZER: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.PROJECT_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.ANALYSIS_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.NO_FINISHED_ANALYSIS: grpc.StatusCode.NOT_FOUND,
    ErrorReason.PROJECT_ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    ErrorReason.REQUEST_ID_REUSED: grpc.StatusCode.ALREADY_EXISTS,
    ErrorReason.ETAG_MISMATCH: grpc.StatusCode.ABORTED,
    ErrorReason.SEQUENCE_OUT_OF_RANGE: grpc.StatusCode.OUT_OF_RANGE,
    ErrorReason.PROJECT_BUSY: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ANALYSIS_FINISHED: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ANALYSIS_NOT_FINISHED: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.CURSOR_OUT_OF_RANGE: grpc.StatusCode.OUT_OF_RANGE,
    ErrorReason.SOURCE_NOT_ALLOWED: grpc.StatusCode.PERMISSION_DENIED,
    ErrorReason.SOURCE_NOT_FOUND: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.SOURCE_UNREADABLE: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.SOURCE_TOO_LARGE: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.QUEUE_FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.SERVER_SHUTTING_DOWN: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.STORAGE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    ErrorReason.ISSUE_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.ISSUE_FIXED: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.DATA_EXPIRED: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.UNKNOWN_METRIC: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.ANSWER_TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.NOTIFICATION_CHANNEL_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.NOTIFICATION_DELIVERY_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.NOTIFICATION_CHANNEL_DISABLED: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.SECRETS_UNAVAILABLE: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.TOO_MANY_NOTIFICATION_CHANNELS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.EXTERNAL_HOST_NOT_ALLOWED: grpc.StatusCode.PERMISSION_DENIED,
    ErrorReason.EXTERNAL_SERVICE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.EXTERNAL_ANSWER_INVALID: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.BRANCH_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.BRANCH_BUSY: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ANALYSIS_IN_USE: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.RULE_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.SOURCE_EXCERPT_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.SOURCE_EXCERPTS_DISABLED: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.OPERATION_FAILED: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.INTERNAL: grpc.StatusCode.INTERNAL,
}
"""Reasons that only outcomes carry (of tools and of analyses) are not in the table."""


def code_of(error: QualityError) -> grpc.StatusCode:
    """The status code that the contract gives to the error's reason."""
    return CODES.get(error.reason, grpc.StatusCode.INTERNAL)


def status_of(error: QualityError) -> Status:
    """The rich status: ErrorInfo always, BadRequest where fields are wrong, RetryInfo where time helps."""
    info = ErrorInfo(reason=error.reason.value, domain=ERROR_DOMAIN, metadata=error.metadata)
    details = [_packed(info)]
    if isinstance(error, InvalidFieldError):
        violations = [
            BadRequest.FieldViolation(field=v.field, description=v.description)
            for v in error.violations
        ]
        details.append(_packed(BadRequest(field_violations=violations)))
    seconds = getattr(error, "retry_after_seconds", None)
    if seconds is not None:
        retry = RetryInfo()
        retry.retry_delay.FromMilliseconds(round(seconds * 1000))
        details.append(_packed(retry))
    return Status(code=code_of(error).value[0], message=error.message, details=details)


async def abort(
    context: grpc.aio.ServicerContext[Message, Message], error: QualityError
) -> NoReturn:
    """Ends the call with the error's status, keeping the trailing metadata set so far."""
    status = status_of(error)
    details = ("grpc-status-details-bin", status.SerializeToString())
    trailing = (*(context.trailing_metadata() or ()), details)
    await context.abort(code_of(error), status.message, trailing)
    raise AssertionError  # abort never returns


def _packed(message: Message) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed
