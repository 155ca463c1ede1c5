"""Issues in memory, as people see and triage them."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flext_quality.application.ports.issues import IssueBatch, IssueFilter, IssueOrder
from flext_quality.domain.analyses.comparison import (
    ComparedIssue,
    IssueDifference,
    SeenAs,
    difference_between,
)
from flext_quality.domain.errors import IssueNotFoundError
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.identifiers import IssueName, ProjectName
from flext_quality.domain.issues.history import Sighted, history
from flext_quality.domain.issues.issue import (
    Issue,
    IssueChange,
    IssueOrigin,
    IssueStatus,
    IssueTally,
    MatchMethod,
    Triage,
    in_place_of,
)
from flext_quality.domain.issues.triage import decided
from flext_quality.domain.result import FlextResult
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from flext_quality.testing.issue_matching import is_merely_fixed, issue_key, matches
from flext_quality.testing.state import StoredIssue, StoredSighting, Work


@dataclass(frozen=True)
class _Place:
    """An issue as it is today, in the place where the filter looks for it."""

    issue: Issue
    stored: StoredIssue


@dataclass
class FakeIssues:
    """`IssueRepository`."""

    work: Work

    async def get_many(
        self, project: ProjectName, issue_ids: Collection[str], *, branch: str | None = None
    ) -> dict[str, Issue]:
        found: dict[str, Issue] = {}
        for issue_id in issue_ids:
            rows = [
                (on == "", stored.issue.status_at, on, stored.issue)
                for on, stored in self._everywhere(project, issue_id).items()
                if branch in {None, on}
            ]
            if rows:
                found[issue_id] = max(rows, key=lambda row: row[:3])[3]
        return found

    async def seen(self, project: ProjectName, issue_ids: Collection[str]) -> set[str]:
        return {
            issue_id
            for issue_id in issue_ids
            for stored in self._everywhere(project, issue_id).values()
            if stored.issue.status is not IssueStatus.FIXED
        }

    async def count(self, project: ProjectName, wanted: IssueFilter) -> int:
        return len(self._wanted(project, wanted))

    async def page(
        self,
        project: ProjectName,
        wanted: IssueFilter,
        *,
        order: IssueOrder,
        limit: int,
        after: str = "",
    ) -> tuple[list[Issue], str]:
        issues = [place.issue for place in self._wanted(project, wanted)]
        issues.sort(key=lambda issue: issue.name)
        issues.sort(key=issue_key(order), reverse=order.value.endswith(" desc"))
        start = [issue.name.issue_id for issue in issues].index(after) + 1 if after else 0
        page = issues[start : start + limit]
        more = start + limit < len(issues)
        return page, page[-1].name.issue_id if more else ""

    async def ids(
        self, project: ProjectName, wanted: IssueFilter, *, limit: int, after: str = ""
    ) -> list[str]:
        found = [place.issue.name.issue_id for place in self._wanted(project, wanted)]
        return [issue_id for issue_id in found if issue_id > after][:limit]

    async def export(self, project: ProjectName, wanted: IssueFilter) -> AsyncIterator[IssueBatch]:
        codec = ProtobufIssueCodec()
        for place in self._wanted(project, wanted):
            yield IssueBatch(1, codec.encode(place.issue))

    async def decide(
        self, project: ProjectName, issue_ids: Collection[str], decision: Triage
    ) -> set[str]:
        branches = set()
        for issue_id in set(issue_ids):
            for on, stored in self._everywhere(project, issue_id).items():
                issue = decided(stored.issue, decision)
                key = (project.project_id, on, issue_id)
                self.work.write.issues[key] = replace(stored, issue=issue)
                made = self.work.read.decisions.get(issue.name, ())
                if not made or made[-1] is not decision:
                    self.work.write.decisions[issue.name] = (*made, decision)
                if issue.status is not IssueStatus.FIXED:
                    branches.add(on)
        return branches

    async def projects_with_expired(self, now: datetime) -> list[ProjectName]:
        return sorted({name.project for name in self._expired(now)})

    async def expired(self, project: ProjectName, now: datetime, *, limit: int) -> list[IssueName]:
        return sorted(name for name in self._expired(now) if name.project == project)[:limit]

    async def tallies(
        self,
        project: ProjectName,
        branch: str,
        *,
        appeared_after: int | None = None,
        absent_on: tuple[str, int] | None = None,
        as_of: int | None = None,
    ) -> list[IssueTally]:
        elsewhere = await self.places(project, *absent_on) if absent_on else {}
        tallies: dict[tuple[str, Category, Severity], list[int]] = {}
        for place in self._wanted(project, IssueFilter(branch, as_of=as_of)):
            issue = place.issue
            is_new = issue.origin is IssueOrigin.CODE_CHANGE
            if (
                (issue.status.counts or (as_of is not None and is_merely_fixed(issue)))
                and (is_new or (appeared_after is None and absent_on is None))
                and (appeared_after is None or place.stored.appeared > appeared_after)
                and issue.name.issue_id not in elsewhere
            ):
                key = (issue.finding.path, issue.finding.category, issue.finding.severity)
                tallies.setdefault(key, []).append(issue.effort_minutes)
        return [IssueTally(*key, len(e), sum(e)) for key, e in sorted(tallies.items())]

    async def places(
        self, project: ProjectName, branch: str, as_of: int
    ) -> dict[str, tuple[str, int]]:
        return {
            place.issue.name.issue_id: (place.issue.finding.path, place.issue.finding.line)
            for place in self._wanted(project, IssueFilter(branch, as_of=as_of))
        }

    async def differences(
        self, project: ProjectName, base: SeenAs, head: SeenAs
    ) -> dict[IssueDifference, int]:
        counts = dict.fromkeys(IssueDifference, 0)
        for compared in self._compared(project, base, head):
            counts[compared.difference] += 1
        return counts

    async def compared(
        self,
        project: ProjectName,
        base: SeenAs,
        head: SeenAs,
        differences: Collection[IssueDifference],
        *,
        limit: int,
        after: tuple[IssueDifference, str] | None = None,
    ) -> list[ComparedIssue]:
        return [
            one
            for one in self._compared(project, base, head)
            if one.difference in differences
            and (after is None or (one.difference, one.issue.name.issue_id) > after)
        ][:limit]

    async def history(self, name: IssueName) -> FlextResult[list[IssueChange]]:
        here = self._everywhere(name.project, name.issue_id)
        if not here:
            return FlextResult.fail(IssueNotFoundError(str(name)))
        sighted = []
        for (_, on, _, start), past in self._sightings(name.project, name.issue_id):
            sighted.append(self._sighted(name, on, start, past.match_method, past.issue))
            if past.is_end:
                sighted.append(self._sighted(name, on, past.seen_until))
        for on, stored in here.items():
            if stored.issue.status is not IssueStatus.FIXED:
                one = self._sighted(name, on, stored.seen_from, stored.match_method, stored.issue)
                sighted.append(one)
        return FlextResult.ok(history(sighted, self.work.read.decisions.get(name, ())))

    def _sighted(
        self,
        name: IssueName,
        branch: str,
        number: int,
        match_method: MatchMethod = MatchMethod.NEW,
        issue: Issue | None = None,
    ) -> Sighted:
        (analysis,) = (
            a
            for a in self.work.read.analyses.values()
            if a.name.project == name.project and a.branch == branch and a.results
            if a.results.sequence == number
        )
        place = (issue.finding.path, issue.finding.line) if issue else ("", 0)
        time = analysis.ended_at or analysis.created_at
        return Sighted(branch, number, analysis.name, time, match_method, *place)

    def _compared(
        self, project: ProjectName, base: SeenAs, head: SeenAs
    ) -> Sequence[ComparedIssue]:
        before, after = (
            {
                place.issue.name.issue_id: place.issue
                for place in self._wanted(project, IssueFilter(seen.branch, as_of=seen.sequence))
            }
            for seen in (base, head)
        )
        compared = []
        for issue_id in before.keys() | after.keys():
            old, new = before.get(issue_id), after.get(issue_id)
            difference = difference_between(
                (old.finding.path, old.finding.line) if old else None,
                (new.finding.path, new.finding.line) if new else None,
            )
            issue = new or old
            assert issue is not None
            was = (
                (old.finding.path, old.finding.line)
                if old and difference is IssueDifference.MOVED
                else ()
            )
            compared.append(ComparedIssue(difference, issue, *was))
        return sorted(compared, key=lambda one: (one.difference, one.issue.name))

    def _wanted(self, project: ProjectName, wanted: IssueFilter) -> Sequence[_Place]:
        """In the order of the ids."""
        return [
            _Place(issue, stored)
            for key, stored in sorted(self.work.read.issues.items(), key=lambda item: item[0])
            if key[:2] == (project.project_id, wanted.branch)
            for issue in self._as_of(stored, key, wanted.as_of)
            if matches(wanted, issue)
        ]

    def _as_of(
        self, stored: StoredIssue, key: tuple[str, str, str], as_of: int | None
    ) -> Iterator[Issue]:
        is_seen = stored.issue.status is not IssueStatus.FIXED
        if as_of is None or (is_seen and stored.seen_from <= as_of):
            yield stored.issue
        else:
            for (*of, start), past in self.work.read.sightings.items():
                if tuple(of) == key and start <= as_of < past.seen_until:
                    yield in_place_of(stored.issue, past.issue)

    def _everywhere(self, project: ProjectName, issue_id: str) -> dict[str, StoredIssue]:
        return {
            on: stored
            for (of, on, one), stored in self.work.read.issues.items()
            if (of, one) == (project.project_id, issue_id)
        }

    def _sightings(
        self, project: ProjectName, issue_id: str
    ) -> Sequence[tuple[tuple[str, str, str, int], StoredSighting]]:
        return [
            (key, past)
            for key, past in self.work.read.sightings.items()
            if (key[0], key[2]) == (project.project_id, issue_id)
        ]

    def _expired(self, now: datetime) -> set[IssueName]:
        return {
            stored.issue.name
            for stored in self.work.read.issues.values()
            if (triage := stored.issue.triage) and triage.expires_at and triage.expires_at <= now
        }
