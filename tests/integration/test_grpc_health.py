"""grpc.health says of each service whether it can do its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from dishka import Provider, Scope, provide
from grpc_health.v1 import health_pb2, health_pb2_grpc

from flext_quality.application.system.health import HealthChecks
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.result import FlextResult
from tests.conftest import StartServer
from tests.waiting import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@dataclass
class _Check:
    name: str
    is_well: bool = True
    is_vital: bool = True

    async def check(self) -> FlextResult[str]:
        if self.is_well:
            return FlextResult.ok("well")
        return FlextResult.fail(StorageUnavailableError())


class _WithChecks(Provider):
    scope = Scope.APP

    def __init__(self, *checks: _Check) -> None:
        super().__init__()
        self._checks = checks

    @provide(override=True)
    def _all(self) -> HealthChecks:
        return HealthChecks(self._checks, lifetime_seconds=0.0)


async def test_health_follows_the_checks(start_server: StartServer) -> None:
    """A service is NOT_SERVING only while something fails that it needs, and SERVING again after."""
    database, directory = _Check("database"), _Check("data_directory")
    # What nobody needs changes nothing, however it is.
    redis = _Check("redis", is_well=False, is_vital=False)
    server = start_server(providers=(_WithChecks(database, directory, redis),))
    stub: Any = health_pb2_grpc.HealthStub(grpc.insecure_channel(server.address))

    def state(service: str) -> int:
        name = service and f"flext.quality.v1.{service}"
        status: int = stub.Check(health_pb2.HealthCheckRequest(service=name)).status
        return status

    async def is_down() -> bool:
        return state("") == NOT_SERVING

    async def is_up() -> bool:
        return state("") == SERVING

    assert await is_up()
    directory.is_well = False
    await until(is_down)
    assert (NOT_SERVING, SERVING) == (state("AnalysisService"), state("ProjectService"))
    directory.is_well = True
    await until(is_up)
    database.is_well = False
    await until(is_down)
    assert (NOT_SERVING, SERVING) == (state("ProjectService"), state("SystemService"))
    database.is_well = True
    await until(is_up)
    assert SERVING == state("AnalysisService")
