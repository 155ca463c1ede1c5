"""When to try again, after how long, and when to give up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from flext_quality_client.errors import CallCancelledError, QualityError, UnavailableError

FIRST_DELAY = 0.1
MAX_DELAY = 5.0
"""Seconds. Delays double from the first up to this one."""
JITTER = 0.5
"""Each delay is shortened at random by up to this part, so that clients do not come all at once."""


class Backoff:
    """Delays that double, each with jitter."""

    def __init__(self, rng: Callable[[], float] = random.random) -> None:
        """`rng` gives numbers from 0 up to, not including, 1."""
        self._rng = rng
        self._delay = FIRST_DELAY

    def next(self) -> float:
        """Seconds to wait now."""
        delay, self._delay = self._delay, min(2 * self._delay, MAX_DELAY)
        return delay * (1 - JITTER * self._rng())

    def reset(self) -> None:
        """Begins again with the first delay."""
        self._delay = FIRST_DELAY


class CallPatience:
    """Repeats a unary call that found the server UNAVAILABLE, a bounded number of times.

    Attributes:
        attempts: how often the call was tried.
    """

    def __init__(self, max_attempts: int, backoff: Backoff | None = None) -> None:
        self._max_attempts = max_attempts
        self._backoff = backoff or Backoff()
        self.attempts = 0

    def delay_after(self, error: QualityError) -> float:
        """Seconds to wait before the next try.

        Raises:
            QualityError: `error`, if there is to be no next try.
        """
        self.attempts += 1
        if not isinstance(error, UnavailableError) or self.attempts >= self._max_attempts:
            raise error
        return self._backoff.next()


class StreamPatience:
    """Resumes a broken stream until it has brought nothing for too long.

    The time counts from the first failure after the last message, so a stream that was merely
    silent has all of it.
    """

    def __init__(
        self,
        give_up_after: float,
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff | None = None,
    ) -> None:
        self._give_up_after = give_up_after
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._broken_since: float | None = None

    def progressed(self) -> None:
        """A message came."""
        if self._broken_since is not None:
            self._broken_since = None
            self._backoff.reset()

    def delay_after(self, error: QualityError) -> float:
        """Seconds to wait before the stream is resumed.

        Raises:
            QualityError: `error`, if the stream is not to be resumed.
        """
        if not isinstance(error, (UnavailableError, CallCancelledError)):
            raise error
        now = self._clock()
        if self._broken_since is None:
            self._broken_since = now
        left = self._broken_since + self._give_up_after - now
        if left <= 0:
            raise error
        return min(self._backoff.next(), left)
