"""GetAnalysis: one analysis as it stands."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.application.views import AnalysisView
from flext_quality.domain.analysis import Analysis
from flext_quality.domain.identifiers import AnalysisName, ProjectName


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


@dataclass(frozen=True)
class GetAnalysis:
    """Finds one analysis."""

    uow: UnitOfWorkFactory
    finished: FinishedAnalyses

    async def __call__(self, name: AnalysisName) -> AnalysisView:
        """The analysis.

        Raises:
            AnalysisNotFoundError: there is none of that name.
        """
        if (known := self.finished.get(name)) is not None:
            return AnalysisView(known)
        async with self.uow(read_only=True) as uow:
            analysis = (await uow.analyses.get(name)).unwrap()
            if analysis.state.is_final:
                self.finished.put(analysis)
            return await AnalysisView.of(analysis, uow)
