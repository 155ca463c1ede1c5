"""Reads the files that `flext-quality analyze` sends along."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flext.quality.v1.analysis_service_pb2 import Attachment, AttachmentKind
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality_client import MAX_ATTACHMENT_BYTES, read_attachment

_SARIF = AttachmentKind.ATTACHMENT_KIND_SARIF
_COVERAGE = AttachmentKind.ATTACHMENT_KIND_COVERAGE


def read_attachments(coverage: Sequence[Path], sarif: Sequence[Path]) -> tuple[Attachment, ...]:
    """The files that were named, wherever the server runs: they are read here and sent.

    Raises:
        CommandFailedError: USAGE, if one cannot be read or they are too large together.
    """
    named = [
        *(("--coverage", path, _COVERAGE) for path in coverage),
        *(("--sarif", path, _SARIF) for path in sarif),
    ]
    attachments, size = [], 0
    for option, path, kind in named:
        try:
            size += path.stat().st_size
            if size > MAX_ATTACHMENT_BYTES:
                limit = f"at most {MAX_ATTACHMENT_BYTES:,} bytes in all such files together"
                raise CommandFailedError(ExitCode.USAGE, f"{option} {path}: {limit}")
            attachments.append(read_attachment(path, kind))
        except OSError as error:
            raise CommandFailedError(ExitCode.USAGE, f"{option} {path}: {error.strerror}") from None
    return tuple(attachments)
