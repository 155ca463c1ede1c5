"""UpdateIssue: changes what people say of an issue beside its status."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from flext_quality.application.idempotency import ONCE, RepeatableCall
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import IssueNotFoundError
from flext_quality.domain.identifiers import IssueName
from flext_quality.domain.issues.issue import Issue
from flext_quality.domain.issues.update import (
    ISSUE_FIELDS,
    IssueValues,
    changed_values,
)
from flext_quality.domain.projects.events import IssueUpdated


@dataclass(frozen=True)
class UpdateIssue:
    """Changes one issue, on all branches. Values that it has already change nothing."""

    uow: UnitOfWorkFactory
    clock: Clock

    async def __call__(
        self,
        name: IssueName,
        wanted: IssueValues,
        named: Collection[str],
        *,
        etag: str,
        call: RepeatableCall = ONCE,
    ) -> Issue:
        """The issue as it is now: the `named` fields, of `ISSUE_FIELDS`, as in `wanted`.

        Raises:
            QualityError: as UpdateIssue in the contract.
        """
        now = self.clock()
        async with self.uow() as uow:
            project = (await uow.projects.get(name.project, for_update=True)).data
            issue = (await uow.issues.get_many(name.project, [name.issue_id])).get(name.issue_id)
            if project is None or issue is None:
                raise IssueNotFoundError(str(name))
            if await call.earlier_result(uow, now) is not None:
                return issue
            values = changed_values(issue, wanted, named, etag)
            changed = [f for f in ISSUE_FIELDS if getattr(values, f) != getattr(issue, f)]
            if changed:
                await uow.issues.update(name, values)
                project.tell(IssueUpdated(name, tuple(changed), **asdict(values)), now)
                await uow.projects.save(project)
                issue = (await uow.issues.get_many(name.project, [name.issue_id]))[name.issue_id]
            await call.remember(uow, name.project, str(name), now)
            await uow.commit()
        return issue
