"""ExpireDecisions: what was decided for a time is OPEN again after it."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from flext_quality.application.issues.decide_issues import DecideIssues, in_parts
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import QualityError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.triage import expiry

_ISSUES_PER_TRANSACTION = 500

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ExpireDecisions:
    """Takes back decisions whose time is over. Several servers may do so at once."""

    uow: UnitOfWorkFactory
    decide: DecideIssues
    clock: Clock

    async def __call__(self) -> int:
        """How many issues are decided about no longer. A project that fails does not stop the others."""
        async with self.uow(read_only=True) as uow:
            projects = await uow.issues.projects_with_expired(self.clock())
        count = 0
        for project in projects:
            try:
                while some := await self._expire(project):
                    count += some
            except QualityError as error:
                _log.warning("decisions did not expire", project=str(project), error=error.message)
        return count

    async def _expire(self, project: ProjectName) -> int:
        """Some of the project's; 0 once there are none, or another server was faster."""
        async with self.uow() as uow:
            held = (await uow.projects.get(project, for_update=True)).data
            if held is None:
                return 0
            now = self.clock()
            names = await uow.issues.expired(project, now, limit=_ISSUES_PER_TRANSACTION)
            if not names:
                return 0
            count = await self.decide(uow, held, in_parts(names), expiry(now))
            await uow.commit()
        return count
