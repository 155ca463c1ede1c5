"""Checks requests against the rules in the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import protovalidate
from google.protobuf.message import Message

from flext_quality.domain.errors import FieldViolation, InvalidFieldError
from flext_quality.rpc.interceptors.around import AroundCall, Context

# PostgreSQL stores no text with it, and SQLite ends a text there.
_NO_NUL = "must not contain the character U+0000"


class ValidationInterceptor(AroundCall):
    """Refuses a request whose fields break their protovalidate rules or hold U+0000, and names each."""

    def __init__(self) -> None:
        super().__init__()
        self._validator = protovalidate.Validator()

    @asynccontextmanager
    async def around(self, method: str, request: Message, context: Context) -> AsyncIterator[None]:
        """Raises `InvalidFieldError` before the call."""
        violations = [_describe(v) for v in self._validator.collect_violations(request)]
        if b"\0" in request.SerializeToString():
            violations.extend(FieldViolation(path, _NO_NUL) for path in _with_nul(request, ""))
        if violations:
            raise InvalidFieldError(violations)
        yield


def _describe(violation: protovalidate.Violation) -> FieldViolation:
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += ("." if path else "") + element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    return FieldViolation(path, violation.proto.message)


def _with_nul(message: Message, prefix: str) -> Iterator[str]:
    """The paths of the strings in the message that contain U+0000."""
    for field, value in message.ListFields():
        for path, item in _items(prefix + field.name, value):
            if isinstance(item, Message):
                yield from _with_nul(item, f"{path}.")
            elif isinstance(item, str) and "\0" in item:
                yield path


def _items(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a field holds, one by one. A map's keys count as items too, by the path of the map."""
    if isinstance(value, Mapping):
        yield from ((path, key) for key in value)
        yield from ((f"{path}[{key}]", value[key]) for key in value)
    elif isinstance(value, (str, bytes, Message)) or not isinstance(value, Iterable):
        yield path, value
    else:
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(value))
