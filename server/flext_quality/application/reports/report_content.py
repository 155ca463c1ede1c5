"""What reports say, gathered from what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flext_quality.application.issues.scope import seen_as
from flext_quality.application.metrics.assess_analysis import kept_records, succeeded
from flext_quality.application.ports.issues import IssueCodec, IssueFilter, IssueOrder
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.comparison import IssueDifference, SeenAs, difference_between
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.issue import Issue, IssueStatus
from flext_quality.domain.metrics.metric_keys import METRICS
from flext_quality.domain.metrics.path_measures import PathTree
from flext_quality.domain.metrics.time_series import Granularity, SeriesPoint, bucket_start
from flext_quality.domain.projects.project import Project
from flext_quality.domain.reports.issue_summary import IssueCounter
from flext_quality.domain.reports.report import (
    ComparisonReport,
    ExecutiveReport,
    FileMeasured,
    IssueReader,
    Measured,
    ReportedIssue,
    TechnicalReport,
    TrendLine,
    TrendReport,
)

TREND_SPAN = timedelta(days=90)
"""How far back a trend reaches, from the main line's latest analysis, if no start is given."""

HEADLINES = (
    *("issues", "security_issues", "coverage", "duplication", "technical_debt", "lines_of_code"),
)
"""The metrics of an executive report."""

TRENDS = (
    *("score", "issues", "security_issues", "coverage", "duplication", "technical_debt"),
    *("debt_ratio", "maintainability_index", "max_cognitive_complexity", "suppressions"),
    "lines_of_code",
)
"""The metrics of a trend report."""

TOP_ISSUES = 10
_CHANGES = (IssueDifference.NEW, IssueDifference.FIXED, IssueDifference.MOVED)
_BATCH = 2000
"""Issues held in memory at once."""


@dataclass(frozen=True)
class ReportContent:
    """Gathers a project's reports through one unit of work, which their issues are read through too."""

    uow: UnitOfWork
    project: Project
    codec: IssueCodec
    profiles: AnalyzerProfiles

    async def executive(self, analysis: Analysis) -> ExecutiveReport:
        """A page for leads."""
        seen, base = seen_as(analysis), await self._base(analysis)
        counter = await self._counted(seen)
        history = None
        if not analysis.branch and analysis.ended_at is not None:
            end = analysis.ended_at
            lines = await self._lines(("score",), end - TREND_SPAN, end)
            history = next(iter(lines), None)
        return ExecutiveReport(
            project=self._name,
            display_name=self.project.display_name,
            analysis=analysis,
            base=base,
            summary=counter.summary(),
            measures=_measured(HEADLINES, analysis, base),
            top_issues=tuple(await self._top(seen)),
            history=history,
        )

    async def technical(self, analysis: Analysis) -> TechnicalReport:
        """Everything for developers."""
        seen, base = seen_as(analysis), await self._base(analysis)
        counter = await self._counted(seen)
        known = analysis.results
        before = {} if known is None else known.new_code_measures
        keys = sorted(_measures(analysis).keys() | _measures(base).keys())
        places = None if base is None else await self._places(seen_as(base))
        return TechnicalReport(
            project=self._name,
            display_name=self.project.display_name,
            analysis=analysis,
            base=base,
            summary=counter.summary(),
            measures=_measured(keys, analysis, base),
            new_code_measures=tuple(
                Measured(METRICS[key], value)
                for key, value in sorted(before.items())
                if key in METRICS
            ),
            files=await self._files(analysis, counter),
            issues=self._reader(seen, places),
            absent=self._changes_reader(base, analysis, (IssueDifference.FIXED,)),
        )

    async def trend(self, latest: Analysis, start: datetime | None) -> TrendReport:
        """The main line over time, up to its latest analysis."""
        end = latest.ended_at or latest.created_at
        begin = start or end - TREND_SPAN
        return TrendReport(
            project=self._name,
            display_name=self.project.display_name,
            start=begin,
            end=end,
            analysis=latest,
            lines=tuple(await self._lines(TRENDS, begin, end)),
        )

    async def comparison(self, base: Analysis, analysis: Analysis) -> ComparisonReport:
        """Two analyses side by side."""
        counts = await self.uow.issues.differences(self._name, seen_as(base), seen_as(analysis))
        keys = sorted(_measures(analysis).keys() | _measures(base).keys())
        return ComparisonReport(
            project=self._name,
            display_name=self.project.display_name,
            analysis=analysis,
            base=base,
            counts=counts,
            measures=_measured(keys, analysis, base),
            changes=self._changes_reader(base, analysis, _CHANGES),
        )

    @property
    def _name(self) -> ProjectName:
        return self.project.name

    async def _base(self, analysis: Analysis) -> Analysis | None:
        known = analysis.results
        if known is None or known.previous is None:
            return None
        base = (await self.uow.analyses.get(known.previous)).data
        return base if base is not None and base.results is not None else None

    async def _counted(self, seen: SeenAs) -> IssueCounter:
        counter = IssueCounter()
        wanted = IssueFilter(branch=seen.branch, as_of=seen.sequence)
        async for batch in self.uow.issues.export(self._name, wanted):
            # In a thread, so that other calls are answered meanwhile.
            await asyncio.to_thread(self._count, counter, batch.payload)
        return counter

    def _count(self, counter: IssueCounter, payload: bytes) -> None:
        counter.add(self.codec.decode(payload))

    async def _issues(self, seen: SeenAs, analyzer: str = "") -> AsyncIterator[list[Issue]]:
        """What an analysis saw, by path."""
        wanted = IssueFilter(
            branch=seen.branch,
            analyzers=frozenset({analyzer} if analyzer else ()),
            as_of=seen.sequence,
        )
        cursor = ""
        while True:
            issues, cursor = await self.uow.issues.page(
                self._name, wanted, order=IssueOrder.PATH, limit=_BATCH, after=cursor
            )
            if issues:
                yield issues
            if not cursor:
                return

    async def _top(self, seen: SeenAs) -> list[Issue]:
        wanted = IssueFilter(
            branch=seen.branch,
            statuses=frozenset(status for status in IssueStatus if status.counts),
            as_of=seen.sequence,
        )
        issues, _ = await self.uow.issues.page(
            self._name, wanted, order=IssueOrder.SEVERITY, limit=TOP_ISSUES
        )
        return issues

    async def _places(self, seen: SeenAs) -> dict[str, tuple[str, int]]:
        return await self.uow.issues.places(self._name, seen.branch, seen.sequence)

    def _reader(self, seen: SeenAs, places: Mapping[str, tuple[str, int]] | None) -> IssueReader:
        async def read(analyzer: str) -> AsyncIterator[Sequence[ReportedIssue]]:
            async for issues in self._issues(seen, analyzer):
                yield [_reported(issue, places) for issue in issues]

        return read

    def _changes_reader(
        self, base: Analysis | None, head: Analysis, differences: Sequence[IssueDifference]
    ) -> IssueReader:
        async def read(analyzer: str) -> AsyncIterator[Sequence[ReportedIssue]]:
            if base is None:
                return
            between = (self._name, seen_as(base), seen_as(head))
            after: tuple[IssueDifference, str] | None = None
            while True:
                compared = await self.uow.issues.compared(
                    *between, differences, limit=_BATCH, after=after
                )
                if not compared:
                    return
                after = (compared[-1].difference, compared[-1].issue.name.issue_id)
                batch = [
                    ReportedIssue(
                        one.issue,
                        one.difference,
                        (one.base_path, one.base_line)
                        if one.difference is IssueDifference.MOVED
                        else None,
                    )
                    for one in compared
                    if analyzer in ("", one.issue.finding.analyzer)
                ]
                if batch:
                    yield batch

        return read

    async def _files(
        self, analysis: Analysis, counter: IssueCounter
    ) -> tuple[FileMeasured, ...] | None:
        records = await kept_records(self.uow, analysis)
        if records is None:
            return None
        measured = self.profiles.measured_categories(succeeded(analysis))
        tree = PathTree(records, counter.tallies(), measured)
        files = (tree.measures(path) for path in tree.paths())
        return tuple(
            FileMeasured(file.path, file.values)
            for file in files
            if file is not None and not file.is_directory
        )

    async def _lines(
        self, metrics: Sequence[str], start: datetime, end: datetime
    ) -> list[TrendLine]:
        """The last value of each day from `start` to `end`, of metrics that have any."""
        points: dict[str, list[SeriesPoint]] = {key: [] for key in metrics}
        first_day = bucket_start(start, Granularity.DAY)
        async for bucket in self.uow.metrics.buckets(
            self._name, Granularity.DAY, metrics, start=first_day
        ):
            for metric, cell in bucket.cells.items():
                if start <= cell.at.time <= end:
                    points[metric].append(SeriesPoint(bucket.start, cell.last))
        return [TrendLine(METRICS[key], tuple(values)) for key, values in points.items() if values]


def _measures(analysis: Analysis | None) -> Mapping[str, float]:
    return analysis.results.measures if analysis and analysis.results else {}


def _measured(
    keys: Iterable[str], analysis: Analysis, base: Analysis | None
) -> tuple[Measured, ...]:
    now, before = _measures(analysis), _measures(base)
    return tuple(
        Measured(METRICS[key], now.get(key), before.get(key)) for key in keys if key in METRICS
    )


def _reported(issue: Issue, places: Mapping[str, tuple[str, int]] | None) -> ReportedIssue:
    if places is None:
        return ReportedIssue(issue)
    base = places.get(issue.name.issue_id)
    difference = difference_between(base, (issue.finding.path, issue.finding.line))
    moved = difference is IssueDifference.MOVED
    return ReportedIssue(issue, difference, base if moved else None)
