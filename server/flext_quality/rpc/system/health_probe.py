"""Asks a server how it is, by the standard health protocol of gRPC (grpc.health.v1)."""

from __future__ import annotations

from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

SERVING = "SERVING"


def ask_health(target: str, service: str, seconds: float) -> str:
    """What a server says of one of its services, or of itself as a whole if `service` is empty.

    Waits at most `seconds`, also for the connection. The answer is the name of a serving status, such as
    `SERVING` and `NOT_SERVING`, or that of the gRPC status that came instead, such as `UNAVAILABLE` (nobody
    listens) and `NOT_FOUND` (the server has no such service).
    """
    request = health_pb2.HealthCheckRequest(service=service)
    with grpc.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its types know none of its methods
        try:
            answer = stub.Check(request, timeout=seconds, wait_for_ready=True)
        except grpc.RpcError as error:
            return str(error.code().name)
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
