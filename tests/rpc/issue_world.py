"""A live server whose database has the issues of several analyses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from flext.quality.v1 import issue_service_pb2 as pb
from flext.quality.v1.issue_pb2 import Issue, IssueStatus
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.contract.issue_story import Story
from tests.fakes import FakeEventSignal
from tests.live import LiveServer
from tests.rpc.calls import Calls

SHOP = "projects/shop"
OPEN = IssueStatus.ISSUE_STATUS_OPEN
ACKNOWLEDGED = IssueStatus.ISSUE_STATUS_ACKNOWLEDGED
FALSE_POSITIVE = IssueStatus.ISSUE_STATUS_FALSE_POSITIVE
ACCEPTED = IssueStatus.ISSUE_STATUS_ACCEPTED
FIXED = IssueStatus.ISSUE_STATUS_FIXED


class World(Calls):
    """The calls on a server, and the story of its project "shop"."""

    def __init__(self, server: LiveServer) -> None:
        super().__init__(server.address)
        self._url = server.settings.effective_database_url
        self.names: list[str] = []

    def tell(self, chapters: Callable[[Story], Awaitable[Any]]) -> None:
        """Lets all that happen in the server's database; `names` are the analyses then."""

        async def happen() -> None:
            database = Database(DatabaseOptions(self._url))
            uow = SqlUnitOfWorkFactory(database, FakeEventSignal(), ProtobufIssueCodec())
            story = await Story.begin(uow)
            await chapters(story)
            self.names = [str(analysis.name) for analysis in story.analyses]
            await database.close()

        asyncio.run(happen())

    def issue(self, number: int) -> Issue:
        """The issue with this number, as it stands."""
        return self.issues.GetIssue(pb.GetIssueRequest(name=issue_at(number))).issue

    def listed(self, **fields: Any) -> pb.ListIssuesResponse:
        """A page; `fields` are those of the request but for the project."""
        return self.issues.ListIssues(pb.ListIssuesRequest(parent=SHOP, **fields))

    def exported(self, **fields: Any) -> list[Issue]:
        """Everything, put together."""
        batches = self.issues.ExportIssues(pb.ExportIssuesRequest(parent=SHOP, **fields))
        return [issue for batch in batches for issue in batch.issues]

    def update(self, number: int, decision: pb.TriageDecision, etag: str = "") -> Issue:
        """Triages one issue."""
        request = pb.TriageIssueRequest(name=issue_at(number), decision=decision, etag=etag)
        return self.issues.TriageIssue(request).issue

    def batch(self, decision: pb.TriageDecision, parent: str = SHOP, **fields: Any) -> int:
        """Triages many; how many it says it were."""
        request = pb.BatchTriageIssuesRequest(parent=parent, decision=decision, **fields)
        return self.issues.BatchTriageIssues(request).triaged_count


def issue_at(number: int) -> str:
    """The name of the issue with this number."""
    return f"{SHOP}/issues/01kk{number:022d}"


def numbers(issues: Any) -> list[int]:
    """Their numbers."""
    return [int(issue.name[-22:]) for issue in issues]


def decision(
    status: IssueStatus, reason: str = "why not", author: str = "ann", **fields: Any
) -> pb.TriageDecision:
    """What ann decides."""
    return pb.TriageDecision(status=status, author=author, reason=reason, **fields)
