"""Which issues are wanted, what is decided about them, and where an export of them stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flext.quality.v1.finding_pb2 import Category
from flext.quality.v1.issue_pb2 import Issue, IssueStatus
from flext.quality.v1.issue_service_pb2 import (
    ExportIssuesRequest,
    ExportIssuesResponse,
    IssueFilter,
    TriageDecision,
)
from flext.quality.v1.severity_pb2 import Severity
from flext_quality_client.calls.times import timestamp
from flext_quality_client.errors import ExportBrokenError, QualityError


def issue_filter(  # noqa: PLR0913  # a field of the filter each
    *,
    statuses: Iterable[IssueStatus] = (),
    severities: Iterable[Severity] = (),
    categories: Iterable[Category] = (),
    analyzers: Iterable[str] = (),
    rules: Iterable[str] = (),
    path_prefix: str = "",
    new_since: datetime | None = None,
    text: str = "",
    analysis: str = "",
    branch: str | None = None,
    assignee: str | None = None,
    tags: Iterable[str] = (),
) -> IssueFilter:
    """Which issues are wanted: those that everything given here lets pass. Times need their zone.

    As they stand on `branch` ("" is the main line), or on any: then each comes once, as it was last seen.
    Assigned to `assignee` ("" for nobody), or to anybody or nobody; with at least one of the `tags`.
    """
    return IssueFilter(
        statuses=statuses,
        severities=severities,
        categories=categories,
        analyzers=analyzers,
        rules=rules,
        path_prefix=path_prefix,
        new_since=timestamp(new_since),
        text=text,
        analysis=analysis,
        branch=branch,
        assignee=assignee,
        tags=tags,
    )


def triage_decision(
    status: IssueStatus, author: str, reason: str = "", expires: datetime | None = None
) -> TriageDecision:
    """What somebody decides about issues. `expires`, with its zone: when the decision ends."""
    return TriageDecision(
        status=status, author=author, reason=reason, expire_time=timestamp(expires)
    )


class ExportCursor:
    """A project's issues as of one moment, which no second call can come back to.

    Attributes:
        request: asks for all of them.
    """

    done = False

    def __init__(self, project: str, wanted: IssueFilter | None) -> None:
        self.request = ExportIssuesRequest(parent=project, filter=wanted)
        self._taken = 0

    def take(self, response: ExportIssuesResponse) -> Iterable[Issue]:
        """The batch's issues."""
        self._taken += len(response.issues)
        return response.issues

    def interrupted(self, error: QualityError) -> None:
        """The call may be made again as long as nothing has come of it.

        Raises:
            ExportBrokenError: something has.
        """
        if self._taken:
            raise ExportBrokenError(self._taken, error) from error
