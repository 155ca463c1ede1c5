"""Running analyses."""

from __future__ import annotations

from typing import Protocol

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.identifiers import AnalysisName


class JobQueue(Protocol):
    """Runs analyses, a bounded number at once, the others in the order of their ids."""

    @property
    def instance(self) -> str:
        """The server instance whose queue this is; the owner of what is enqueued here."""
        ...

    def is_alive(self, instance: str) -> bool:
        """Whether that instance can still work on what it owns."""
        ...

    async def enqueue(self, uow: UnitOfWork, name: AnalysisName) -> None:
        """Takes the analysis in when `uow` is committed."""
        ...

    def cancel(self, name: AnalysisName) -> None:
        """Tells a running analysis at once that its cancellation was requested; a hint only."""
        ...
