"""Tracked issues and snapshots in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import msgspec

from flext_quality.application.ports.issues import BranchChanges, KnownIssue
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.fingerprint import text_hash
from flext_quality.domain.issues.issue import Issue, IssueStatus
from flext_quality.domain.issues.lifecycle import moved as moved_issue
from flext_quality.domain.sources.measures import FileRecord, LineHashes
from flext_quality.testing.state import StoredIssue, StoredSighting, Work


@dataclass
class FakeTracking:
    """`TrackingRepository`."""

    work: Work

    async def known(
        self, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        here = self._on_branch(project, branch)
        return [here[i].known for i in sorted(here) if here[i].issue.finding.analyzer in analyzers]

    async def known_elsewhere(
        self, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        here, elsewhere = self._on_branch(project, branch), self._elsewhere(project, branch)
        known = [elsewhere[i].known for i in sorted(elsewhere) if i not in here]
        return [one for one in known if one.fingerprint.analyzer in analyzers]

    async def load(
        self, project: ProjectName, branch: str, issue_ids: Collection[str]
    ) -> dict[str, Issue]:
        stored = {**self._elsewhere(project, branch), **self._on_branch(project, branch)}
        return {i: stored[i].issue for i in issue_ids if i in stored}

    async def apply(self, changes: BranchChanges) -> None:
        issues = self.work.write.issues
        key = (changes.project.project_id, changes.branch)
        for moved in changes.moved:
            before = self._close((*key, moved.issue_id), changes.sequence, is_end=False)
            issues[*key, moved.issue_id] = replace(
                before,
                issue=moved_issue(before.issue, moved.finding, moved.effort_minutes),
                match_method=moved.match_method,
                line_hash=moved.finding.line_hash,
                message_hash=text_hash(moved.finding.message),
                seen_from=changes.sequence,
            )
        for gone in changes.gone:
            before = self._close((*key, gone.name.issue_id), changes.sequence, is_end=True)
            issues[*key, gone.name.issue_id] = replace(before, issue=gone)
        for seen in changes.appeared:
            issues[*key, seen.issue.name.issue_id] = StoredIssue(
                seen.issue,
                seen.match_method,
                seen.line_hash,
                seen.message_hash,
                appeared=changes.sequence,
                seen_from=changes.sequence,
            )

    async def statuses(self, project: ProjectName, branch: str) -> dict[IssueStatus, int]:
        here = self._on_branch(project, branch)
        return dict(Counter(stored.issue.status for stored in here.values()))

    def _close(self, key: tuple[str, str, str], sequence: int, *, is_end: bool) -> StoredIssue:
        before = self.work.read.issues[key]
        self.work.write.sightings[*key, before.seen_from] = StoredSighting(
            before.issue, before.match_method, sequence, is_end
        )
        return before

    def _on_branch(self, project: ProjectName, branch: str) -> dict[str, StoredIssue]:
        return {
            issue_id: stored
            for (of, on, issue_id), stored in self.work.read.issues.items()
            if (of, on) == (project.project_id, branch)
        }

    def _elsewhere(self, project: ProjectName, branch: str) -> dict[str, StoredIssue]:
        """As on the main line or, if it was never seen there, where its status changed last."""
        elsewhere = [
            (on == "", stored.issue.status_at, stored)
            for (of, on, _), stored in sorted(self.work.read.issues.items(), reverse=True)
            if of == project.project_id and on != branch
        ]
        elsewhere.sort(key=lambda entry: entry[:2])
        return {stored.issue.name.issue_id: stored for *_, stored in elsewhere}


@dataclass
class FakeSnapshots:
    """`SnapshotRepository`."""

    work: Work

    async def put(self, project: ProjectName, records: Sequence[FileRecord]) -> str:
        by_path = sorted(records, key=lambda record: record.path)
        ordered = tuple(
            replace(one, values={key: float(value) for key, value in one.values.items()})
            for one in by_path
        )
        digest = sha256(msgspec.json.encode(ordered, order="sorted")).hexdigest()
        self.work.write.snapshots[project.project_id, digest] = ordered
        return digest

    async def get(self, project: ProjectName, digest: str) -> list[FileRecord] | None:
        found = self.work.read.snapshots.get((project.project_id, digest))
        return None if found is None else list(found)

    async def put_lines(self, project: ProjectName, lines: Mapping[str, LineHashes]) -> None:
        for content, hashes in lines.items():
            self.work.write.file_lines.setdefault((project.project_id, content), tuple(hashes))

    async def get_lines(
        self, project: ProjectName, contents: Collection[str]
    ) -> dict[str, LineHashes]:
        kept = self.work.read.file_lines
        return {c: kept[key] for c in contents if (key := (project.project_id, c)) in kept}

    async def missing_lines(self, project: ProjectName, contents: Collection[str]) -> set[str]:
        kept = self.work.read.file_lines
        return {c for c in contents if (project.project_id, c) not in kept}
