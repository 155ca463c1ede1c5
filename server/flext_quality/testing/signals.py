"""The server's own signal, with a memory."""

from __future__ import annotations

from collections.abc import Sequence

from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal


class RecordingSignal(InProcessSignal):
    """Keeps every event that was committed in `published`, in order, for tests to look at."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[AnyEvent] = []

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Remembers them, and wakes those who wait for them."""
        self.published.extend(events)
        super().publish(events)
