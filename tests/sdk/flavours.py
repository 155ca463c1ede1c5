"""Both clients behind one face, so that every test runs on each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, Protocol

from flext_quality_client import AsyncQualityClient, ClientOptions, QualityClient

FLAVOURS = ("sync", "async")
_END = object()


class Connect(Protocol):
    """Makes a client of the flavour under test. It is closed at the test's end."""

    def __call__(self, target: str, options: ClientOptions | None = None) -> Any:
        """A client, to be used as an `AsyncQualityClient`."""
        ...


class Threaded:
    """A synchronous object, to be used as its asyncio twin: each step of it runs in a thread."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._wrapped, name)
        if name in ("projects", "analyses", "issues", "gates", "metrics_over_time"):
            return Threaded(value)
        if name in ("analyze", "report"):
            return lambda *args, **kwargs: Threaded(value(*args, **kwargs))
        return (lambda *a, **k: _Answer(lambda: value(*a, **k))) if callable(value) else value

    def __aiter__(self) -> AsyncIterator[Any]:
        return _Answer(lambda: iter(self._wrapped)).__aiter__()


class _Answer:
    """What a synchronous call gives, to be awaited or iterated over."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call

    def __await__(self) -> Generator[Any, None, Any]:
        return asyncio.to_thread(self._call).__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        items: Iterator[Any] = await asyncio.to_thread(self._call)
        try:
            while (item := await asyncio.to_thread(next, items, _END)) is not _END:
                yield item
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                await asyncio.to_thread(close)


def connect_sync(target: str, options: ClientOptions | None) -> tuple[Any, Callable[[], Any]]:
    """A `QualityClient` as its twin, and what closes it."""
    client = QualityClient(target, options=options)
    return Threaded(client), lambda: asyncio.to_thread(client.close)


def connect_async(target: str, options: ClientOptions | None) -> tuple[Any, Callable[[], Any]]:
    """An `AsyncQualityClient`, and what closes it."""
    client = AsyncQualityClient(target, options=options)
    return client, client.close
