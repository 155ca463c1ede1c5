"""A bare grpc.aio server: `python -m benchmarks.peer FILE`.

It knows nothing of any contract. A unary call is answered with the bytes it brought; `StreamFindings`
and `ExportIssues` with the messages of FILE (see `framing`), which it holds in memory.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import grpc

from benchmarks.framing import read_messages

ECHO = "/benchmarks.Peer/Echo"
_STREAMS = (
    "/flext.quality.v1.AnalysisService/StreamFindings",
    "/flext.quality.v1.IssueService/ExportIssues",
)


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, messages: list[bytes]) -> None:
        async def echo(request: bytes, context: object) -> bytes:  # noqa: ARG001  # as gRPC calls it
            return request

        async def stream(request: bytes, context: object) -> AsyncIterator[bytes]:  # noqa: ARG001
            for message in messages:
                yield message

        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            ECHO: grpc.unary_unary_rpc_method_handler(echo),
            **{name: grpc.unary_stream_rpc_method_handler(stream) for name in _STREAMS},
        }

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        return self._handlers.get(handler_call_details.method)


async def _serve(messages: list[bytes]) -> None:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_Handlers(messages),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(_serve(read_messages(Path(sys.argv[1]))))
