"""Which reports are read: those that the client sent, or else those in the project."""

from __future__ import annotations

from pathlib import Path

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.attachment import AttachmentKind
from flext_quality.infrastructure.analyzers.coverage.messages import ReportFile
from flext_quality.infrastructure.analyzers.coverage.profile import DATA_FILE, REPORT_NAMES
from flext_quality.infrastructure.sources.selection import (
    REPORT_DIRECTORIES,
    escaped,
)


def reports_of(workspace: Workspace, place: Path) -> list[ReportFile]:
    """The reports, in order. Blocks; writes what the client sent to `place`.

    A data file tells only what ran, and reports are made of it. So where there are reports, it is read
    only if it is newer than all of them, and then in their place: they are of an earlier run.
    """
    sent = [one for one in workspace.attachments if one.kind is AttachmentKind.COVERAGE]
    reports = []
    for number, attachment in enumerate(sent):
        path = place / f"sent-{number}"
        path.write_bytes(attachment.content)
        reports.append(ReportFile(escaped(attachment.name), str(path)))
    return reports or _found(workspace.root)


def _found(root: Path) -> list[ReportFile]:
    paths = [
        path
        for directory in REPORT_DIRECTORIES
        for name in sorted(REPORT_NAMES)
        if (path := root / directory / name).is_file()
    ]
    data = [path for path in paths if path.name == DATA_FILE]
    rendered = [path for path in paths if path.name != DATA_FILE]
    newest = max((path.stat().st_mtime_ns for path in rendered), default=-1)
    newer = [path for path in data if path.stat().st_mtime_ns > newest]
    return [ReportFile(path.relative_to(root).as_posix(), str(path)) for path in newer or rendered]
