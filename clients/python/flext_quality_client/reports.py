"""Reports as they come from the server, to be read or saved."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
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


class _Download:
    def __init__(self, request: GenerateReportRequest) -> None:
        self._cursor = ReportCursor(request)

    def _begin(self) -> ReportCursor:
        self._cursor = ReportCursor(self._cursor.request)
        return self._cursor

    @property
    def media_type(self) -> str:
        """What it is, such as "application/pdf"; empty before the first bytes have come."""
        return self._cursor.info.media_type if self._cursor.info else ""

    @property
    def file_name(self) -> str:
        """A name for its file; empty before the first bytes have come."""
        return self._cursor.info.file_name if self._cursor.info else ""

    def _target(self, path: str | os.PathLike[str]) -> Path:
        target = Path(path)
        # Its last part only: a name is not to lead anywhere else.
        return target / Path(self.file_name).name if target.is_dir() else target


class Report(_Download):
    """A report. Iterating asks for it and gives its bytes in pieces."""

    def __init__(
        self,
        request: GenerateReportRequest,
        stream: Callable[[ReportCursor], Iterator[bytes]],
    ) -> None:
        super().__init__(request)
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return self._stream(self._begin())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes it to `path` or, if that is a directory, under its own name in there. Tells where it is.

        A file that is there is replaced as a whole, or not at all.
        """
        with _Replacement(Path(path)) as file:
            for piece in self:
                file.write(piece)
            return file.put(self._target(path))


class AsyncReport(_Download):
    """As `Report`, for asyncio."""

    def __init__(
        self,
        request: GenerateReportRequest,
        stream: Callable[[ReportCursor], AsyncIterator[bytes]],
    ) -> None:
        super().__init__(request)
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream(self._begin())

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """As `Report.save`."""
        with _Replacement(Path(path)) as file:
            async for piece in self:
                await asyncio.to_thread(file.write, piece)
            return await asyncio.to_thread(file.put, self._target(path))


class _Replacement:
    """A file beside the one that it will replace. Without `put` it leaves no trace."""

    def __init__(self, path: Path) -> None:
        directory = path if path.is_dir() else path.parent
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

    def put(self, target: Path) -> Path:
        """Puts the file, as anybody's new file would be, in its place."""
        self._file.close()
        mask = os.umask(0)
        os.umask(mask)
        self._path.chmod(0o666 & ~mask)
        self._path.replace(target)
        return target
