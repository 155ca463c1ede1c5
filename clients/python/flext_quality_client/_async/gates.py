"""Quality gates: get, change, and try on an analysis."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1.quality_gate_pb2 import QualityGate
from flext.quality.v1.quality_gate_service_pb2 import (
    CheckQualityGateRequest,
    CheckQualityGateResponse,
    GetQualityGateRequest,
    ResetQualityGateRequest,
    UpdateQualityGateRequest,
)
from flext.quality.v1.quality_gate_service_pb2_grpc import QualityGateServiceStub
from flext_quality_client._async.transport import AsyncTransport


class AsyncGates:
    """The projects' quality gates. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = QualityGateServiceStub(transport.channel)

    async def get(self, project: str) -> QualityGate:
        """The gate of "projects/{project}"; the default one if the project has not set its own."""
        request = GetQualityGateRequest(name=_gate_name(project))
        response = await self._calls.unary(self._stub.GetQualityGate, request)
        return response.quality_gate

    async def update(self, gate: QualityGate, fields: Iterable[str] = ("*",)) -> QualityGate:
        """Changes the named fields of the gate that `gate.name` names; "*" stands for all.

        With its etag only if nobody else changed it in between.
        """
        request = UpdateQualityGateRequest(quality_gate=gate, update_mask=FieldMask(paths=fields))
        response = await self._calls.unary(self._stub.UpdateQualityGate, request)
        return response.quality_gate

    async def reset(self, project: str, *, etag: str = "") -> QualityGate:
        """Gives the project the default gate again. With an etag as `update`."""
        request = ResetQualityGateRequest(name=_gate_name(project), etag=etag)
        response = await self._calls.unary(self._stub.ResetQualityGate, request)
        return response.quality_gate

    async def check(
        self,
        project: str,
        analysis: str = "",
        gate: QualityGate | None = None,
        *,
        branch: str = "",
    ) -> CheckQualityGateResponse:
        """Whether a gate (the project's, or `gate`) would pass on an analysis (the branch's latest, or that).

        Changes nothing.
        """
        request = CheckQualityGateRequest(
            parent=project, analysis=analysis, quality_gate=gate, branch=branch
        )
        return await self._calls.unary(self._stub.CheckQualityGate, request)


def _gate_name(project: str) -> str:
    return f"{project}/qualityGate"
