"""Projects, analyses and events to store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.events import (
    AnalyzerStarted,
    ConfigurationIgnored,
    FilesSkipped,
    SkipReason,
    SourcePrepared,
)
from flext_quality.domain.errors import SourceTooLargeError, ToolTimedOutError
from flext_quality.domain.findings.finding import (
    Applicability,
    Confidence,
    Edit,
    Finding,
    Fix,
    Severity,
)
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.projects.project import Project

NOON = datetime(2025, 3, 1, 12, 0, 0, tzinfo=UTC)
SHOP = ProjectName("shop")

AWKWARD = Finding(
    analyzer="ruff",
    rule="F401",
    severity=Severity.CRITICAL,
    message="“os” imported\tbut\nunused \u0000 \U0001f40d",
    path="a dir/\\xff.py",
    line=1,
    column=8,
    end_line=2,
    end_column=10,
    cell=3,
    documentation_url="https://docs.astral.sh/ruff/rules/unused-import",
    confidence=Confidence.LOW,
    fix=Fix("Remove import", Applicability.SAFE, (Edit(1, 1, 2, 1, ""), Edit(3, 1, 3, 1, "x\r\n"))),
)


def project(name: str = "shop", display_name: str = "Shop", *, minutes: float = 0) -> Project:
    """A new project, registered `minutes` after noon."""
    now = NOON + timedelta(minutes=minutes)
    return Project.register(ProjectName(name), display_name, f"/srv/{name}", now)


def analysis_name(number: int, project: str = "shop") -> AnalysisName:
    """A name whose order is that of the numbers."""
    return AnalysisName(project, f"01jn{number:022d}")


def analysis(number: int = 1, project: str = "shop", *analyzers: str) -> Analysis:
    """A new analysis, asked for `number` minutes after noon."""
    now = NOON + timedelta(minutes=number)
    return Analysis.queue(
        analysis_name(number, project), analyzers or ("ruff", "bandit"), "instance-1", now
    )


def eventful(number: int = 1, project: str = "shop") -> Analysis:
    """An ended analysis to which everything has happened that can happen to one."""
    that = analysis(number, project, "ruff", "mypy", "bandit")
    now = that.created_at
    that.start(now)
    that.interrupt("the server was stopped", now)
    that.start(now + timedelta(microseconds=1))
    that.files_skipped(FilesSkipped(SkipReason.LINK, ("a", "b\\x0a")), now)
    that.source_prepared(SourcePrepared(3, 120, 4096, 2), now)
    that.analyzer_started(AnalyzerStarted("ruff", "0.17.6", 3, "ab" * 32), now)
    that.configuration_ignored(ConfigurationIgnored("ruff", "x.toml", "o", "why"), now)
    that.findings_reported("ruff", [AWKWARD], now)
    that.analyzer_succeeded("ruff", now + timedelta(hours=30, microseconds=123_457))
    that.analyzer_failed("mypy", ToolTimedOutError("mypy", 600), now)
    that.request_cancel(now)
    that.fail(SourceTooLargeError("max_files", 5), now + timedelta(days=2, microseconds=999_999))
    return that


async def store(uow: UnitOfWorkFactory, *things: Project | Analysis) -> None:
    """Adds things in one unit of work."""
    async with uow() as work:
        for thing in things:
            if isinstance(thing, Project):
                (await work.projects.add(thing)).unwrap()
            else:
                await work.analyses.add(thing)
        await work.commit()
