"""Starts a server process and ends it in good order."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from dishka import AsyncContainer, Provider

from flext_quality import __version__
from flext_quality.application.apply_retention import ApplyRetention
from flext_quality.application.expire_decisions import ExpireDecisions
from flext_quality.application.get_server_info import GetServerInfo
from flext_quality.application.health import HealthChecks
from flext_quality.application.keep_registered import KeepRegistered
from flext_quality.application.outside_ports import ServiceRegistry
from flext_quality.application.recover_analyses import RecoverAnalyses
from flext_quality.application.run_analysis import RunAnalysis
from flext_quality.container import build_container
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.jobs.in_process_queue import InProcessJobQueue
from flext_quality.infrastructure.jobs.periodic import Periodic
from flext_quality.infrastructure.observability.logging import configure_logging
from flext_quality.infrastructure.persistence.migrate import upgrade
from flext_quality.outside import own_instance
from flext_quality.rpc.server import RpcServer
from flext_quality.settings import FlextApiSettings, LiveSettings, LoadedSettings
from flext_quality.settings.reload import follow_file
from flext_quality.settings.secret_values import secret_values

_log = structlog.get_logger(__name__)

_RETENTION_SECONDS = 3600.0
"""How often a server removes what is not kept any more."""


_HEALTH_SECONDS = 2.0
"""How often health is told anew."""

_HEARTBEATS_IN_TTL = 3
"""So many go into the registration's time to live: two may be lost."""

_GARBAGE_THRESHOLD = 100_000
"""So many more objects than before start a search; they take some ten MB at most."""


class CannotListenError(Exception):
    """The address cannot be listened on: taken, not ours, or not an address."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"cannot listen on {address}: it is in use, not permitted, or not an address of this machine"
        )
        self.address = address


@dataclass(frozen=True)
class RunningServer:
    """A server that answers. `address` is what clients connect to: "host:port" or "unix:/path"."""

    address: str


def _collect_garbage_seldom() -> None:
    """An analysis makes hundreds of thousands of values, none of them in a cycle.

    With Python's defaults, looking for cycles among them takes a third of the time of tracking them.
    """
    gc.set_threshold(_GARBAGE_THRESHOLD, 10, 10)


@asynccontextmanager
async def running_server(
    settings: FlextApiSettings, *overrides: Provider, loaded: LoadedSettings | None = None
) -> AsyncIterator[RunningServer]:
    """A server that is SERVING within the block and has ended in good order after it.

    Makes the data directory and brings the database up to date first. Analyses whose server is gone are
    taken up, and what is not kept any more is removed, at once and now and then. The registry of services
    knows the server until the end, whenever it can be reached, and health follows the health checks. At
    the end health says NOT_SERVING, running tools are killed and their analyses wait for the next start,
    watchers are told, and other calls get `shutdown_grace` seconds to end. `loaded` tells where the
    settings come from, so that they are kept up while the server runs.

    Raises:
        CannotListenError: the address cannot be listened on.
        NewerDatabaseError: a newer version of the product has used the data directory.
        StorageUnavailableError: the database is away.
    """
    _collect_garbage_seldom()
    _configure_logging(settings)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await upgrade(settings.effective_database_url)
    container = build_container(settings, *overrides)
    try:
        server = await container.get(RpcServer)
        address = _listen(server, settings)
        queue = await container.get(InProcessJobQueue)
        await (await container.get(RecoverAnalyses))()
        queue.start(await container.get(RunAnalysis))
        retention = Periodic("retention", await container.get(ApplyRetention), _RETENTION_SECONDS)
        retention.start()
        expiry = Periodic("expiry", await container.get(ExpireDecisions), settings.expiry_interval)
        expiry.start()
        await server.grpc.start()
        await server.serving()
        _log.info("serving", address=address, version=__version__, instance=queue.instance)
        health = Periodic(
            "health",
            partial(_tell_health, server, await container.get(HealthChecks)),
            _HEALTH_SECONDS,
        )
        health.start()
        announced = await _announced(container, settings, queue.instance, address)
        heartbeat = Periodic("registration", announced, settings.discovery.ttl / _HEARTBEATS_IN_TTL)
        heartbeat.start()
        upkeep = _keep_up(loaded, await container.get(LiveSettings))
        try:
            yield RunningServer(address)
        finally:
            # First, so that nobody is sent here any more.
            await heartbeat.stop()
            await announced.leave()
            await health.stop()
            await _end(upkeep)
            await expiry.stop()
            await retention.stop()
            await _shut_down(container, server, settings.shutdown_grace)
    finally:
        await container.close()


async def serve(loaded: LoadedSettings, on_listening: Callable[[str], None] | None = None) -> None:
    """Serves until SIGTERM or SIGINT. `on_listening` is told the address once clients can connect."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with running_server(loaded.settings, loaded=loaded) as server:
        if on_listening is not None:
            on_listening(server.address)
        await stopped.wait()
        _log.info("stopping")
    _log.info("stopped")


def _configure_logging(settings: FlextApiSettings) -> None:
    observability = settings.observability
    configure_logging(observability.log_format, observability.log_level, secret_values(settings))


def _keep_up(loaded: LoadedSettings | None, live: LiveSettings) -> list[asyncio.Task[None]]:
    """Starts what keeps the settings up: nothing for settings that were made by hand."""
    if loaded is None:
        return []
    for note in loaded.notes:
        _log.warning("settings", note=note)
    tasks = []
    if loaded.vault is not None:
        tasks.append(asyncio.create_task(loaded.vault.keep_alive()))
    if loaded.file is not None and loaded.settings.environment == "development":
        live.follow(_configure_logging)
        tasks.append(asyncio.create_task(follow_file(loaded, live)))
    return tasks


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            _log.error("the settings were not kept up", exc_info=result)


def _listen(server: RpcServer, settings: FlextApiSettings) -> str:
    if settings.api_socket is not None:
        address = f"unix:{settings.api_socket.absolute()}"
    else:
        host = f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host
        address = f"{host}:{settings.api_port}"
    try:
        port = server.grpc.add_insecure_port(address)
    except RuntimeError:
        raise CannotListenError(address) from None
    if settings.api_socket is not None:
        return address
    return f"{address.rpartition(':')[0]}:{port}"


async def _tell_health(server: RpcServer, checks: HealthChecks) -> str:
    """Says by grpc.health what the checks say; which of them fail."""
    failing = sorted(checked.name for checked in await checks() if not checked.is_well)
    await server.tell_health(failing)
    return f"failing: {', '.join(failing) or 'none'}"


async def _announced(
    container: AsyncContainer, settings: FlextApiSettings, instance: str, address: str
) -> KeepRegistered:
    """What makes the server known, as it is now; nothing is sent yet."""
    info = await (await container.get(GetServerInfo))()
    return KeepRegistered(
        await container.get(ServiceRegistry),
        own_instance(settings, instance, address, info.capabilities),
        settings.discovery.ttl,
    )


async def _shut_down(container: AsyncContainer, server: RpcServer, grace: float) -> None:
    await server.not_serving()
    queue = await container.get(InProcessJobQueue)
    await queue.stop()
    # Watchers have heard of the interruption by now; they come back to another server.
    (await container.get(InProcessSignal)).close()
    await server.grpc.stop(grace)
