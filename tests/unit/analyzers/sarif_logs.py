"""Builds SARIF logs for tests, and reads them as the importer does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flext_quality.domain.analyses.attachment import Attachment, AttachmentKind
from flext_quality.domain.errors import QualityError
from flext_quality.infrastructure.analyzers.sarif.analyzer import SarifAnalyzer
from tests.recording import RecordingReport
from tests.workspaces import make_workspace

APP = "src/app.py"
SOURCE = {APP: "first = 1\nsecond = 2\nthird = 3\n", "setup.py": "x = 1\n"}


def place(uri: str | None = APP, *, message: str = "", **region: int) -> dict[str, Any]:
    """A location; the region's fields by their names in the standard."""
    artifact = {} if uri is None else {"artifactLocation": {"uri": uri}}
    words = {"message": {"text": message}} if message else {}
    return {"physicalLocation": {**artifact, **({"region": region} if region else {})}, **words}


def result(*locations: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A result of the rule X1 about the app's first line, unless said otherwise."""
    found = {"ruleId": "X1", "message": {"text": "wrong"}}
    return {**found, "locations": list(locations) or [place(startLine=1)], **fields}


def run_of(
    *results: Mapping[str, Any], driver: Mapping[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    """A run of the tool "Tool 1.2"."""
    tool = {"driver": {"name": "Tool", "version": "1.2", **(driver or {})}}
    return {"tool": tool, "results": list(results), **fields}


def log_of(*runs: Mapping[str, Any]) -> bytes:
    """A log in JSON."""
    return json.dumps({"version": "2.1.0", "runs": list(runs)}).encode()


async def imported(
    tmp_path: Path,
    *logs: bytes,
    source: Mapping[str, str | bytes] | None = None,
    local_path: str = "",
) -> tuple[RecordingReport, QualityError | None]:
    """What the importer says of logs called log0.sarif, log1.sarif, …, and how it failed, if it did."""
    attachments = tuple(
        Attachment(AttachmentKind.SARIF, f"log{number}.sarif", content)
        for number, content in enumerate(logs)
    )
    workspace = make_workspace(tmp_path, SOURCE if source is None else source)
    workspace = replace(workspace, attachments=attachments, local_path=local_path)
    report = RecordingReport()
    outcome = await SarifAnalyzer().run(workspace, report)
    return report, outcome.error
