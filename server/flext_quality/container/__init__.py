"""The composition root: the only place where a port meets an adapter."""

from __future__ import annotations

from dishka import AsyncContainer, Provider, make_async_container

from flext_quality.container.adapters import AdaptersProvider
from flext_quality.container.analyzers import AnalyzersProvider
from flext_quality.container.brokers import BrokerProvider
from flext_quality.container.dependencies import DependenciesProvider
from flext_quality.container.discovery import DiscoveryProvider
from flext_quality.container.health import HealthProvider
from flext_quality.container.plugins import PluginsProvider
from flext_quality.container.rpc import RpcProvider
from flext_quality.container.server_info import ServerInfoProvider
from flext_quality.container.use_cases import UseCasesProvider
from flext_quality.settings import FlextApiSettings, LiveSettings, create_api_settings


def build_container(settings: FlextApiSettings, *overrides: Provider) -> AsyncContainer:
    """Everything a server process is made of; the graph is checked here.

    `overrides` come last and win, so that a test can replace any part. Closing the container closes what
    it made, in the reverse order.
    """
    return make_async_container(
        AdaptersProvider(),
        AnalyzersProvider(),
        DependenciesProvider(),
        UseCasesProvider(),
        BrokerProvider(),
        HealthProvider(),
        RpcProvider(),
        PluginsProvider(),
        DiscoveryProvider(),
        ServerInfoProvider(),
        *overrides,
        context={FlextApiSettings: settings, LiveSettings: LiveSettings(settings)},
    )


def get_quality_container(
    settings: FlextApiSettings | None = None, *overrides: Provider
) -> AsyncContainer:
    """A container of everything, for programs that embed the service: docs/container.md.

    Without `settings`, those of the environment. What is bound, and how long it lives, stands in typed
    providers: once (`Scope.APP`), once for each `async with container()` (`Scope.REQUEST`), or anew each
    time (`cache=False`). What is an async generator is started by its first use; `close` ends everything
    in the reverse order. Overrides come last and win.

        container = get_quality_container()
        create = await container.get(CreateProject)
        await container.close()

    The database has to be at its newest revision, as `flext-quality serve` leaves it.

    Raises:
        InvalidFieldError: a setting is wrong; it names each.
        dishka.exceptions.GraphValidationError: something that is needed is bound nowhere.
    """
    return build_container(
        create_api_settings().unwrap() if settings is None else settings, *overrides
    )
