"""One log line for each call, and its metrics."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import structlog
from google.protobuf.message import Message

from flext_quality.application.ports.observability import Instruments
from flext_quality.rpc.interceptors.around import AroundCall, Context

_SERVER_FAULTS = frozenset(
    {
        grpc.StatusCode.INTERNAL.value[0],
        grpc.StatusCode.UNKNOWN.value[0],
        grpc.StatusCode.DATA_LOSS.value[0],
    }
)

_log = structlog.get_logger("flext_quality.rpc")


class RequestLogInterceptor(AroundCall):
    """Logs method, status and duration when a call ends; what the server is to blame for as an error.

    The instruments are told the same.
    """

    def __init__(self, instruments: Instruments) -> None:
        super().__init__()
        self._instruments = instruments

    @asynccontextmanager
    async def around(self, method: str, request: Message, context: Context) -> AsyncIterator[None]:
        """Logs after the call."""
        started = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            code = _code(context)
            name = _NAMES.get(code, str(code))
            self._instruments.call_ended(method, name, seconds)
            log = _log.error if code in _SERVER_FAULTS else _log.info
            log("call", method=method, code=name, milliseconds=round(seconds * 1000, 2))


_NAMES = {code.value[0]: code.name for code in grpc.StatusCode}


def _code(context: Context) -> int:
    """The number of the status: gRPC gives it as a number before and as a StatusCode after `abort`."""
    if context.cancelled():
        return int(grpc.StatusCode.CANCELLED.value[0])
    code: Any = context.code()  # not only what the stubs say
    return int(code.value[0] if isinstance(code, grpc.StatusCode) else code or 0)
