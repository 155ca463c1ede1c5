"""SARIF logs that clients send along."""

from __future__ import annotations

import asyncio

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.attachment import AttachmentKind
from flext_quality.domain.errors import AnalyzerDisabledError, ReportMissingError, ToolError
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.sarif.log import VERSION, NamedLog, read_log
from flext_quality.infrastructure.analyzers.sarif.profile import PROFILE
from flext_quality.infrastructure.analyzers.sarif.runs import LogReader, tool_name, versions
from flext_quality.infrastructure.analyzers.sarif.schema import Run
from flext_quality.infrastructure.analyzers.sarif.settings import SarifImportSettings
from flext_quality.infrastructure.analyzers.tool import AnalyzerContext, config_digest
from flext_quality.infrastructure.sources.selection import escaped

_NAME = PROFILE.name


class SarifAnalyzer:
    """Imports the attached SARIF logs: any other tool's results become findings.

    A rule's name is "TOOL:RULE", so that the rules of several tools stay apart. The version is that of
    each tool. Nothing is reported of any log unless all of them can be read.
    """

    name = _NAME
    profile = PROFILE

    def __init__(self, *, enabled: bool = True) -> None:
        self._enabled = enabled

    async def version(self) -> FlextResult[str]:
        """That of the format."""
        return FlextResult.ok(VERSION)

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Reads the logs and tells `report`. Fails with a `ToolError`."""
        if not self._enabled:
            return FlextResult.fail(AnalyzerDisabledError(_NAME))
        try:
            logs = await asyncio.to_thread(_logs, workspace)
            if not logs:
                return FlextResult.fail(ReportMissingError(_NAME))
            runs = [run for named in logs for run in named.log.runs]
            reader = await asyncio.to_thread(LogReader.of, _NAME, workspace, logs, _prefix)
            version, count = versions(runs), await asyncio.to_thread(lambda: reader.file_count)
            # Not over the rules: many tools list only those that found something.
            await sink.started(version, count, config_digest([_NAME, version], {}))
            await reader.report(workspace, sink)
        except ToolError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(None)


def _logs(workspace: Workspace) -> list[NamedLog]:
    return [
        read_log(_NAME, escaped(attachment.name), attachment.content)
        for attachment in workspace.attachments
        if attachment.kind is AttachmentKind.SARIF
    ]


def _prefix(run: Run) -> str:
    return f"{tool_name(run)}:"


def create(settings: SarifImportSettings, server: AnalyzerContext) -> SarifAnalyzer:  # noqa: ARG001  # it needs nothing
    """The analyzer as the operator wants it."""
    return SarifAnalyzer(enabled=settings.enabled)
