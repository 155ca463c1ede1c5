"""The issues of a project over several analyses, stored as tracking stores them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flext_quality.application.ports.issues import BranchChanges, Moved, Seen
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.findings.finding import Category, Finding, Severity, SeverityCounts
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.fingerprint import text_hash
from flext_quality.domain.issues.issue import (
    Issue,
    IssueCounts,
    IssueOrigin,
    IssueStatus,
    MatchMethod,
    Triage,
)
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.sources.measures import FileRecord
from tests.contract.samples import NOON, SHOP, analysis, project, store


def issue_id(number: int) -> str:
    """An id whose order is that of the numbers."""
    return f"01kk{number:022d}"


def issue_name(number: int) -> IssueName:
    """The name with that id."""
    return IssueName(SHOP.project_id, issue_id(number))


@dataclass
class Story:
    """Analyses of the shop, one hour after the other, on any branches.

    With `records`, the analyses to come keep these of their files.
    """

    uow: UnitOfWorkFactory
    analyses: list[Analysis] = field(default_factory=list)
    records: Sequence[FileRecord] = ()

    @property
    def now(self) -> datetime:
        """When the last analysis ended."""
        return NOON + timedelta(hours=len(self.analyses))

    @classmethod
    async def begin(cls, uow: UnitOfWorkFactory) -> Story:
        """The shop, with no analysis yet."""
        await store(uow, project())
        return cls(uow)

    def issue(self, number: int, **values: object) -> Issue:
        """A new issue as the next analysis sees it."""
        common = Issue(
            name=issue_name(number),
            status=IssueStatus.OPEN,
            finding=Finding(
                analyzer="ruff",
                rule="F401",
                severity=Severity.LOW,
                category=Category.STYLE,
                message=f"message {number}",
                path="src/app.py",
                line=number,
            ),
            created_at=self.now + timedelta(hours=1),
            status_at=self.now + timedelta(hours=1),
            first_analysis=AnalysisName(SHOP.project_id, "0" * 26),
            origin=IssueOrigin.FIRST_ANALYSIS,
            effort_minutes=5,
        )
        return changed(common, **values)

    async def analyzed(
        self,
        appeared: Iterable[Issue] = (),
        *,
        moved: Sequence[tuple[int, Finding]] = (),
        gone: Sequence[int] = (),
        branch: str = "",
        match_method: MatchMethod | None = None,
    ) -> Analysis:
        """An analysis that saw this; `match_method` tells how what appeared or moved was recognised."""
        number = 1 + sum(a.branch == branch for a in self.analyses)
        one = analysis(len(self.analyses) + 1)
        one.branch, one.state = branch, AnalysisState.SUCCEEDED
        one.outcomes = {
            name: AnalyzerOutcome(name, state=AnalyzerState.SUCCEEDED) for name in one.outcomes
        }
        one.ended_at = self.now + timedelta(hours=1)
        known = AnalysisResults(
            number, None, IssueCounts(), Score(), None, {"issues": 1.0 * number}, {}
        )
        here = [replace(issue, branch=branch) for issue in appeared]
        async with self.uow() as work:
            if self.records:
                known = replace(known, snapshot=await work.snapshots.put(SHOP, self.records))
            one.record_results(known, SeverityCounts(), one.ended_at)
            await work.analyses.add(one)
            ids = [issue_id(n) for n in gone]
            before = await work.tracking.load(SHOP, branch, ids)
            changes = BranchChanges(
                SHOP,
                branch,
                number,
                [
                    Seen(
                        issue, match_method or MatchMethod.NEW, 1, text_hash(issue.finding.message)
                    )
                    for issue in here
                ],
                [
                    Moved(issue_id(n), finding, match_method or MatchMethod.MOVED_IN_FILE, 7)
                    for n, finding in moved
                ],
                [
                    replace(
                        before[one_id],
                        status=IssueStatus.FIXED,
                        status_at=one.ended_at,
                        fixed_analysis=one.name,
                    )
                    for one_id in ids
                ],
            )
            await work.tracking.apply(changes)
            await work.commit()
        self.analyses.append(one)
        return one

    async def decided(
        self, *numbers: int, status: IssueStatus = IssueStatus.ACCEPTED, **values: object
    ) -> Triage:
        """Somebody's decision half an hour after the last analysis."""
        triage = Triage(status, "ann", "why not", self.now + timedelta(minutes=30))
        triage = replace(triage, **values)  # type: ignore[arg-type]  # of its fields
        async with self.uow() as work:
            await work.issues.decide(SHOP, [issue_id(n) for n in numbers], triage)
            await work.commit()
        return triage

    def reading(self) -> UnitOfWork:
        """A unit of work to look into."""
        return self.uow(read_only=True)


def changed(issue: Issue, **values: object) -> Issue:
    """The issue with other values, of its own fields or its finding's."""
    own = {name: value for name, value in values.items() if name in Issue.__slots__}
    told = {name: value for name, value in values.items() if name not in own}
    described = replace(issue.finding, **told)  # type: ignore[arg-type]  # of its fields
    return replace(issue, finding=described, **own)  # type: ignore[arg-type]  # of its fields


def finding(
    path: str = "src/app.py", line: int = 1, message: str = "moved", *, of: Issue | None = None
) -> Finding:
    """What an issue of the story may be seen by later: `of`, or one with the common values."""
    if of is None:
        return Finding("ruff", "F401", Severity.LOW, message, path, line, category=Category.STYLE)
    return replace(of.finding, message=message, path=path, line=line)
