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
from flext_quality.application.analyses.run_analysis import RunAnalysis
from flext_quality.application.jobs.apply_retention import ApplyRetention
from flext_quality.application.jobs.consume_commands import ConsumeCommands
from flext_quality.application.jobs.expire_decisions import ExpireDecisions
from flext_quality.application.jobs.forget_deliveries import ForgetDeliveries
from flext_quality.application.jobs.keep_registered import KeepRegistered
from flext_quality.application.jobs.plan_notifications import PlanNotifications
from flext_quality.application.jobs.record_breakers import RecordBreakers
from flext_quality.application.jobs.recover_analyses import RecoverAnalyses
from flext_quality.application.jobs.relay_events import RelayEvents
from flext_quality.application.jobs.rotate_secrets import RotateSecrets
from flext_quality.application.jobs.send_deliveries import SendDeliveries
from flext_quality.application.ports.discovery import ServiceRegistry
from flext_quality.application.system.get_server_info import GetServerInfo
from flext_quality.application.system.health import HealthChecks
from flext_quality.container import build_container
from flext_quality.container.discovery import own_instance
from flext_quality.container.plugins import publisher_plugin
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.http.server import HttpServer
from flext_quality.infrastructure.jobs.forever import Forever
from flext_quality.infrastructure.jobs.in_process_queue import InProcessJobQueue
from flext_quality.infrastructure.jobs.periodic import Periodic
from flext_quality.infrastructure.observability.logging import configure_logging
from flext_quality.infrastructure.observability.telemetry import Telemetry
from flext_quality.infrastructure.persistence.migrate import upgrade
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.infrastructure.resilience.listeners import Listeners
from flext_quality.rpc.server import RpcServer
from flext_quality.settings import (
    FlextApiSettings,
    LiveSettings,
    LoadedSettings,
    ObservabilitySettings,
)
from flext_quality.settings.reload import follow_file
from flext_quality.settings.secret_values import secret_values

_log = structlog.get_logger(__name__)

_RETENTION_SECONDS = 3600.0
"""How often a server removes what is not kept any more."""


_HEALTH_SECONDS = 2.0
"""How often health is told anew."""

_HEARTBEATS_IN_TTL = 3
"""Heartbeats for each time to live of the registration: two in a row may be lost."""

_GARBAGE_THRESHOLD = 100_000
"""New objects after which Python looks for cycles; they take some ten MB at most."""


class CannotListenError(Exception):
    """The address cannot be listened on: taken, not ours, or not an address."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"cannot listen on {address}: it is in use, not permitted, or not an address of this machine"
        )
        self.address = address


@dataclass(frozen=True)
class RunningServer:
    """A server that answers.

    Attributes:
        address: what clients connect to: "host:port" or "unix:/path".
        http_address: where metrics and health are, "host:port"; empty where they are not served.
    """

    address: str
    http_address: str = ""


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
        InvalidFieldError: events should be published by a plugin that is not there.
        NewerDatabaseError: a newer version of the product has used the data directory.
        StorageUnavailableError: the database is away.
    """
    _collect_garbage_seldom()
    _configure_logging(settings, Telemetry())
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await upgrade(settings.effective_database_url)
    container = build_container(settings, *overrides)
    http: HttpServer | None = None
    try:
        telemetry = await container.get(Telemetry)
        if telemetry.log_processors:
            _configure_logging(settings, telemetry)
        publisher_plugin(settings, await container.get(LoadedPlugins))
        server = await container.get(RpcServer)
        address = _listen(server, settings)
        http_address = ""
        if settings.observability.http_port is not None:
            http = await container.get(HttpServer)
            http_address = await _listen_http(http, settings.observability)
        recording = await _recording(container)
        queue = await container.get(InProcessJobQueue)
        await (await container.get(RecoverAnalyses))()
        queue.start(await container.get(RunAnalysis))
        jobs: list[Forever | Periodic] = [
            recording,
            *await _upkeep(container, settings),
            *await _notifying(container, settings),
        ]
        for job in jobs:
            job.start()
        await server.grpc.start()
        await server.serving()
        exchange = await _start_exchange(container, settings)
        _log.info(
            "serving",
            address=address,
            version=__version__,
            instance=queue.instance,
            **({"http": http_address} if http_address else {}),
        )
        running = RunningServer(address, http_address)
        announced = await _announced(container, settings, queue.instance, running)
        heartbeat = Periodic("registration", announced, settings.discovery.ttl / _HEARTBEATS_IN_TTL)
        heartbeat.start()
        upkeep = _keep_up(loaded, await container.get(LiveSettings), telemetry)
        try:
            yield running
        finally:
            # First, so that nobody is sent here any more.
            await heartbeat.stop()
            await announced.leave()
            await exchange.stop()
            for job in reversed(jobs):
                await job.stop()
            await _end(upkeep)
            await _shut_down(container, server, settings.shutdown_grace)
    finally:
        # Last, so that health can tell of the end.
        if http is not None:
            await http.stop()
        await container.close()


@dataclass(frozen=True)
class _Exchange:
    """Events out and commands in, as far as the settings ask for them."""

    jobs: tuple[Forever, ...] = ()
    relay: RelayEvents | None = None

    async def stop(self) -> None:
        for job in self.jobs:
            await job.stop()
        if self.relay is not None:
            try:
                await self.relay.stop()
            except StorageUnavailableError:
                _log.warning("the relay's turn could not be given up; it ends by itself")


async def _start_exchange(container: AsyncContainer, settings: FlextApiSettings) -> _Exchange:
    if settings.events.publisher == "none":
        return _Exchange()
    relay = await container.get(RelayEvents)
    jobs = [Forever("events", relay)]
    if settings.events.consume_commands:
        jobs.append(Forever("commands", await container.get(ConsumeCommands)))
    for job in jobs:
        job.start()
    return _Exchange(tuple(jobs), relay)


async def _recording(container: AsyncContainer) -> Forever:
    """What stores changes of circuit breakers."""
    record = await container.get(RecordBreakers)
    (await container.get(Listeners)).add(record)
    return Forever("circuit breakers", record)


async def _upkeep(container: AsyncContainer, settings: FlextApiSettings) -> list[Periodic]:
    """What is done now and then: old measures, decisions whose time is over, health."""
    checks = partial(
        _tell_health, await container.get(RpcServer), await container.get(HealthChecks)
    )
    return [
        Periodic("retention", await container.get(ApplyRetention), _RETENTION_SECONDS),
        Periodic("expiry", await container.get(ExpireDecisions), settings.expiry_interval),
        Periodic("health", checks, _HEALTH_SECONDS),
    ]


async def _notifying(container: AsyncContainer, settings: FlextApiSettings) -> list[Periodic]:
    """What makes, sends and removes messages."""
    if not settings.notifications.enabled:
        return []
    seconds = settings.notifications.poll_interval
    return [
        Periodic("notifications", await container.get(PlanNotifications), seconds),
        Periodic("deliveries", await container.get(SendDeliveries), seconds),
        Periodic("stored secrets", await container.get(RotateSecrets), _RETENTION_SECONDS),
        Periodic("old deliveries", await container.get(ForgetDeliveries), _RETENTION_SECONDS),
    ]


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


def _keep_up(
    loaded: LoadedSettings | None, live: LiveSettings, telemetry: Telemetry
) -> list[asyncio.Task[None]]:
    """Starts what keeps the settings up: nothing for settings that were made by hand."""
    if loaded is None:
        return []
    for note in loaded.notes:
        _log.warning("settings", note=note)
    tasks = []
    if loaded.vault is not None:
        tasks.append(asyncio.create_task(loaded.vault.keep_alive()))
    if loaded.file is not None and loaded.settings.environment == "development":
        live.follow(lambda settings: _configure_logging(settings, telemetry))
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


async def _listen_http(http: HttpServer, settings: ObservabilitySettings) -> str:
    port = settings.http_port or 0
    try:
        return await http.start(settings.http_host, port)
    except OSError:
        raise CannotListenError(f"{settings.http_host}:{port}") from None


def _configure_logging(settings: FlextApiSettings, telemetry: Telemetry) -> None:
    configure_logging(
        settings.observability.log_format,
        settings.observability.log_level,
        secret_values(settings),
        telemetry.log_processors,
    )


async def _tell_health(server: RpcServer, checks: HealthChecks) -> str:
    """Says by grpc.health what the checks say; which of them fail."""
    unwell = [checked for checked in await checks() if not checked.is_well]
    if server.is_serving:  # neither before the start nor after the end
        await server.tell_health([checked.name for checked in unwell if checked.is_vital])
    failing = sorted(checked.name for checked in unwell)
    return f"failing: {', '.join(failing) or 'none'}"


async def _announced(
    container: AsyncContainer, settings: FlextApiSettings, instance: str, running: RunningServer
) -> KeepRegistered:
    """What makes the server known, as it is now; nothing is sent yet."""
    info = await (await container.get(GetServerInfo))()
    return KeepRegistered(
        await container.get(ServiceRegistry),
        own_instance(settings, instance, running.address, running.http_address, info.capabilities),
        settings.discovery.ttl,
    )


async def _shut_down(container: AsyncContainer, server: RpcServer, grace: float) -> None:
    await server.not_serving()
    queue = await container.get(InProcessJobQueue)
    await queue.stop()
    # Watchers have heard of the interruption by now; they come back to another server.
    (await container.get(InProcessSignal)).close()
    await server.grpc.stop(grace)
