"""The health checks of all that the settings make the server depend on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from dishka import Provider, Scope, provide

from flext_quality.application.ports.health import HealthCheck
from flext_quality.application.ports.plugins import PluginGroup
from flext_quality.application.system.health import HealthChecks
from flext_quality.container.brokers import broker_of
from flext_quality.infrastructure.jobs.instances import Instance
from flext_quality.infrastructure.persistence.engine import Database
from flext_quality.infrastructure.persistence.health import DatabaseCheck
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.infrastructure.redis.access import RedisAccess
from flext_quality.infrastructure.redis.health import RedisCheck
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from flext_quality.infrastructure.sources.data_directory import DataDirectoryCheck
from flext_quality.settings import BROKERS, FlextApiSettings


class HealthProvider(Provider):
    """Gathers what each adapter and each plugin has."""

    scope = Scope.APP

    @provide
    async def health_checks(
        self,
        settings: FlextApiSettings,
        database: Database,
        redis: RedisAccess | None,
        policies: ResiliencePolicies,
        instance: Instance,
        plugins: LoadedPlugins,
    ) -> AsyncIterator[HealthChecks]:
        of_plugins: Mapping[str, HealthCheck] = plugins.of(PluginGroup.HEALTH_CHECKS)
        checks: list[HealthCheck] = [
            DatabaseCheck(database),
            DataDirectoryCheck(settings.data_dir),
        ]
        if redis is not None:
            checks.append(RedisCheck(redis))
        kind = settings.events.publisher
        # A plugin's publisher is known to itself alone.
        if kind == "none" or kind not in BROKERS:
            yield HealthChecks([*checks, *of_plugins.values()])
            return
        from flext_quality.infrastructure.events.guarded import DEPENDENCY
        from flext_quality.infrastructure.events.health import BrokerCheck

        # A connection of its own: a broker that hangs in a long read would look unwell.
        broker = broker_of(settings, instance)
        checks.append(BrokerCheck(broker, policies.of(DEPENDENCY), kind))
        yield HealthChecks([*checks, *of_plugins.values()])
        await broker.close()
