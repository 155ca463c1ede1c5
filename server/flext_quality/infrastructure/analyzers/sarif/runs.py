"""Reports what is in logs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.errors import ToolFailedError
from flext_quality.domain.findings.finding import Finding
from flext_quality.infrastructure.analyzers.process import DETAIL_CHARACTERS, without_server_paths
from flext_quality.infrastructure.analyzers.sarif.log import NamedLog
from flext_quality.infrastructure.analyzers.sarif.places import ProjectFiles
from flext_quality.infrastructure.analyzers.sarif.regions import Texts
from flext_quality.infrastructure.analyzers.sarif.results import RunReader
from flext_quality.infrastructure.analyzers.sarif.schema import Component, Invocation, Message, Run

_BATCH_FINDINGS = 1000
"""How many findings are reported at once."""
_MAX_NAME_CHARACTERS = 64
_MAX_VERSION_CHARACTERS = 500
_SPACE = re.compile(r"\s+")


@dataclass
class LogReader:
    """Reads all runs of some logs."""

    analyzer: str
    logs: Sequence[NamedLog]
    readers: Sequence[Sequence[RunReader]]

    @classmethod
    def of(
        cls,
        analyzer: str,
        workspace: Workspace,
        logs: Sequence[NamedLog],
        prefix: Callable[[Run], str],
    ) -> LogReader:
        """Looks at the working copy; `prefix` makes what each run's rules get before their ids."""
        files, texts = ProjectFiles.of(workspace), Texts(workspace.root)
        readers = [
            [RunReader(analyzer, run, files, texts, prefix(run)) for run in named.log.runs]
            for named in logs
        ]
        return cls(analyzer, logs, readers)

    @property
    def file_count(self) -> int:
        """Files of the project that the logs name, each log's by itself."""
        return sum(reader.file_count for readers in self.readers for reader in readers)

    async def report(self, workspace: Workspace, sink: FindingSink) -> None:
        """Tells all findings and what is left out.

        Raises:
            ToolFailedError: a run says of itself that it failed; what it found is told before.
        """
        for named, readers in zip(self.logs, self.readers, strict=True):
            for reader in readers:
                findings = reader.findings()
                while batch := await asyncio.to_thread(_some, findings, workspace):
                    await sink.findings(batch)
                for skipped in reader.left_out.events(self.analyzer, named.name):
                    await sink.skipped(skipped)
        for named in self.logs:
            for run in named.log.runs:
                _check_success(self.analyzer, run, workspace)


def tool_name(run: Run) -> str:
    """The driver's name in lower case, in one word: what rules of imported logs begin with."""
    name = _SPACE.sub("-", (run.tool.driver.name or "").strip().lower())
    return name[:_MAX_NAME_CHARACTERS] or "unknown"


def version_of(driver: Component) -> str:
    """The driver's version; empty where it tells none."""
    return (driver.semantic_version or driver.version or "")[:_MAX_NAME_CHARACTERS]


def versions(runs: Sequence[Run]) -> str:
    """The name and version of each tool once, such as "bandit 1.9.4, ruff 0.17.6"."""
    named = {f"{tool_name(run)} {version_of(run.tool.driver)}".strip() for run in runs}
    return ", ".join(sorted(named))[:_MAX_VERSION_CHARACTERS]


def _some(findings: Iterator[Finding], workspace: Workspace) -> list[Finding]:
    """The next findings, without paths of the server's disk."""
    root = str(workspace.root)
    return [
        replace(finding, message=without_server_paths(finding.message, workspace))
        if root in finding.message
        else finding
        for finding in islice(findings, _BATCH_FINDINGS)
    ]


def _check_success(analyzer: str, run: Run, workspace: Workspace) -> None:
    for invocation in run.invocations or ():
        if invocation.execution_successful is False:
            said = without_server_paths(_last_words(invocation), workspace)
            tool = tool_name(run)
            detail = said if tool == analyzer else f"{tool}: {said}".rstrip(": ")
            code = invocation.exit_code
            raise ToolFailedError(analyzer, 1 if code is None else code, detail[:DETAIL_CHARACTERS])


def _last_words(invocation: Invocation) -> str:
    notifications = (
        *(invocation.tool_execution_notifications or ()),
        *(invocation.tool_configuration_notifications or ()),
    )
    words = [_text(notification.message) for notification in notifications]
    return "; ".join(filter(None, [invocation.exit_code_description, *words]))


def _text(message: Message | None) -> str:
    return (message.text or message.markdown or message.id or "") if message else ""
