"""SystemService."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from flext.quality.v1 import system_service_pb2 as pb
from flext.quality.v1 import system_service_pb2_grpc as pb_grpc
from flext_quality.application.system.get_server_info import GetServerInfo
from flext_quality.rpc.system.mapping import server_info_to_proto


@dataclass(frozen=True)
class SystemServicer(pb_grpc.SystemServiceServicer):
    """Decodes, calls the use case, encodes."""

    get_server_info: GetServerInfo

    async def GetServerInfo(
        self,
        request: pb.GetServerInfoRequest,
        context: grpc.aio.ServicerContext[pb.GetServerInfoRequest, pb.GetServerInfoResponse],
    ) -> pb.GetServerInfoResponse:
        """See the contract."""
        info = await self.get_server_info()
        return pb.GetServerInfoResponse(server_info=server_info_to_proto(info))
