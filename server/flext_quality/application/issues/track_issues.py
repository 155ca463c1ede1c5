"""Findings become issues: what appears, stays, moves, comes back and goes on a branch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flext_quality.application.issues.origins import Origins
from flext_quality.application.ports.issues import BranchChanges, KnownIssue, Moved, Seen
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.findings.finding import Finding, SeverityCounts
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.domain.identifiers import IssueName, new_ids
from flext_quality.domain.issues.fingerprint import Fingerprint, text_hash
from flext_quality.domain.issues.issue import (
    Issue,
    IssueCounts,
    IssueOrigin,
    IssueStatus,
    MatchMethod,
)
from flext_quality.domain.issues.lifecycle import fixed, new_issue, seen_again, seen_on
from flext_quality.domain.issues.tracking import Match, match, match_closed


@dataclass(frozen=True, slots=True)
class Tracked:
    """How the findings of an analysis relate to the issues known before.

    Attributes:
        new_severity_counts: of the new issues that are new code.
        found_severity_counts: of all new issues, and of those that came back.
    """

    counts: IssueCounts
    new_severity_counts: SeverityCounts
    found_severity_counts: SeverityCounts


@dataclass(slots=True)
class _Recognised:
    """Findings (by index) and the issues that they are; `changed` are those of `seen` that differ."""

    seen: list[tuple[int, KnownIssue, MatchMethod]] = field(default_factory=list)
    closed: list[tuple[int, KnownIssue]] = field(default_factory=list)
    elsewhere: list[tuple[int, KnownIssue, MatchMethod]] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    changed: list[tuple[int, KnownIssue, MatchMethod]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    moved: int = 0


@dataclass(frozen=True)
class TrackIssues:
    """Tracks the issues of one analysis that has just been carried out.

    Attributes:
        sequence: the analysis's number on its branch.
        is_first: the branch has no earlier one.
    """

    uow: UnitOfWork
    analysis: Analysis
    sequence: int
    is_first: bool
    profiles: AnalyzerProfiles
    now: datetime

    async def __call__(self, found: Mapping[str, Sequence[Finding]], origins: Origins) -> Tracked:
        """Stores what changed. `found` has the findings of each analyzer that said something new.

        Issues of all other analyzers stay as they are.
        """
        project, branch = self.analysis.name.project, self.analysis.branch
        findings = [finding for some in found.values() for finding in some]
        recognised = await self._recognise(findings, found.keys())
        changes, fresh = await self._changes(findings, recognised, origins)
        if not changes.is_empty:
            await self.uow.tracking.apply(changes)
        statuses = await self.uow.tracking.statuses(project, branch)
        seen = sum(count for status, count in statuses.items() if status is not IssueStatus.FIXED)
        new, reopened = len(recognised.new), len(recognised.closed)
        counts = IssueCounts(
            open=sum(count for status, count in statuses.items() if status.counts),
            new=new,
            new_code=len(fresh),
            fixed=len(changes.gone),
            reopened=reopened,
            persisting=seen - new - reopened,
            moved=recognised.moved,
            accepted=statuses.get(IssueStatus.ACCEPTED, 0),
            false_positive=statuses.get(IssueStatus.FALSE_POSITIVE, 0),
        )
        appeared = (*recognised.new, *(i for i, _ in recognised.closed))
        return Tracked(
            counts, SeverityCounts.of(fresh), SeverityCounts.of(findings[i] for i in appeared)
        )

    # --- recognising --------------------------------------------------------------------------------

    async def _recognise(
        self, findings: Sequence[Finding], analyzers: Collection[str]
    ) -> _Recognised:
        if not analyzers:
            return _Recognised()
        tracking, project, branch = (
            self.uow.tracking,
            self.analysis.name.project,
            self.analysis.branch,
        )
        known = await tracking.known(project, branch, analyzers)
        result, left = await asyncio.to_thread(_recognise_here, findings, known)
        if left:
            elsewhere = await tracking.known_elsewhere(project, branch, analyzers)
            left = await asyncio.to_thread(
                _recognise_elsewhere, findings, elsewhere, result, left, self.is_first
            )
        result.new = left
        return result

    # --- changing -----------------------------------------------------------------------------------

    async def _changes(
        self, findings: Sequence[Finding], recognised: _Recognised, origins: Origins
    ) -> tuple[BranchChanges, list[Finding]]:
        """What to store, and the findings that are new code."""
        name, branch = self.analysis.name, self.analysis.branch
        closed, elsewhere = recognised.closed, recognised.elsewhere
        wanted = [*recognised.gone, *(known.fingerprint.issue_id for _, known in closed)]
        wanted += [known.fingerprint.issue_id for _, known, _ in elsewhere]
        issues = await self.uow.tracking.load(name.project, branch, wanted) if wanted else {}
        why = await origins.of(
            [findings[i] for i in (*recognised.new, *(i for i, _ in closed))]
            + [findings[i] for i, _, _ in elsewhere]
        )
        return await asyncio.to_thread(self._changed, findings, recognised, issues, why)

    def _changed(
        self,
        findings: Sequence[Finding],
        recognised: _Recognised,
        issues: Mapping[str, Issue],
        why: Sequence[IssueOrigin],
    ) -> tuple[BranchChanges, list[Finding]]:
        origins = iter(why)
        appeared = [*self._new(findings, recognised.new, origins)]
        fresh = [
            findings[i]
            for i, seen in zip(recognised.new, appeared, strict=True)
            if seen.issue.origin is IssueOrigin.CODE_CHANGE
        ]
        for i, known in recognised.closed:
            there, effort = issues[known.fingerprint.issue_id], self.profiles.effort_of(findings[i])
            issue = seen_again(there, findings[i], effort, next(origins), self.now)
            appeared.append(_seen(issue, findings[i], MatchMethod.REOPENED))
        for i, known, match_method in recognised.elsewhere:
            there, origin = issues[known.fingerprint.issue_id], next(origins)
            # On a branch's first analysis it is as new as it is on the branch that this one came from.
            origin = there.origin if self.is_first else origin
            effort = self.profiles.effort_of(findings[i])
            issue = seen_on(self.analysis.branch, there, findings[i], effort, origin, self.now)
            appeared.append(_seen(issue, findings[i], match_method))
        changes = BranchChanges(
            self.analysis.name.project,
            self.analysis.branch,
            self.sequence,
            appeared=appeared,
            moved=[*self._moved(findings, recognised)],
            gone=[fixed(issues[i], self.analysis.name, self.now) for i in recognised.gone],
        )
        return changes, fresh

    def _new(
        self, findings: Sequence[Finding], new: Sequence[int], origins: Iterator[IssueOrigin]
    ) -> Iterator[Seen]:
        name, branch = self.analysis.name, self.analysis.branch
        for i, issue_id in zip(new, new_ids(self.now), strict=False):
            issue_name = IssueName(name.project_id, issue_id)
            effort = self.profiles.effort_of(findings[i])
            issue = new_issue(
                issue_name, findings[i], effort, name, branch, next(origins), self.now
            )
            yield _seen(issue, findings[i], MatchMethod.NEW)

    def _moved(self, findings: Sequence[Finding], recognised: _Recognised) -> Iterator[Moved]:
        """Of the issues that are still seen, those of which anything differs that is told of them."""
        for i, known, match_method in recognised.changed:
            effort = self.profiles.effort_of(findings[i])
            yield Moved(known.fingerprint.issue_id, findings[i], match_method, effort)


def _recognise_here(
    findings: Sequence[Finding], known: Sequence[KnownIssue]
) -> tuple[_Recognised, list[int]]:
    """What is, or was, seen on the branch; and the findings that are none of that."""
    result = _Recognised()
    seen = [one for one in known if one.is_seen]
    closed = [one for one in known if not one.is_seen]
    fingerprints = [Fingerprint.of(finding) for finding in findings]
    matches = match(fingerprints, [one.fingerprint for one in seen])
    result.seen = [(one.found, seen[one.known], one.match_method) for one in matches]
    # All of a fingerprint but the issue's id.
    result.changed = [
        one for one in result.seen if fingerprints[one[0]][:-1] != one[1].fingerprint[:-1]
    ]
    result.moved = sum(_is_elsewhere(findings[i], one.fingerprint) for i, one, _ in result.changed)
    kept = {one.known for one in matches}
    result.gone = [one.fingerprint.issue_id for i, one in enumerate(seen) if i not in kept]
    left = _left(range(len(findings)), [one.found for one in matches])
    again = _matched(match_closed, fingerprints, left, closed)
    result.closed = [(i, one) for i, one, _ in again]
    return result, _left(left, [i for i, _, _ in again])


def _recognise_elsewhere(
    findings: Sequence[Finding],
    elsewhere: Sequence[KnownIssue],
    result: _Recognised,
    left: list[int],
    is_first: bool,
) -> list[int]:
    """What was seen on other branches only; tells the findings that are new.

    A branch's first analysis goes on from what is seen there. Later ones know their own code better.
    """
    fingerprints = {i: Fingerprint.of(findings[i]) for i in left}
    if is_first:
        seen = [one for one in elsewhere if one.is_seen]
        elsewhere = [one for one in elsewhere if not one.is_seen]
        result.elsewhere += _matched(match, fingerprints, left, seen)
        left = _left(left, [i for i, _, _ in result.elsewhere])
    more = _matched(match_closed, fingerprints, left, elsewhere)
    result.elsewhere += more
    return _left(left, [i for i, _, _ in more])


def _matched(
    by: Callable[[Sequence[Fingerprint], Sequence[Fingerprint]], list[Match]],
    fingerprints: Sequence[Fingerprint] | Mapping[int, Fingerprint],
    left: Sequence[int],
    known: Sequence[KnownIssue],
) -> list[tuple[int, KnownIssue, MatchMethod]]:
    matches = by([fingerprints[i] for i in left], [one.fingerprint for one in known])
    return [(left[one.found], known[one.known], one.match_method) for one in matches]


def _left(all_of_them: Iterable[int], taken: Iterable[int]) -> list[int]:
    gone = set(taken)
    return [i for i in all_of_them if i not in gone]


def _is_elsewhere(finding: Finding, before: Fingerprint) -> bool:
    return (finding.path, finding.line) != (before.path, before.line)


def _seen(issue: Issue, finding: Finding, match_method: MatchMethod) -> Seen:
    return Seen(issue, match_method, finding.line_hash, text_hash(finding.message))
