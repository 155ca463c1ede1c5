"""The job that carries an analysis out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat

import structlog

from flext_quality.application.analyses.conclude_analysis import ConcludeAnalysis
from flext_quality.application.analyses.finding_sink import AnalysisEventLog, AnalyzerFindingSink
from flext_quality.application.correlation import correlation_id
from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.findings.workspace_lines import WorkspaceLines
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.observability import NoTracing, Tracing
from flext_quality.application.ports.sources import Sources, Workspace
from flext_quality.application.ports.storage import FindingCodec, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import AnalysisState
from flext_quality.domain.analyses.events import SourcePrepared
from flext_quality.domain.errors import InternalError, QualityError, StorageUnavailableError
from flext_quality.domain.identifiers import AnalysisName

_CANCEL_POLL_SECONDS = 1.0
"""How often the database is asked whether a client of another server cancelled the analysis."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RunAnalysis:
    """Carries out one attempt at an analysis."""

    uow: UnitOfWorkFactory
    sources: Sources
    analyzers: Analyzers
    codec: FindingCodec
    clock: Clock
    conclude: ConcludeAnalysis
    tracing: Tracing = field(default_factory=NoTracing)

    async def __call__(self, name: AnalysisName, cancel: asyncio.Event) -> None:
        """Runs until the analysis has ended.

        When `cancel` is set, or a client's decision is found in the database, the analysis ends as CANCELLED.
        When the calling task is cancelled (the server goes down), it waits for its turn again.
        """
        log = AnalysisEventLog(name, self.uow, self.clock)
        work = asyncio.create_task(self._attempt(log))
        try:
            if await self._until_done_or_cancelled(work, name, cancel):
                await _stop(work)
                await log.record(lambda a: None if a.state.is_final else a.cancel(self.clock()))
        except asyncio.CancelledError:
            await _stop(work)
            await self._interrupt(log)
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the analysis must end
            await self._give_up(log, error)
        finally:
            await self.sources.discard(name.analysis_id)

    async def _until_done_or_cancelled(
        self, work: asyncio.Task[None], name: AnalysisName, cancel: asyncio.Event
    ) -> bool:
        """True if a client wants the analysis to end; raises what `work` raised."""
        told = asyncio.create_task(cancel.wait())
        try:
            while not work.done():
                await asyncio.wait(
                    {work, told},
                    timeout=_CANCEL_POLL_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not work.done() and (told.done() or await self._cancel_requested(name)):
                    return True
            work.result()
            return False
        finally:
            told.cancel()

    async def _cancel_requested(self, name: AnalysisName) -> bool:
        async with self.uow(read_only=True) as uow:
            return await uow.analyses.cancel_requested(name)

    async def _attempt(self, log: AnalysisEventLog) -> None:
        async with self.uow(read_only=True) as uow:
            waiting = (await uow.analyses.get(log.name)).unwrap()
        about = {"quality.analysis": str(log.name), "quality.attempt": str(waiting.attempt + 1)}
        with self.tracing.job("analysis", waiting.trace_context, about):
            await self._carry_out(log)

    async def _carry_out(self, log: AnalysisEventLog) -> None:
        async with log.change() as (analysis, uow):
            if analysis.state is not AnalysisState.PENDING:
                return  # cancelled while it waited
            analysis.start(self.clock())
            await uow.findings.clear(analysis.name)
            project = (await uow.projects.get(analysis.name.project)).unwrap()
            attachments = await uow.attachments.of(analysis.name)
            chosen = list(analysis.outcomes)
        prepared = (await self.sources.prepare(log.name, project.local_path)).unwrap()
        workspace = replace(
            prepared,
            attachments=attachments,
            local_path=project.local_path,
            thresholds=project.thresholds,
        )
        await self._source_prepared(log, workspace)
        lines = WorkspaceLines(self.sources, workspace, self.analyzers.profiles)
        reports = {
            analyzer: AnalyzerFindingSink(analyzer, log, self.codec, lines, earlier)
            for analyzer, earlier in (await self._last_successes(log, chosen)).items()
        }
        async with asyncio.TaskGroup() as group:
            for report in reports.values():
                group.create_task(self._analyze(report, workspace))
        await self.conclude(log, lines, reports)

    async def _source_prepared(self, log: AnalysisEventLog, workspace: Workspace) -> None:
        async with log.change() as (analysis, _):
            for skipped in workspace.skipped:
                analysis.files_skipped(skipped, self.clock())
            prepared = SourcePrepared(
                file_count=len(workspace.files),
                lines_of_code=workspace.lines_of_code,
                byte_count=workspace.byte_count,
                skipped_file_count=sum(len(skipped.paths) for skipped in workspace.skipped),
            )
            analysis.source_prepared(prepared, self.clock())

    async def _last_successes(
        self, log: AnalysisEventLog, analyzers: Sequence[str]
    ) -> dict[str, AnalysisName | None]:
        """For each analyzer the branch's latest analysis in which it SUCCEEDED, if any."""
        async with self.uow(read_only=True) as uow:
            branch = (await uow.analyses.get(log.name)).unwrap().branch
            found = {
                analyzer: await uow.analyses.last_success(log.name.project, branch, analyzer)
                for analyzer in analyzers
            }
        return {analyzer: last.name if last else None for analyzer, last in found.items()}

    async def _analyze(self, report: AnalyzerFindingSink, workspace: Workspace) -> None:
        """Runs one analyzer; however it fails, the others go on."""
        name, log = report.analyzer, report.log
        failure: QualityError | None
        try:
            analyzer = self.analyzers.by_name.get(name)
            if analyzer is None:  # asked for from a server that had more analyzers
                self.analyzers.choose([name])
                return
            with self.tracing.span(f"analyzer {name}", {"quality.analyzer": name}):
                (await analyzer.run(workspace, report)).unwrap()
            failure = None
        except asyncio.CancelledError:
            await report.broke_off()
            raise
        except QualityError as error:
            failure = error
        except Exception as error:  # noqa: BLE001  # a bug in one analyzer must not hide the others
            failure = self._bug(error, analysis=log.name, analyzer=name)
        if failure is None:
            await report.succeeded()
        else:
            why = failure
            await report.broke_off()
            await log.record(lambda a: a.analyzer_failed(name, why, self.clock()))

    async def _give_up(self, log: AnalysisEventLog, error: Exception) -> None:
        """Fails the analysis; goes on trying while the database is away, so that it never stays RUNNING."""
        failure = error if isinstance(error, QualityError) else self._bug(error, analysis=log.name)
        for pause in chain((0.0, 0.2, 1.0, 5.0), repeat(30.0)):
            await asyncio.sleep(pause)
            try:
                await log.record(
                    lambda a: None if a.state.is_final else a.fail(failure, self.clock())
                )
            except StorageUnavailableError:
                _log.warning("cannot store that an analysis failed", analysis=str(log.name))
            else:
                return

    def _bug(self, error: Exception, **context: object) -> InternalError:
        names = {key: str(value) for key, value in context.items()}
        _log.error("broke off", exc_info=error, **names)
        return InternalError(correlation_id() or names["analysis"])

    async def _interrupt(self, log: AnalysisEventLog) -> None:
        async with log.change() as (analysis, uow):
            if analysis.state is AnalysisState.RUNNING:
                analysis.interrupt("the server was stopped", self.clock())
                await uow.findings.clear(analysis.name)


async def _stop(work: asyncio.Task[None]) -> None:
    """Cancels `work` and waits until it has cleaned up after itself."""
    work.cancel()
    await asyncio.wait({work})
    if not work.cancelled() and (error := work.exception()) is not None:
        _log.error("analysis broke off while it was stopped", exc_info=error)
