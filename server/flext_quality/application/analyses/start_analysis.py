"""StartAnalysis: asks for an analysis, which then waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.finished_analyses import AnalysisView
from flext_quality.application.idempotency import earlier_result, fingerprint
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.observability import NoTracing, Tracing
from flext_quality.application.ports.records import StoredRequest
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.attachment import Attachment, check_attachments
from flext_quality.domain.errors import QueueFullError
from flext_quality.domain.identifiers import AnalysisName, ProjectName, new_id


@dataclass
class QueueLimit:
    """How many analyses may wait. The operator may change it while the server runs."""

    analyses: int = 1000


@dataclass(frozen=True)
class StartAnalysis:
    """Puts an analysis into the queue, once for each request id."""

    uow: UnitOfWorkFactory
    analyzers: Analyzers
    queue: JobQueue
    limit: QueueLimit
    clock: Clock
    tracing: Tracing = field(default_factory=NoTracing)

    async def __call__(
        self,
        project: ProjectName,
        *,
        analyzers: Sequence[str],
        request_id: str,
        branch: str = "",
        attachments: Sequence[Attachment] = (),
    ) -> AnalysisView:
        """The queued analysis.

        Raises:
            QualityError: as StartAnalysis in the contract.
        """
        check_attachments(attachments)
        digests = await asyncio.to_thread(lambda: [each.digest for each in attachments])
        added = filter(
            None, [branch, digests]
        )  # as they came later, they leave older digests alone
        asked = fingerprint("StartAnalysis", str(project), sorted(analyzers), *added)
        chosen = self.analyzers.choose(analyzers)
        async with self.uow() as uow:
            if (earlier := await earlier_result(uow, request_id, asked)) is not None:
                analysis = (await uow.analyses.get(AnalysisName.parse(earlier))).unwrap()
                return await AnalysisView.of(analysis, uow)
            # Locked, so that the project is not deleted before its analysis is there.
            (await uow.projects.get(project, for_update=True)).unwrap()
            if await uow.analyses.pending_count() >= self.limit.analyses:
                raise QueueFullError(self.limit.analyses)
            now = self.clock()
            name = AnalysisName(project.project_id, new_id(now))
            trace = self.tracing.context
            analysis = Analysis.queue(name, chosen, self.queue.instance, now, branch, trace)
            await uow.analyses.add(analysis)
            await uow.attachments.add(name, attachments)
            if request_id:
                await uow.requests.add(StoredRequest(request_id, asked, str(name), project))
            view = await AnalysisView.of(analysis, uow)
            await self.queue.enqueue(uow, name)
            await uow.commit()
        return view
