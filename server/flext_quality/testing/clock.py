"""A clock that stands still."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class FakeClock:
    """Stands still until it is told to move."""

    now: datetime = datetime(2025, 3, 1, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        """Moves on by a `timedelta` of these parts, and tells the new time."""
        self.now += timedelta(**duration)
        return self.now
