"""Projects and analyses in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flext_quality.application.ports.records import ProjectOrder
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.errors import (
    AnalysisNotFoundError,
    ProjectAlreadyExistsError,
    ProjectNotFoundError,
)
from flext_quality.domain.findings.outcome import AnalyzerState
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.projects.project import Project
from flext_quality.domain.result import FlextResult
from flext_quality.testing.state import Work

_OF_PROJECTS = (
    *("projects", "analyses", "batches", "attachments", "issues", "sightings", "decisions"),
    *("snapshots", "file_lines", "metric_points", "metric_buckets", "latest_metrics"),
    *("channels", "deliveries", "told"),
)
"""What of the state goes with a project, by keys that begin with it or are names of what is in it."""


def _owner(key: Any) -> str:
    """The id of the project that a key tells of."""
    first = key[0] if isinstance(key, tuple) else key
    return first if isinstance(first, str) else str(first.project_id)


@dataclass
class FakeProjects:
    """`ProjectRepository`."""

    work: Work

    async def add(self, project: Project) -> FlextResult[None]:
        if project.name in self.work.write.projects:
            return FlextResult.fail(ProjectAlreadyExistsError(str(project.name)))
        self.work.append(project.take_events())
        self.work.write.projects[project.name] = deepcopy(project)
        return FlextResult.ok(None)

    async def get(self, name: ProjectName, *, for_update: bool = False) -> FlextResult[Project]:
        project = self.work.read.projects.get(name)
        if project is None:
            return FlextResult.fail(ProjectNotFoundError(str(name)))
        return FlextResult.ok(deepcopy(project))

    async def save(self, project: Project) -> None:
        if project.name not in self.work.write.projects:
            raise LookupError(f"{project.name} was changed but never added")
        self.work.append(project.take_events())
        self.work.write.projects[project.name] = deepcopy(project)

    async def delete(self, project: Project) -> None:
        self.work.append(project.take_events())
        state, name = self.work.write, project.name
        state.requests = {i: r for i, r in state.requests.items() if r.project != name}
        state.events = {s: e for s, e in state.events.items() if not s.startswith(f"{name}/")}
        for kept in _OF_PROJECTS:
            others = {k: v for k, v in getattr(state, kept).items() if _owner(k) != name.project_id}
            setattr(state, kept, others)

    async def list(
        self,
        *,
        limit: int,
        after: ProjectName | None = None,
        local_path: str = "",
        order: ProjectOrder = ProjectOrder.CREATE_TIME,
    ) -> list[Project]:
        by_time = order in {ProjectOrder.CREATE_TIME, ProjectOrder.CREATE_TIME_DESC}
        descending = order in {ProjectOrder.CREATE_TIME_DESC, ProjectOrder.DISPLAY_NAME_DESC}
        projects = sorted(self.work.read.projects.values(), key=lambda p: p.name)
        projects.sort(
            key=lambda p: (p.created_at if by_time else p.display_name,), reverse=descending
        )
        if after is not None:
            names = [p.name for p in projects]
            projects = projects[names.index(after) + 1 :] if after in names else []
        return deepcopy([p for p in projects if local_path in {"", p.local_path}][:limit])


@dataclass
class FakeAnalyses:
    """`AnalysisRepository`."""

    work: Work

    async def add(self, analysis: Analysis) -> None:
        self.work.append(analysis.take_events())
        self.work.write.analyses[analysis.name] = deepcopy(analysis)

    async def get(self, name: AnalysisName, *, for_update: bool = False) -> FlextResult[Analysis]:
        analysis = self.work.read.analyses.get(name)
        if analysis is None:
            return FlextResult.fail(AnalysisNotFoundError(str(name)))
        return FlextResult.ok(deepcopy(analysis))

    async def save(self, analysis: Analysis) -> None:
        if analysis.name not in self.work.write.analyses:
            raise LookupError(f"{analysis.name} was changed but never added")
        if analysis.state.is_final:
            self.work.write.attachments.pop(analysis.name, None)
        await self.add(analysis)

    async def unfinished(self) -> list[Analysis]:
        return deepcopy([a for a in self._oldest_first() if not a.state.is_final])

    async def pending_count(self) -> int:
        return len(self._pending())

    async def running_count(self) -> int:
        found = self.work.read.analyses.values()
        return sum(analysis.state is AnalysisState.RUNNING for analysis in found)

    async def queue_position(self, name: AnalysisName) -> int:
        pending = self._pending()
        return pending.index(name) + 1 if name in pending else 0

    async def cancel_requested(self, name: AnalysisName) -> bool:
        analysis = self.work.read.analyses.get(name)
        return analysis is None or analysis.cancel_requested

    async def list(
        self,
        project: ProjectName,
        *,
        limit: int,
        before: str = "",
        states: Collection[AnalysisState] = (),
    ) -> list[Analysis]:
        wanted = [
            a
            for a in reversed(self._oldest_first())
            if a.name.project == project
            and (not before or a.name.analysis_id < before)
            and (not states or a.state in states)
        ]
        return deepcopy(wanted[:limit])

    async def latest(self, project: ProjectName, branch: str) -> Analysis | None:
        return max(self._concluded(project, branch), key=_sequence, default=None)

    async def latest_of_branches(self, project: ProjectName) -> Sequence[Analysis]:
        branches = sorted({a.branch for a in self.work.read.analyses.values()})
        latest = [await self.latest(project, branch) for branch in branches]
        return [analysis for analysis in latest if analysis is not None]

    async def by_sequence(
        self, project: ProjectName, branch: str, sequence: int
    ) -> Analysis | None:
        return next((a for a in self._concluded(project, branch) if _sequence(a) == sequence), None)

    async def newest_before(
        self, project: ProjectName, branch: str, time: datetime
    ) -> Analysis | None:
        ended = (a for a in self._concluded(project, branch) if a.ended_at and a.ended_at <= time)
        return max(ended, key=_sequence, default=None)

    async def last_success(
        self, project: ProjectName, branch: str, analyzer: str
    ) -> Analysis | None:
        succeeded = (
            a
            for a in self._concluded(project, branch)
            if analyzer in a.outcomes and a.outcomes[analyzer].state is AnalyzerState.SUCCEEDED
        )
        return max(succeeded, key=_sequence, default=None)

    def _concluded(self, project: ProjectName, branch: str) -> Sequence[Analysis]:
        return deepcopy(
            [
                a
                for a in self._oldest_first()
                if a.name.project == project and a.branch == branch and a.results is not None
            ]
        )

    def _oldest_first(self) -> Sequence[Analysis]:
        return sorted(self.work.read.analyses.values(), key=lambda a: a.name.analysis_id)

    def _pending(self) -> Sequence[AnalysisName]:
        return [a.name for a in self._oldest_first() if a.state is AnalysisState.PENDING]


def _sequence(analysis: Analysis) -> int:
    assert analysis.results is not None
    return analysis.results.sequence
