"""QualityGateService."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from flext.quality.v1 import quality_gate_service_pb2 as pb
from flext.quality.v1 import quality_gate_service_pb2_grpc as pb_grpc
from flext_quality.application.gates.check_quality_gate import CheckQualityGate
from flext_quality.application.gates.get_quality_gate import GetQualityGate
from flext_quality.application.gates.update_quality_gate import (
    GATE_FIELDS,
    ResetQualityGate,
    UpdateQualityGate,
)
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.rpc.field_masks import changed_fields
from flext_quality.rpc.gates.mapping import (
    gate_from_proto,
    gate_result_to_proto,
    gate_to_proto,
    parse_gate_name,
)


@dataclass(frozen=True)
class QualityGateServicer(pb_grpc.QualityGateServiceServicer):
    """Decodes, calls the use case, encodes."""

    get_quality_gate: GetQualityGate
    update_quality_gate: UpdateQualityGate
    reset_quality_gate: ResetQualityGate
    check_quality_gate: CheckQualityGate

    async def GetQualityGate(
        self,
        request: pb.GetQualityGateRequest,
        context: grpc.aio.ServicerContext[pb.GetQualityGateRequest, pb.GetQualityGateResponse],
    ) -> pb.GetQualityGateResponse:
        """See the contract."""
        project = parse_gate_name(request.name)
        gate = await self.get_quality_gate(project)
        return pb.GetQualityGateResponse(quality_gate=gate_to_proto(project, gate))

    async def UpdateQualityGate(
        self,
        request: pb.UpdateQualityGateRequest,
        context: grpc.aio.ServicerContext[
            pb.UpdateQualityGateRequest, pb.UpdateQualityGateResponse
        ],
    ) -> pb.UpdateQualityGateResponse:
        """See the contract."""
        project = parse_gate_name(request.quality_gate.name, "quality_gate.name")
        fields = changed_fields(request.update_mask, GATE_FIELDS)
        wanted = gate_from_proto(request.quality_gate)
        gate = await self.update_quality_gate(
            project, wanted, fields, etag=request.quality_gate.etag
        )
        return pb.UpdateQualityGateResponse(quality_gate=gate_to_proto(project, gate))

    async def ResetQualityGate(
        self,
        request: pb.ResetQualityGateRequest,
        context: grpc.aio.ServicerContext[pb.ResetQualityGateRequest, pb.ResetQualityGateResponse],
    ) -> pb.ResetQualityGateResponse:
        """See the contract."""
        project = parse_gate_name(request.name)
        gate = await self.reset_quality_gate(project, etag=request.etag)
        return pb.ResetQualityGateResponse(quality_gate=gate_to_proto(project, gate))

    async def CheckQualityGate(
        self,
        request: pb.CheckQualityGateRequest,
        context: grpc.aio.ServicerContext[pb.CheckQualityGateRequest, pb.CheckQualityGateResponse],
    ) -> pb.CheckQualityGateResponse:
        """See the contract."""
        project = ProjectName.parse(request.parent, "parent")
        analysis = AnalysisName.parse(request.analysis, "analysis") if request.analysis else None
        if analysis is not None and analysis.project != project:
            raise invalid_field("analysis", f"must be an analysis of {project}")
        wanted = gate_from_proto(request.quality_gate) if request.HasField("quality_gate") else None
        name, result = await self.check_quality_gate(project, analysis, wanted)
        return pb.CheckQualityGateResponse(result=gate_result_to_proto(result), analysis=str(name))
