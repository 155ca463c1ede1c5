"""Bounds how long a call may take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from google.protobuf.message import Message

from flext_quality.domain.errors import DeadlineExceededError
from flext_quality.rpc.interceptors.around import AroundCall, Context


@dataclass
class UnaryLimit:
    """How long a unary call may take. The operator may change it while the server runs."""

    seconds: float


class DeadlineInterceptor(AroundCall):
    """Ends a unary call at the client's deadline, or after the limit where that comes first.

    Streams go on as long as their client wants: gRPC itself ends them at the client's deadline.
    """

    def __init__(self, limit: UnaryLimit, streaming_methods: frozenset[str]) -> None:
        """`streaming_methods` are "/package.Service/Method"."""
        super().__init__()
        self._limit = limit
        self._streaming = streaming_methods

    @asynccontextmanager
    async def around(self, method: str, request: Message, context: Context) -> AsyncIterator[None]:
        """Raises `DeadlineExceededError` into the call."""
        if method in self._streaming:
            yield
            return
        # The stubs know nothing of calls without a deadline.
        remaining: float | None = context.time_remaining()
        most = self._limit.seconds
        limit = most if remaining is None else min(remaining, most)
        try:
            async with asyncio.timeout(limit):
                yield
        except TimeoutError:
            raise DeadlineExceededError from None
