"""Figures about all projects for a metrics scrape, bounded in number however many projects there are."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.findings.finding import Severity
from flext_quality.domain.metrics.metric_keys import severity_key

OTHER = "_other"
"""Stands for all projects that have no figures of their own. No project can be called so."""

_SCORE = "score"
_BY_KEY = {severity_key(severity): severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class ProjectFigures:
    """One project's latest main line, or what other projects add up to.

    Attributes:
        score: of several projects: their mean; None where none is scored.
        issues: those that count, by severity.
    """

    project: str
    score: float | None
    issues: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of projects, and how many analyses wait and run.

    Attributes:
        read_at: when they were asked for, by `time.monotonic`: what was stored before is in them.
    """

    projects: tuple[ProjectFigures, ...]
    analysed_projects: int
    pending_analyses: int
    running_analyses: int
    read_at: float = 0.0


@dataclass
class ObserveProjects:
    """Reads the figures; for `lifetime_seconds` all who ask get the same.

    The `most` oldest projects that were analysed have figures of their own: who has them does not change as
    others come and are analysed, so that no series of a metric ends but with its project, or when older
    ones than it are analysed for the first time.
    """

    uow: UnitOfWorkFactory
    most: int
    lifetime_seconds: float = 15.0
    now: Callable[[], float] = time.monotonic
    _known: Figures | None = None
    _until: float = 0.0
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self) -> Figures:
        """The figures.

        Raises:
            StorageUnavailableError: the database is away.
        """
        async with self._reading:
            if self._known is None or self.now() >= self._until:
                self._known = await self._read()
                self._until = self.now() + self.lifetime_seconds
            return self._known

    async def _read(self) -> Figures:
        own: list[ProjectFigures] = []
        begun = self.now()
        scores, others = [], Counter[Severity]()
        count = 0
        async with self.uow(read_only=True) as uow:
            pending = await uow.analyses.pending_count()
            running = await uow.analyses.running_count()
            async for name, measures in uow.metrics.latest_of_all([_SCORE, *_BY_KEY]):
                count += 1
                issues = {
                    severity: int(measures[key])
                    for key, severity in _BY_KEY.items()
                    if key in measures
                }
                score = measures.get(_SCORE)
                if count <= self.most:
                    own.append(ProjectFigures(name.project_id, score, issues))
                    continue
                others.update(issues)
                if score is not None:
                    scores.append(score)
        if count > self.most:
            mean = sum(scores) / len(scores) if scores else None
            own.append(ProjectFigures(OTHER, mean, others))
        return Figures(tuple(own), count, pending, running, begun)
