"""Ports whose use is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from flext_quality.application.ports.analyzers import FileResultCache
from flext_quality.application.ports.observability import Instruments
from flext_quality.application.ports.signals import EventSignal, Subscription
from flext_quality.domain.events.catalog import AnyEvent

FILE_RESULTS = "file_results"
"""The name of the cache in the metrics."""


class ObservedSignal:
    """The port `EventSignal`: what is committed is counted, too. `signal` does the work."""

    def __init__(self, signal: EventSignal, instruments: Instruments) -> None:
        self.signal = signal
        self._instruments = instruments

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Counts, and tells."""
        self._instruments.committed(events)
        self.signal.publish(events)

    def subscribe(self, subject: str) -> AbstractContextManager[Subscription]:
        """As the signal behind it."""
        return self.signal.subscribe(subject)


class ObservedFileResults:
    """The port `FileResultCache`: hits and misses are counted."""

    def __init__(self, cache: FileResultCache, instruments: Instruments) -> None:
        self._cache = cache
        self._instruments = instruments

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Looks up, and counts."""
        found = await self._cache.get_many(keys)
        self._instruments.looked_up(
            FILE_RESULTS, hits=len(found), misses=len(set(keys)) - len(found)
        )
        return found

    async def put_many(self, results: Mapping[str, bytes]) -> None:
        """As the cache behind it."""
        await self._cache.put_many(results)
