"""How an analysis ends: its findings become issues, and what they mean is made known."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flext_quality.application.analyses.finding_sink import AnalysisEventLog, AnalyzerFindingSink
from flext_quality.application.findings.workspace_lines import WorkspaceLines
from flext_quality.application.issues.origins import Origins
from flext_quality.application.issues.track_issues import Tracked, TrackIssues
from flext_quality.application.metrics.assess_analysis import AssessAnalysis, Assessed, succeeded
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.domain.gates.gating import gate_events
from flext_quality.domain.gates.quality_gate import GateResult
from flext_quality.domain.projects.project import Project
from flext_quality.domain.sources.file_records import file_records
from flext_quality.domain.sources.measures import FileRecord, LineHashes


@dataclass(frozen=True)
class ConcludeAnalysis:
    """Ends an analysis whose analyzers have all ended, in one transaction with all that it makes known.

    The branch's analyses are numbered in the order in which they end. One that began before another one
    of its branch ended is compared with that one nevertheless: what is known of a branch is always what
    its last concluded analysis saw.
    """

    assess: AssessAnalysis
    profiles: AnalyzerProfiles

    async def __call__(
        self,
        log: AnalysisEventLog,
        lines: WorkspaceLines,
        reports: Mapping[str, AnalyzerFindingSink],
    ) -> None:
        """Makes it SUCCEEDED or, if no analyzer did its work, FAILED."""
        async with log.uow(read_only=True) as uow:
            done = set(succeeded((await uow.analyses.get(log.name)).unwrap()))
        did = {analyzer: report for analyzer, report in reports.items() if analyzer in done}
        records = await asyncio.to_thread(
            file_records,
            [(file.path, file.sha256, file.values) for file in lines.workspace.files],
            [measures for report in did.values() for measures in report.measured],
        )
        contents = {record.sha256 for record in records}
        async with log.uow(read_only=True) as uow:
            hashes = await _missing_lines(uow, lines, contents)
        async with log.uow() as uow:
            project = (await uow.projects.get(log.name.project, for_update=True)).unwrap()
            analysis = (await uow.analyses.get(log.name, for_update=True)).unwrap()
            now = log.clock()
            if analysis.will_succeed:
                # Again, in case that some were removed meanwhile; most often there are none.
                hashes |= await _missing_lines(uow, lines, contents - hashes.keys())
                await uow.snapshots.put_lines(project.name, hashes)
                learning = _Learning(uow, project, analysis, records, self.profiles, now)
                await learning(did, self.assess)
            analysis.finish(now)
            await uow.analyses.save(analysis)
            await uow.commit()


async def _missing_lines(
    uow: UnitOfWork, lines: WorkspaceLines, contents: set[str]
) -> dict[str, LineHashes]:
    """The lines of those of the contents of which they are not kept."""
    return await lines.of_contents(
        await uow.snapshots.missing_lines(lines.workspace.project, contents)
    )


@dataclass(frozen=True)
class _Learning:
    """What an analysis makes known, as long as its transaction lasts."""

    uow: UnitOfWork
    project: Project
    analysis: Analysis
    records: Sequence[FileRecord]
    profiles: AnalyzerProfiles
    now: datetime

    async def __call__(
        self, reports: Mapping[str, AnalyzerFindingSink], assess: AssessAnalysis
    ) -> None:
        """Tracks, assesses, and stores all but the analysis itself."""
        uow, project, analysis = self.uow, self.project, self.analysis
        snapshot = await uow.snapshots.put(project.name, self.records)
        previous = await uow.analyses.latest(project.name, analysis.branch)
        known = previous.results if previous else None
        sequence = known.sequence + 1 if known else 1
        tracked = await self._track(reports, previous, sequence)
        assessment = await assess(uow, project, Assessed(analysis, sequence, self.records))
        results = AnalysisResults(
            sequence=sequence,
            previous=previous.name if previous else None,
            issue_counts=tracked.counts,
            score=assessment.score,
            gate=assessment.gate,
            measures=assessment.measures,
            new_code_measures=assessment.new_code_measures,
            snapshot=snapshot,
        )
        new, found = tracked.new_severity_counts, tracked.found_severity_counts
        analysis.record_results(results, new, self.now, found)
        await self._tell(results, known.gate if known else None)

    async def _track(
        self, reports: Mapping[str, AnalyzerFindingSink], previous: Analysis | None, sequence: int
    ) -> Tracked:
        uow, name, branch = self.uow, self.analysis.name.project, self.analysis.branch
        # A branch's first analysis goes on from the main line's latest or, without one, from any.
        before = previous or next(iter(await uow.analyses.latest_of_branches(name)), None)
        compared = before.branch if before else branch
        successes = {
            analyzer: success
            for analyzer in reports
            if (success := await uow.analyses.last_success(name, compared, analyzer)) is not None
        }
        found = {
            analyzer: report.found
            for analyzer, report in reports.items()
            if previous is None or not _says_the_same(report, successes.get(analyzer))
        }
        origins = Origins(uow, self.analysis, self.records, before, successes)
        track = TrackIssues(uow, self.analysis, sequence, previous is None, self.profiles, self.now)
        return await track(found, origins)

    async def _tell(self, results: AnalysisResults, gate_before: GateResult | None) -> None:
        uow, project, analysis = self.uow, self.project, self.analysis
        if results.gate is not None:
            for what in gate_events(analysis.name, analysis.branch, gate_before, results.gate):
                project.tell(what, self.now)
            await uow.projects.save(project)
        if not analysis.branch:
            await uow.metrics.record(
                project.name,
                analysis.name.analysis_id,
                self.now,
                {**results.measures, **results.new_code_measures},
            )


def _says_the_same(report: AnalyzerFindingSink, last: Analysis | None) -> bool:
    """Whether the analyzer's issues are those that its findings make anyway.

    Another analysis may have been concluded since the findings were compared.
    """
    return report.is_as_before and last is not None and last.name == report.earlier
