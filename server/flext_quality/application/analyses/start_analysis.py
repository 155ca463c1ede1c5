"""StartAnalysis: asks for an analysis, which then waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.finished_analyses import AnalysisView
from flext_quality.application.idempotency import RepeatableCall, fingerprint
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.observability import NoTracing, Tracing
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.attachment import Attachment, check_attachments
from flext_quality.domain.analyses.revision import Revision
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
        revision: Revision | None = None,
        attachments: Sequence[Attachment] = (),
    ) -> AnalysisView:
        """The queued analysis; without a revision, of the main line.

        Raises:
            QualityError: as StartAnalysis in the contract.
        """
        check_attachments(attachments)
        revision = revision or Revision()
        revision.check()
        digests = await asyncio.to_thread(lambda: [each.digest for each in attachments])
        # As they came later, they leave older digests alone.
        added = filter(None, [revision.branch, _details(revision), digests])
        asked = fingerprint("StartAnalysis", str(project), sorted(analyzers), *added)
        call = RepeatableCall("StartAnalysis", project, request_id, asked)
        chosen, now = self.analyzers.choose(analyzers), self.clock()
        async with self.uow() as uow:
            # Locked, so that the project is not deleted before its analysis is there, and nobody else
            # starts one for the same call.
            (await uow.projects.get(project, for_update=True)).unwrap()
            if (earlier := await call.earlier_result(uow, now)) is not None:
                analysis = (await uow.analyses.get(AnalysisName.parse(earlier))).unwrap()
                return await AnalysisView.of(analysis, uow)
            if await uow.analyses.pending_count() >= self.limit.analyses:
                raise QueueFullError(self.limit.analyses)
            name = AnalysisName(project.project_id, new_id(now))
            trace = self.tracing.context
            analysis = Analysis.queue(name, chosen, self.queue.instance, now, revision, trace)
            await uow.analyses.add(analysis)
            await uow.attachments.add(name, attachments)
            await call.remember(uow, project, str(name), now)
            view = await AnalysisView.of(analysis, uow)
            await self.queue.enqueue(uow, name)
            await uow.commit()
        return view


def _details(revision: Revision) -> list[str]:
    """What is told of the revision beside its branch."""
    told = [
        f"{field.name}={value}"
        for field in fields(revision)
        if field.name not in ("branch", "labels") and (value := getattr(revision, field.name))
    ]
    return told + [f"label {name}={value}" for name, value in sorted(revision.labels.items())]
