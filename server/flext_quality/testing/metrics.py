"""Measures over time, and how long they are kept, in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime

from flext_quality.application.ports.measures import (
    AnalysisDetails,
    MetricBucket,
    MetricPoint,
    MetricUpdate,
)
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.metrics.time_series import (
    BUCKETED,
    Granularity,
    Moment,
    bucket_start,
    recorded,
)
from flext_quality.testing.state import State, Work


@dataclass
class FakeMetrics:
    """`MetricRepository`."""

    work: Work

    async def record(
        self,
        project: ProjectName,
        analysis_id: str,
        time: datetime,
        measures: Mapping[str, float],
        *,
        changed_at: datetime | None = None,
    ) -> None:
        state, at = self.work.write, Moment(time, analysis_id)
        known = state.metric_points.get((project, at))
        before = None if known is None else known.point.measures
        if before == measures:
            return
        latest = state.latest_metrics.get(project)
        revision = latest.revision + 1 if latest else 1
        update = MetricUpdate(MetricPoint(at, dict(measures)), changed_at or time, revision)
        state.metric_points[project, at] = update
        if latest is not None and latest.point.at > at:
            update = replace(latest, revision=revision)
        state.latest_metrics[project] = update
        for granularity in BUCKETED:
            key = (project, granularity, bucket_start(time, granularity))
            bucket = state.metric_buckets.get(key, {})
            state.metric_buckets[key] = recorded(bucket, at, measures, before)

    async def points(
        self, project: ProjectName, *, start: datetime | None = None, end: datetime | None = None
    ) -> AsyncIterator[MetricPoint]:
        for (of, at), update in sorted(self.work.read.metric_points.items(), key=lambda i: i[0]):
            if of == project and _lies_between(at.time, start, end):
                yield update.point

    async def buckets(
        self,
        project: ProjectName,
        granularity: Granularity,
        metrics: Collection[str],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> AsyncIterator[MetricBucket]:
        for (of, how, begin), bucket in sorted(self.work.read.metric_buckets.items()):
            if (of, how) == (project, granularity) and _lies_between(begin, start, end):
                yield MetricBucket(begin, {m: bucket[m] for m in metrics if m in bucket})

    async def latest(self, project: ProjectName) -> MetricUpdate | None:
        return self.work.read.latest_metrics.get(project)

    async def revision(self, project: ProjectName) -> int:
        latest = self.work.read.latest_metrics.get(project)
        return latest.revision if latest else 0

    async def updates(self, project: ProjectName, *, after: int, limit: int) -> list[MetricUpdate]:
        points = self.work.read.metric_points.items()
        new = [p for (of, _), p in points if of == project and p.revision > after]
        return sorted(new, key=lambda update: update.revision)[:limit]

    async def latest_values(
        self, metric: str, projects: Collection[ProjectName] | None = None
    ) -> dict[ProjectName, float | None]:
        state = self.work.read
        values: dict[ProjectName, float | None] = {}
        for name in sorted(state.projects):
            if projects is None or name in projects:
                latest = state.latest_metrics.get(name)
                values[name] = latest.point.measures.get(metric) if latest else None
        return values

    async def latest_of_all(
        self, metrics: Collection[str]
    ) -> AsyncIterator[tuple[ProjectName, Mapping[str, float]]]:
        state = self.work.read
        by_age = sorted(state.projects.values(), key=lambda p: (p.created_at, p.name))
        for project in by_age:
            if (latest := state.latest_metrics.get(project.name)) is not None:
                measures = latest.point.measures
                yield project.name, {key: measures[key] for key in metrics if key in measures}

    async def detailed(
        self, project: ProjectName, *, start: datetime | None = None, end: datetime | None = None
    ) -> list[AnalysisDetails]:
        return [
            one
            for one in _details(self.work.read, project)
            if not one.branch and _lies_between(one.at.time, start, end)
        ]


def _lies_between(time: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= time) and (end is None or time < end)


def _details(state: State, project: ProjectName) -> list[AnalysisDetails]:
    found = [
        AnalysisDetails(a.branch, Moment(a.ended_at, a.name.analysis_id), a.results.snapshot)
        for a in state.analyses.values()
        if a.name.project == project and a.ended_at and a.results and a.results.snapshot
    ]
    return sorted(found, key=lambda one: (one.branch, one.at))


@dataclass
class FakeRetention:
    """`RetentionRepository`."""

    work: Work

    async def moments(self, project: ProjectName) -> list[Moment]:
        return sorted(at for of, at in self.work.read.metric_points if of == project)

    async def remove_points(self, project: ProjectName, moments: Collection[Moment]) -> int:
        state = self.work.write
        latest = state.latest_metrics.get(project)
        gone = [
            (project, at)
            for at in moments
            if (project, at) in state.metric_points and latest and latest.point.at != at
        ]
        for key in gone:
            del state.metric_points[key]
        return len(gone)

    async def oldest_bucket(
        self, project: ProjectName, granularity: Granularity
    ) -> datetime | None:
        buckets = self.work.read.metric_buckets
        return min((k[2] for k in buckets if k[:2] == (project, granularity)), default=None)

    async def remove_buckets(
        self, project: ProjectName, granularity: Granularity, before: datetime, *, limit: int
    ) -> int:
        buckets = self.work.write.metric_buckets
        old = [k for k in sorted(buckets) if k[:2] == (project, granularity) and k[2] < before]
        for key in old[:limit]:
            del buckets[key]
        return len(old[:limit])

    async def details(self, project: ProjectName) -> list[AnalysisDetails]:
        return _details(self.work.read, project)

    async def forget_details(self, project: ProjectName, analysis_ids: Collection[str]) -> int:
        state = self.work.write
        having = {one.at.analysis_id for one in _details(state, project)} & set(analysis_ids)
        for analysis_id in having:
            analysis = deepcopy(state.analyses[AnalysisName(project.project_id, analysis_id)])
            assert analysis.results is not None
            analysis.results = replace(analysis.results, snapshot="")
            state.analyses[analysis.name] = analysis
        return len(having)

    async def lock(self, project: ProjectName) -> bool:
        return project in self.work.write.projects

    async def snapshots(self, project: ProjectName) -> dict[str, bool]:
        used = {one.snapshot for one in _details(self.work.read, project)}
        return {d: d in used for of, d in self.work.read.snapshots if of == project.project_id}

    async def remove_snapshots(self, project: ProjectName, digests: Collection[str]) -> int:
        kept = await self.snapshots(project)
        gone = [digest for digest in digests if kept.get(digest) is False]
        for digest in gone:
            del self.work.write.snapshots[project.project_id, digest]
        return len(gone)

    async def remove_lines(self, project: ProjectName, contents: Collection[str]) -> int:
        lines = self.work.write.file_lines
        keys = [(project.project_id, content) for content in contents]
        gone = [key for key in keys if key in lines]
        for key in gone:
            del lines[key]
        return len(gone)
