"""A project that is analysed again and again, by analyzers that say what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from flext_quality.application.analyses.conclude_analysis import ConcludeAnalysis
from flext_quality.application.analyses.run_analysis import RunAnalysis
from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.metrics.assess_analysis import AssessAnalysis
from flext_quality.application.ports.sources import FileLines, SourceFile, Workspace
from flext_quality.application.ports.storage import FindingCodec, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.events import AnalysisEventPayload
from flext_quality.domain.errors import QualityError
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.domain.identifiers import AnalysisName, ProjectName, new_id
from flext_quality.domain.issues.issue import Issue, IssueStatus, Triage
from flext_quality.domain.projects.project import Project
from flext_quality.domain.sources.line_hash import line_hash
from tests.fakes import FakeAnalyzer, FakeClock, FakeFindingCodec, FakeSources

SHOP = ProjectName("shop")
PATH = "/srv/shop"
CODE = {"a.py": "import os\nx = 1\ny = 2\n", "b.py": "z = 3\n"}


def found(line: int, rule: str = "R", path: str = "a.py", **values: object) -> Finding:
    """What the tool called "fake" says about a line."""
    finding = Finding("fake", rule, Severity.LOW, f"{rule} is broken", path, line)
    return replace(finding, **values)  # type: ignore[arg-type]  # of its fields


@dataclass
class Shop:
    """The project on a storage; each analysis ends an hour after the one before."""

    uow: UnitOfWorkFactory
    code: dict[str, str] = field(default_factory=lambda: dict(CODE))
    codec: FindingCodec = field(default_factory=FakeFindingCodec)
    clock: FakeClock = field(default_factory=FakeClock)
    sources: FakeSources = field(default_factory=FakeSources)

    @classmethod
    async def registered(cls, uow: UnitOfWorkFactory, codec: FindingCodec | None = None) -> Shop:
        """The shop, with no analysis yet."""
        shop = cls(uow, codec=codec or FakeFindingCodec())
        async with uow() as work:
            project = Project.register(SHOP, "Shop", PATH, shop.clock())
            (await work.projects.add(project)).unwrap()
            await work.commit()
        return shop

    async def queued(self, analyzers: Sequence[str] = ("fake",), branch: str = "") -> AnalysisName:
        """An analysis that waits."""
        now = self.clock.advance(hours=1)
        name = AnalysisName(SHOP.project_id, new_id(now))
        async with self.uow() as work:
            await work.analyses.add(Analysis.queue(name, analyzers, "me", now, branch))
            await work.commit()
        return name

    async def run(self, name: AnalysisName, *analyzers: FakeAnalyzer) -> Analysis:
        """Carries it out on the code as it is now."""
        self._copy_code()
        tools = Analyzers.of(*analyzers)
        assess = AssessAnalysis(self.clock, tools.profiles)
        conclude = ConcludeAnalysis(assess, tools.profiles)
        run = RunAnalysis(self.uow, self.sources, tools, self.codec, self.clock, conclude)
        await run(name, asyncio.Event())
        async with self.uow(read_only=True) as work:
            return (await work.analyses.get(name)).unwrap()

    async def analyze(
        self,
        *findings: Finding,
        branch: str = "",
        version: str = "1.0",
        error: QualityError | None = None,
    ) -> Analysis:
        """An analysis by the one tool that says this."""
        fake = FakeAnalyzer("fake", [findings] if findings else [], error, version)
        return await self.run(await self.queued(branch=branch), fake)

    async def issues(self, branch: str = "") -> dict[tuple[str, str, int], Issue]:
        """All issues that were ever seen on a branch, by rule, path and line."""
        async with self.uow(read_only=True) as work:
            known = await work.tracking.known(SHOP, branch, ["fake", "other"])
            loaded = await work.tracking.load(
                SHOP, branch, [one.fingerprint.issue_id for one in known]
            )
        return {
            (issue.finding.rule, issue.finding.path, issue.finding.line): issue
            for issue in loaded.values()
        }

    async def issue(self, line: int, rule: str = "R", branch: str = "") -> Issue:
        """The one on a line of a.py."""
        return (await self.issues(branch))[rule, "a.py", line]

    async def decide(self, issue: Issue, status: IssueStatus, days: int = 0) -> Triage:
        """Somebody decides about an issue, for a time if it is given."""
        now = self.clock()
        until = now + timedelta(days=days) if days else None
        triage = Triage(status, "ann", "because", now, until)
        async with self.uow() as work:
            await work.issues.decide(SHOP, [issue.name.issue_id], triage)
            await work.commit()
        return triage

    async def happened(self, analysis: Analysis) -> list[AnalysisEventPayload]:
        """All that was told of an analysis."""
        async with self.uow(read_only=True) as work:
            events = await work.events.read(str(analysis.name), after=0, limit=10_000)
        return [event.payload for event in events]  # type: ignore[misc]  # an analysis's

    def _copy_code(self) -> None:
        files = [
            SourceFile(path, len(text), sha256(text.encode()).hexdigest(), {"lines_of_code": 1.0})
            for path, text in sorted(self.code.items())
        ]
        self.sources.workspaces[PATH] = Workspace(
            SHOP, Path("/w"), Path("/s"), tuple(files), (), len(files), 0
        )
        self.sources.files = {path: lines_of(text) for path, text in self.code.items()}


def lines_of(text: str) -> FileLines:
    """The lines of a file."""
    return FileLines([line_hash(line) for line in text.splitlines()])
