"""Reports as they come from the server, to be read or saved."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from flext.quality.v1.report_pb2 import ReportFormat, ReportKind
from flext.quality.v1.report_service_pb2 import GenerateReportRequest
from flext.quality.v1.report_service_pb2_grpc import ReportServiceStub
from flext_quality_client._async.transport import AsyncTransport
from flext_quality_client._async.wire import Stream, in_thread
from flext_quality_client.calls.times import timestamp
from flext_quality_client.reports import Replacement, ReportCursor


class AsyncReports:
    """The reports of projects."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport

    def generate(
        self,
        project: str,
        kind: ReportKind,
        format: ReportFormat | str,  # noqa: A002  # as in the contract
        *,
        analysis: str = "",
        base_analysis: str = "",
        start_time: datetime | None = None,
        branch: str = "",
    ) -> AsyncReport:
        """A report of a project, to be iterated over or saved. Nothing is sent before that.

        Of `analysis`, or the latest of `branch`, which is the main line if empty; a comparison with
        `base_analysis`, or the one before; a trend of the branch from `start_time`, which needs its zone, or
        of 90 days. A format that a plugin brought has a name, which the server's information lists.
        """
        request = GenerateReportRequest(
            parent=project,
            kind=kind,
            format=None if isinstance(format, str) else format,
            plugin_format=format if isinstance(format, str) else "",
            analysis=analysis,
            base_analysis=base_analysis,
            start_time=timestamp(start_time),
            branch=branch,
        )
        return AsyncReport(self._calls, request)


class AsyncReport:
    """A report. Iterating asks for it and gives its bytes in pieces."""

    def __init__(self, transport: AsyncTransport, request: GenerateReportRequest) -> None:
        self._calls = transport
        self._stub = ReportServiceStub(transport.channel)
        self._cursor = ReportCursor(request)

    @property
    def media_type(self) -> str:
        """What it is, such as "application/pdf"; empty before the first bytes have come."""
        return self._cursor.info.media_type if self._cursor.info else ""

    @property
    def file_name(self) -> str:
        """A name for its file; empty before the first bytes have come."""
        return self._cursor.info.file_name if self._cursor.info else ""

    def __aiter__(self) -> Stream[bytes]:
        self._cursor = ReportCursor(self._cursor.request)
        return self._calls.stream(self._stub.GenerateReport, self._cursor)

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes it to `path` or, if that is a directory, under its own name in there. Tells where it is.

        A file that is there is replaced as a whole, or not at all.
        """
        with Replacement(path) as file:
            async for piece in self:
                await in_thread(file.write, piece)
            return await in_thread(file.put, self.file_name)
