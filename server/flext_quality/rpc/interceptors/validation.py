"""Checks requests against the rules in the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import protovalidate
from google.protobuf.message import Message

from flext_quality.domain.errors import FieldViolation, InvalidFieldError
from flext_quality.rpc.interceptors.around import AroundCall, Context


class ValidationInterceptor(AroundCall):
    """Refuses a request whose fields break their protovalidate rules, and names each of them."""

    def __init__(self) -> None:
        super().__init__()
        self._validator = protovalidate.Validator()

    @asynccontextmanager
    async def around(self, method: str, request: Message, context: Context) -> AsyncIterator[None]:
        """Raises `InvalidFieldError` before the call."""
        violations = self._validator.collect_violations(request)
        if violations:
            raise InvalidFieldError([_describe(violation) for violation in violations])
        yield


def _describe(violation: protovalidate.Violation) -> FieldViolation:
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += ("." if path else "") + element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    return FieldViolation(path, violation.proto.message)
