"""The server itself."""

from __future__ import annotations

from flext.quality.v1.system_service_pb2 import GetServerInfoRequest, ServerInfo
from flext.quality.v1.system_service_pb2_grpc import SystemServiceStub
from flext_quality_client._async.transport import AsyncTransport


class AsyncSystem:
    """The server itself."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = SystemServiceStub(transport.channel)

    async def info(self) -> ServerInfo:
        """What the server is: version, capabilities, limits, analyzers, formats of reports."""
        response = await self._calls.unary(self._stub.GetServerInfo, GetServerInfoRequest())
        return response.server_info
