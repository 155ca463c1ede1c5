"""GenerateReport: a report as a file, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from flext_quality.application.issues.scope import seen_as
from flext_quality.application.ports.issues import IssueCodec
from flext_quality.application.ports.reports import ReportRenderer, ReportRenderers, Spool
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.application.reports.report_content import ReportContent
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.errors import NoFinishedAnalysisError, invalid_field
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.reports.report import (
    KIND_OF,
    Report,
    ReportFormat,
    ReportKind,
    TrendReport,
)

PIECE_BYTES = 256 * 1024
"""The contract's limit for a piece."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Which report to write; fields as those of GenerateReportRequest.

    Attributes:
        format: a plugin's by its name.
        analysis: None for the latest of the main line.
        base: of a comparison; None for the one before on the same branch.
        start: of a trend.
    """

    project: ProjectName
    kind: ReportKind
    format: ReportFormat | str
    analysis: AnalysisName | None = None
    base: AnalysisName | None = None
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReportFile:
    """What the report's file is."""

    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class ReportPiece:
    """Some of the report's bytes; the first piece tells what the file is."""

    chunk: bytes
    file: ReportFile | None = None


@dataclass(frozen=True)
class GenerateReport:
    """Gathers a report, has it written into a file of its own, and gives that out.

    So the report is of one moment, and who reads it slowly holds neither database nor snapshot.
    """

    uow: UnitOfWorkFactory
    renderers: ReportRenderers
    spool: Spool
    codec: IssueCodec
    profiles: AnalyzerProfiles

    async def __call__(self, query: ReportQuery) -> AsyncIterator[ReportPiece]:
        """The pieces, at least one.

        Raises:
            QualityError: as GenerateReport in the contract.
        """
        renderer = self.renderers.choose(query.kind, query.format)
        with self.spool() as written:
            file = await self._write(query, renderer, written)
            await renderer.finish(written)
            written.seek(0)
            chunk = written.read(PIECE_BYTES)
            yield ReportPiece(chunk, file)
            while chunk := written.read(PIECE_BYTES):
                yield ReportPiece(chunk)

    async def _write(
        self, query: ReportQuery, renderer: ReportRenderer, written: IO[bytes]
    ) -> ReportFile:
        async with self.uow(read_only=True) as uow:
            project = (await uow.projects.get(query.project)).unwrap()
            report = await _gathered(ReportContent(uow, project, self.codec, self.profiles), query)
            async for piece in renderer.render(report):
                written.write(piece)
        return ReportFile(renderer.media_type, file_name(report, renderer.extension))


def file_name(report: Report, extension: str) -> str:
    """A name for the report's file, of letters, digits, "-", "_" and "." only."""
    kind = KIND_OF[type(report)].name.lower()
    which = report.analysis.name.analysis_id
    if isinstance(report, TrendReport):
        which = f"{report.start:%Y-%m-%d}_{report.end:%Y-%m-%d}"
    return f"{report.project.project_id}-{kind}-{which}.{extension}"


async def _gathered(content: ReportContent, query: ReportQuery) -> Report:
    uow = content.uow
    if query.kind is ReportKind.TREND:
        return await content.trend(await _latest(uow, query.project), query.start)
    analysis = (
        await _latest(uow, query.project)
        if query.analysis is None
        else (await uow.analyses.get(query.analysis)).unwrap()
    )
    if query.kind is ReportKind.EXECUTIVE:
        return await content.executive(analysis)
    if query.kind is ReportKind.TECHNICAL:
        return await content.technical(analysis)
    return await content.comparison(await _base(uow, query, analysis), analysis)


async def _latest(uow: UnitOfWork, project: ProjectName) -> Analysis:
    latest = await uow.analyses.latest(project, "")
    if latest is None:
        raise NoFinishedAnalysisError(str(project))
    return latest


async def _base(uow: UnitOfWork, query: ReportQuery, analysis: Analysis) -> Analysis:
    if query.base is not None:
        return (await uow.analyses.get(query.base)).unwrap()
    seen = seen_as(analysis)
    before = await uow.analyses.by_sequence(query.project, seen.branch, seen.sequence - 1)
    if before is None:
        raise invalid_field("base_analysis", f"{analysis.name} is its branch's first; name a base")
    return before
