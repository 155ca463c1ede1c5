"""Files to send along with an analysis."""

from __future__ import annotations

import os
from pathlib import Path

from flext.quality.v1.analysis_service_pb2 import Attachment, AttachmentKind

MAX_ATTACHMENT_BYTES = 48 * 1024 * 1024
"""What the server takes at most for all attachments of an analysis together."""

_SARIF = (".sarif", ".sarif.json")
_LCOV = (".lcov", ".info")
_COVERAGE_WORDS = ("coverage", "cobertura")
_COVERAGE_SUFFIXES = (".xml", ".json")


def read_attachment(
    path: str | os.PathLike[str],
    kind: AttachmentKind = AttachmentKind.ATTACHMENT_KIND_UNSPECIFIED,
) -> Attachment:
    """The file at `path`, to be sent along with an analysis.

    Without a `kind` its name decides: "*.sarif" and "*.sarif.json" are SARIF logs; ".coverage" and
    ".coverage.*", "*.lcov" and "*.info", and XML and JSON files with "coverage" or "cobertura" in their
    names are reports of test coverage.

    Raises:
        OSError: the file cannot be read.
        ValueError: no kind is given, and the name tells none.
    """
    file = Path(path)
    name = os.fsencode(file.name).decode(errors="replace")
    return Attachment(kind=kind or kind_of(name), name=name, content=file.read_bytes())


def kind_of(name: str) -> AttachmentKind:
    """What a file of this name is.

    Raises:
        ValueError: its name does not tell.
    """
    lower = name.lower()
    if lower.endswith(_SARIF):
        return AttachmentKind.ATTACHMENT_KIND_SARIF
    is_named = any(word in lower for word in _COVERAGE_WORDS) and lower.endswith(_COVERAGE_SUFFIXES)
    is_data = lower == ".coverage" or lower.startswith(".coverage.")
    if is_named or is_data or lower.endswith(_LCOV):
        return AttachmentKind.ATTACHMENT_KIND_COVERAGE
    raise ValueError(f"cannot tell what {name!r} is; give its kind")
