"""MetricsService."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from flext.quality.v1 import metrics_service_pb2 as pb
from flext.quality.v1 import metrics_service_pb2_grpc as pb_grpc
from flext_quality.application.get_project_metrics import GetProjectMetrics
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.rpc.metrics_mapping import metrics_to_proto


@dataclass(frozen=True)
class MetricsServicer(pb_grpc.MetricsServiceServicer):
    """Decodes, calls the use case, encodes."""

    get_project_metrics: GetProjectMetrics

    async def GetProjectMetrics(
        self,
        request: pb.GetProjectMetricsRequest,
        context: grpc.aio.ServicerContext[
            pb.GetProjectMetricsRequest, pb.GetProjectMetricsResponse
        ],
    ) -> pb.GetProjectMetricsResponse:
        """See the contract."""
        project = ProjectName.parse(request.project)
        analysis = AnalysisName.parse(request.analysis) if request.analysis else None
        if analysis is not None and analysis.project != project:
            raise invalid_field("analysis", f"must be an analysis of {project}")
        metrics = await self.get_project_metrics(project, analysis)
        return pb.GetProjectMetricsResponse(metrics=metrics_to_proto(metrics))
