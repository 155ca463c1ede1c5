"""Analyses as callers see them, and a cache of those that ended."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.identifiers import AnalysisName, ProjectName


@dataclass(frozen=True, slots=True)
class AnalysisView:
    """An analysis and its place among the waiting ones, from 1; 0 unless it waits."""

    analysis: Analysis
    queue_position: int = 0

    @classmethod
    async def of(cls, analysis: Analysis, uow: UnitOfWork) -> AnalysisView:
        """The view of `analysis` as `uow` sees the queue."""
        if analysis.state is not AnalysisState.PENDING:
            return cls(analysis)
        return cls(analysis, await uow.analyses.queue_position(analysis.name))


@dataclass
class FinishedAnalyses:
    """The last finished analyses that were asked for.

    A finished analysis is deleted with its project, and what it made known follows triage and the gate. This
    process forgets it then at once; what another server did to it shows after `lifetime` seconds.

    Attributes:
        hits: how often one was at hand.
        misses: how often not.
    """

    capacity: int = 1024
    lifetime: float = 5.0
    now: Callable[[], float] = time.monotonic
    hits: int = 0
    misses: int = 0
    _entries: OrderedDict[AnalysisName, tuple[float, Analysis]] = field(default_factory=OrderedDict)

    def get(self, name: AnalysisName) -> Analysis | None:
        """The analysis, if it is at hand."""
        entry = self._entries.get(name)
        if entry is None or entry[0] < self.now():
            self.misses += 1
            return None
        self.hits += 1
        return entry[1]

    def put(self, analysis: Analysis) -> None:
        """Keeps a finished analysis."""
        self._entries[analysis.name] = (self.now() + self.lifetime, analysis)
        self._entries.move_to_end(analysis.name)
        if len(self._entries) > self.capacity:
            self._entries.popitem(last=False)

    def drop(self, name: AnalysisName) -> None:
        """Drops an analysis that was changed."""
        self._entries.pop(name, None)

    def forget(self, project: ProjectName) -> None:
        """Drops the analyses of a deleted project."""
        for name in [n for n in self._entries if n.project == project]:
            del self._entries[name]
