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
from flext_quality_client.transport import Transport
from flext_quality_client.transport_aio import AsyncTransport


class Gates:
    """The projects' quality gates. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: Transport) -> None:
        self._calls = transport
        self._stub = QualityGateServiceStub(transport.channel)

    def get(self, project: str) -> QualityGate:
        """The gate of "projects/{project}"; the default one if the project has not set its own."""
        request = GetQualityGateRequest(name=gate_name(project))
        return self._calls.unary(self._stub.GetQualityGate, request).quality_gate

    def update(self, gate: QualityGate, fields: Iterable[str] = ("*",)) -> QualityGate:
        """Changes the named fields of the gate that `gate.name` names; "*" stands for all.

        With its etag only if nobody else changed it in between; such a call is not repeated by itself.
        """
        request = UpdateQualityGateRequest(quality_gate=gate, update_mask=FieldMask(paths=fields))
        return self._calls.unary(
            self._stub.UpdateQualityGate, request, repeatable=not gate.etag
        ).quality_gate

    def reset(self, project: str, *, etag: str = "") -> QualityGate:
        """Gives the project the default gate again. With an etag as `update`."""
        request = ResetQualityGateRequest(name=gate_name(project), etag=etag)
        return self._calls.unary(
            self._stub.ResetQualityGate, request, repeatable=not etag
        ).quality_gate

    def check(
        self, project: str, analysis: str = "", gate: QualityGate | None = None
    ) -> CheckQualityGateResponse:
        """Whether a gate (the project's, or `gate`) would pass on an analysis (the latest, or that one).

        Changes nothing.
        """
        request = CheckQualityGateRequest(parent=project, analysis=analysis, quality_gate=gate)
        return self._calls.unary(self._stub.CheckQualityGate, request)


class AsyncGates:
    """As `Gates`, for asyncio."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = QualityGateServiceStub(transport.channel)

    async def get(self, project: str) -> QualityGate:
        """As `Gates.get`."""
        request = GetQualityGateRequest(name=gate_name(project))
        return (await self._calls.unary(self._stub.GetQualityGate, request)).quality_gate

    async def update(self, gate: QualityGate, fields: Iterable[str] = ("*",)) -> QualityGate:
        """As `Gates.update`."""
        request = UpdateQualityGateRequest(quality_gate=gate, update_mask=FieldMask(paths=fields))
        response = await self._calls.unary(
            self._stub.UpdateQualityGate, request, repeatable=not gate.etag
        )
        return response.quality_gate

    async def reset(self, project: str, *, etag: str = "") -> QualityGate:
        """As `Gates.reset`."""
        request = ResetQualityGateRequest(name=gate_name(project), etag=etag)
        response = await self._calls.unary(
            self._stub.ResetQualityGate, request, repeatable=not etag
        )
        return response.quality_gate

    async def check(
        self, project: str, analysis: str = "", gate: QualityGate | None = None
    ) -> CheckQualityGateResponse:
        """As `Gates.check`."""
        request = CheckQualityGateRequest(parent=project, analysis=analysis, quality_gate=gate)
        return await self._calls.unary(self._stub.CheckQualityGate, request)


def gate_name(project: str) -> str:
    """The name of the gate of "projects/{project}"."""
    return f"{project}/qualityGate"
