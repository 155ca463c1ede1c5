"""Asks a tool for its rules, in a process and a directory of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.errors import ToolOutputInvalidError
from flext_quality.domain.findings.finding import Severity
from flext_quality.domain.findings.rule import RuleDescription
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.analyzers.process import ToolCommand, run_tool

T = TypeVar("T")

_SECONDS = 30.0
_MAX_BYTES = 32 << 20
"""About twenty times what Ruff prints, which has the most rules."""

# Isolated: neither the directory nor the user's packages are on the path.
_PYTHON = ("-I", "-B", "-X", "utf8", "-W", "ignore")


class PrintedRule(msgspec.Struct):
    """What a `rule_list.py` prints of a rule. `severity` is the tool's word; empty if it has none."""

    rule: str
    title: str
    explanation: str = ""
    documentation_url: str = ""
    severity: str = ""

    def described(self, severity: Severity | None = None) -> RuleDescription:
        """The rule; `severity` is what the tool's word stands for."""
        return RuleDescription(
            self.rule,
            self.title,
            self.explanation,
            self.documentation_url,
            severity=severity,
        )


async def rules_of_program(analyzer: str, program: Path) -> list[PrintedRule]:
    """What `program`, a `rule_list.py` that imports the tool, prints. Raises as `printed`."""
    command = (sys.executable, *_PYTHON, str(program))
    return await printed(analyzer, command, list[PrintedRule])


async def printed(analyzer: str, command: Sequence[str], shape: type[T]) -> T:
    """The JSON that a command prints.

    Raises:
        ToolError: it is not installed, fails, takes too long, or prints too much or something else.
    """
    with TemporaryDirectory(prefix="flext-quality-rules-") as directory:
        root, scratch = Path(directory, "root"), Path(directory, "scratch")
        for place in (root, scratch):
            place.mkdir(mode=0o700)
        output = scratch / "rules.json"
        workspace = Workspace(ProjectName("rules"), root, scratch, (), (), 0, 0)
        asked = ToolCommand(analyzer, command, workspace, _SECONDS, stdout=output)
        ended = (await run_tool(asked)).unwrap()
        if ended.exit_code != 0:
            raise ended.failure
        return await asyncio.to_thread(_read, analyzer, output, shape)


def _read(analyzer: str, output: Path, shape: type[T]) -> T:
    if output.stat().st_size > _MAX_BYTES:
        detail = f"its list of rules is larger than {_MAX_BYTES >> 20} MiB"
        raise ToolOutputInvalidError(analyzer, detail)
    try:
        return msgspec.json.decode(output.read_bytes(), type=shape)
    except msgspec.DecodeError as error:
        raise ToolOutputInvalidError(analyzer, f"its list of rules: {error}") from None
