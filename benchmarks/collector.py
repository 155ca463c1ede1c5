"""A receiver of OTLP over gRPC that throws everything away: `python -m benchmarks.collector`."""

from __future__ import annotations

import asyncio

import grpc

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self) -> None:
        async def export(request: bytes, context: object) -> bytes:  # noqa: ARG001  # as gRPC calls it
            return b""  # an empty answer: all were taken

        self._export: grpc.RpcMethodHandler[bytes, bytes]
        self._export = grpc.unary_unary_rpc_method_handler(export)

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        return self._export if handler_call_details.method == _EXPORT else None


async def _serve() -> None:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_Handlers(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(_serve())
