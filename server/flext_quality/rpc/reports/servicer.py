"""ReportService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc

from flext.quality.v1 import report_service_pb2 as pb
from flext.quality.v1 import report_service_pb2_grpc as pb_grpc
from flext_quality.application.reports.generate_report import GenerateReport
from flext_quality.rpc.reports.mapping import piece_to_proto, query_from_proto


@dataclass(frozen=True)
class ReportServicer(pb_grpc.ReportServiceServicer):
    """Decodes, calls the use case, encodes."""

    generate_report: GenerateReport

    async def GenerateReport(
        self,
        request: pb.GenerateReportRequest,
        context: grpc.aio.ServicerContext[pb.GenerateReportRequest, pb.GenerateReportResponse],
    ) -> AsyncIterator[pb.GenerateReportResponse]:
        """See the contract."""
        async for piece in self.generate_report(query_from_proto(request)):
            yield piece_to_proto(piece)
