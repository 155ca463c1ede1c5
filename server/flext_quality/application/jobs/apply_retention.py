"""Removes measures and details whose time is over, from time to time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import TypeVar

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.gates.quality_gate import SinceAnalysis
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.retention import RetentionPolicy
from flext_quality.domain.metrics.time_series import BUCKETED
from flext_quality.domain.projects.project import Project

_BATCH = 200
"""How many things go in one transaction, so that nobody waits for long."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Removed:
    """How much went: points, buckets, details of analyses, snapshots, and contents' line hashes."""

    points: int = 0
    buckets: int = 0
    details: int = 0
    snapshots: int = 0
    lines: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class ApplyRetention:
    """Removes what the policy does not keep: never issues, findings or scores.

    The analysis that a project's gate names as the old code keeps its details.

    May be done by several servers at once, and stopped at any time: the next one goes on.
    """

    uow: UnitOfWorkFactory
    policy: RetentionPolicy
    clock: Clock

    async def __call__(self) -> Removed:
        """How much was removed, in all projects."""
        total = Removed()
        async for project in self._projects():
            total += Removed(points=await self._thin_points(project))
            total += Removed(buckets=await self._remove_buckets(project))
            total += Removed(details=await self._forget_details(project))
            total += await self._remove_snapshots(project)
        return total

    async def _projects(self) -> AsyncIterator[ProjectName]:
        after: ProjectName | None = None
        while True:
            async with self.uow(read_only=True) as uow:
                projects = await uow.projects.list(limit=_BATCH, after=after)
            for project in projects:
                yield project.name
            if len(projects) < _BATCH:
                return
            after = projects[-1].name

    async def _thin_points(self, project: ProjectName) -> int:
        async with self.uow(read_only=True) as uow:
            moments = await uow.retention.moments(project)
        kept = self.policy.kept(moments, self.clock())
        removed = 0
        for batch in _batches([at for at in moments if at not in kept]):
            async with self.uow() as uow:
                removed += await uow.retention.remove_points(project, batch)
                await uow.commit()
        return removed

    async def _remove_buckets(self, project: ProjectName) -> int:
        removed = 0
        for granularity in BUCKETED:
            before = self.policy.oldest_wanted(granularity, self.clock())
            async with self.uow(read_only=True) as uow:
                oldest = await uow.retention.oldest_bucket(project, granularity)
            while before is not None and oldest is not None and oldest < before:
                async with self.uow() as uow:
                    removed += await uow.retention.remove_buckets(
                        project, granularity, before, limit=_BATCH
                    )
                    oldest = await uow.retention.oldest_bucket(project, granularity)
                    await uow.commit()
        return removed

    async def _forget_details(self, project: ProjectName) -> int:
        async with self.uow(read_only=True) as uow:
            details = await uow.retention.details(project)
            baseline = _baseline((await uow.projects.get(project)).data)
        gone = []
        for _, branch in groupby(details, key=lambda one: one.branch):
            moments = [one.at for one in branch]
            kept = self.policy.kept(moments, self.clock())
            old = [at.analysis_id for at in moments if at not in kept]
            gone += [analysis_id for analysis_id in old if analysis_id != baseline]
        forgotten = 0
        for batch in _batches(gone):
            async with self.uow() as uow:
                forgotten += await uow.retention.forget_details(project, batch)
                await uow.commit()
        return forgotten

    async def _remove_snapshots(self, project: ProjectName) -> Removed:
        """Removes snapshots that no analysis has any more, and lines that no snapshot has."""
        async with self.uow(read_only=True) as uow:
            known = await uow.retention.snapshots(project)
            unused = [digest for digest, used in known.items() if not used]
            if not unused:
                return Removed()
            needed: set[str] = set()
            for digest in known.keys() - set(unused):
                needed |= await _contents(uow, project, digest)
        total = Removed()
        for batch in _batches(unused):
            total += await self._remove_some(project, batch, known, needed)
        return total

    async def _remove_some(
        self, project: ProjectName, unused: Sequence[str], known: dict[str, bool], needed: set[str]
    ) -> Removed:
        async with self.uow() as uow:
            if not await uow.retention.lock(project):
                return Removed()
            lines: set[str] = set()
            for digest in unused:
                lines |= await _contents(uow, project, digest)
            # What an analysis that ended since has taken into use.
            for digest, used in (await uow.retention.snapshots(project)).items():
                if used and not known.get(digest, False):
                    needed |= await _contents(uow, project, digest)
            removed = Removed(
                snapshots=await uow.retention.remove_snapshots(project, unused),
                lines=await uow.retention.remove_lines(project, lines - needed),
            )
            await uow.commit()
        return removed


def _baseline(project: Project | None) -> str:
    """The id of the analysis that the project's gate takes as the old code, if it names one."""
    since = project.quality_gate.new_code if project is not None else None
    return since.analysis.analysis_id if isinstance(since, SinceAnalysis) else ""


async def _contents(uow: UnitOfWork, project: ProjectName, digest: str) -> set[str]:
    records = await uow.snapshots.get(project, digest)
    return {record.sha256 for record in records or ()}


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
