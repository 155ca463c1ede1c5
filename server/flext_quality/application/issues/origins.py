"""Finds out why issues appear."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.issues.issue import IssueOrigin
from flext_quality.domain.issues.origins import (
    CodeBefore,
    contents_of,
    is_other_analyzer,
    origin_of,
)
from flext_quality.domain.sources.measures import FileRecord


@dataclass(frozen=True)
class Origins:
    """Why issues of one analysis appear.

    Attributes:
        records: of the files as they are now.
        before: the analysis with which this one is compared: the one before it on its branch or, for a
            branch's first, the main line's latest. None: there is none.
        last_successes: by analyzer, the latest analysis of the same branch as `before` in which it
            SUCCEEDED.
    """

    uow: UnitOfWork
    analysis: Analysis
    records: Sequence[FileRecord]
    before: Analysis | None
    last_successes: Mapping[str, Analysis]

    async def of(self, findings: Sequence[Finding]) -> list[IssueOrigin]:
        """Why an issue appears for each of these findings."""
        if not findings:
            return []
        if self.before is None:
            return [IssueOrigin.FIRST_ANALYSIS] * len(findings)
        others = {
            analyzer
            for analyzer in {finding.analyzer for finding in findings}
            if self._is_other(analyzer)
        }
        code = {
            analyzer: await self._code_before(
                self.last_successes.get(analyzer, self.before),
                {finding.path for finding in findings if finding.analyzer == analyzer},
            )
            for analyzer in others
        }
        return await asyncio.to_thread(self._of, findings, code)

    def _of(self, findings: Sequence[Finding], code: Mapping[str, CodeBefore]) -> list[IssueOrigin]:
        """`code` is that before, for each analyzer that is another one now."""
        contents = contents_of(self.records)
        return [
            origin_of(
                finding,
                contents.get(finding.path, ""),
                code.get(finding.analyzer, CodeBefore()),
                is_other=finding.analyzer in code,
            )
            for finding in findings
        ]

    def _is_other(self, analyzer: str) -> bool:
        last = self.last_successes.get(analyzer)
        before = None if last is None else last.outcomes[analyzer]
        return is_other_analyzer(self.analysis.outcomes[analyzer], before)

    async def _code_before(self, analysis: Analysis, paths: Collection[str]) -> CodeBefore:
        """The code of an earlier analysis, with the lines of these files; empty once that expired."""
        if analysis.results is None:
            return CodeBefore()
        project = analysis.name.project
        records = await self.uow.snapshots.get(project, analysis.results.snapshot)
        contents = contents_of(records or ())
        wanted = {contents[path] for path in paths if path in contents}
        lines = await self.uow.snapshots.get_lines(project, wanted)
        return CodeBefore(
            contents, {content: frozenset(all_of_it) for content, all_of_it in lines.items()}
        )
