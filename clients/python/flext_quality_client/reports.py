"""Where a report stands that is coming, and the file that it is saved in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from flext.quality.v1.report_service_pb2 import (
    GenerateReportRequest,
    GenerateReportResponse,
    ReportInfo,
)
from flext_quality_client.errors import ProtocolError, QualityError


class ReportCursor:
    """A place in a report. A report cannot be resumed: what broke off begins again, or is given up.

    Attributes:
        request: what asks for the report.
        info: what its file is, once the first piece has come.
    """

    def __init__(self, request: GenerateReportRequest) -> None:
        self.request = request
        self.info: ReportInfo | None = None
        self.done = False

    def take(self, response: GenerateReportResponse) -> Iterable[bytes]:
        """Goes past a piece and gives its bytes."""
        if self.info is None:
            if not response.HasField("info"):
                raise ProtocolError("the first piece of a report does not say what it is")
            self.info = response.info
        return (response.chunk,)

    def interrupted(self, error: QualityError) -> None:
        """The connection broke. Nothing is lost if nothing has come yet."""
        if self.info is not None:
            raise error


class Replacement:
    """A file beside the one that it will replace, or in its directory. Without `put` it leaves no trace."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._target = Path(path)
        directory = self._target if self._target.is_dir() else self._target.parent
        number, name = tempfile.mkstemp(prefix=".report-", dir=directory)
        self._path = Path(name)
        self._file: IO[bytes] = os.fdopen(number, "wb")
        self.write = self._file.write

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        with suppress(FileNotFoundError):
            self._path.unlink()

    def put(self, name: str) -> Path:
        """Puts the file, as anybody's new file would be, in its place: under `name` in a directory."""
        self._file.close()
        mask = os.umask(0)
        os.umask(mask)
        self._path.chmod(0o666 & ~mask)
        # Its last part only: a name is not to lead anywhere else.
        target = self._target / Path(name).name if self._target.is_dir() else self._target
        return self._path.replace(target)
