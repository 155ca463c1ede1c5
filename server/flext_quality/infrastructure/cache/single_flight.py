"""Several who want the same at once get one computation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class SingleFlight:
    """The computations that are under way in this process, by key."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Task[bytes]] = {}

    async def run(self, key: str, compute: Callable[[], Awaitable[bytes]]) -> bytes:
        """The outcome of the key's computation, which begins if none is under way.

        A caller who is cancelled leaves it running for the others, and for the cache.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(_run(compute))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(flight)

    def _land(self, key: str, flight: asyncio.Task[bytes]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # looked at, though every caller may be gone

    async def close(self) -> None:
        """Ends what is under way."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)


async def _run(compute: Callable[[], Awaitable[bytes]]) -> bytes:
    return await compute()
