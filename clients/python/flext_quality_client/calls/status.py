"""Turns a failed gRPC call into the error that tells what happened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from flext_quality_client.errors import ERROR_BY_CODE, FieldViolation, QualityError

CORRELATION_ID = "x-correlation-id"
"""The metadata key that names a call in the server's log; sent and returned."""


def error_from_call(error: grpc.RpcError, correlation_id: str) -> QualityError:
    """The error that a failed call stands for, with the details of its google.rpc.Status.

    `correlation_id` is the one that was sent; what the server returns goes before it.
    """
    reason, metadata = "", {}
    violations: list[FieldViolation] = []
    for detail in _status(error).details:
        info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason, metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(bad_request):
            violations += [
                FieldViolation(v.field, v.description) for v in bad_request.field_violations
            ]
    code = error.code()
    return ERROR_BY_CODE.get(code, QualityError)(
        error.details() or code.name,
        code=code,
        reason=reason,
        metadata=metadata,
        field_violations=violations,
        correlation_id=_returned_correlation_id(error) or correlation_id,
    )


def _status(error: grpc.RpcError) -> status_pb2.Status:
    """The call's google.rpc.Status; an empty one where there is none that can be read."""
    try:
        # The failed call of a synchronous stub is its own error.
        status: status_pb2.Status | None = rpc_status.from_call(error)  # type: ignore[arg-type]
    except (ValueError, DecodeError):
        status = None
    return status or status_pb2.Status()


def _returned_correlation_id(error: grpc.RpcError) -> str:
    metadata = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    for key, value in metadata:
        if key == CORRELATION_ID:
            return value if isinstance(value, str) else value.decode(errors="replace")
    return ""
