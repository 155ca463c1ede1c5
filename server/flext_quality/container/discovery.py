"""The registry in which clients find the server."""

from __future__ import annotations

from collections.abc import AsyncIterator

from dishka import Provider, Scope, provide

from flext_quality import __version__
from flext_quality.application.ports.discovery import ServiceInstance, ServiceRegistry
from flext_quality.application.ports.http_client import HttpClient
from flext_quality.infrastructure.discovery import guarded
from flext_quality.infrastructure.discovery.addresses import reachable
from flext_quality.infrastructure.discovery.consul import ConsulServiceRegistry
from flext_quality.infrastructure.discovery.redis import RedisServiceRegistry
from flext_quality.infrastructure.discovery.static import StaticServiceRegistry
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from flext_quality.settings import FlextApiSettings


class DiscoveryProvider(Provider):
    """Binds the registry of services that the settings name."""

    scope = Scope.APP

    @provide
    async def _registry(
        self, settings: FlextApiSettings, policies: ResiliencePolicies, http: HttpClient
    ) -> AsyncIterator[ServiceRegistry]:
        registry = service_registry(settings, policies, http)
        yield registry
        await registry.close()


def service_registry(
    settings: FlextApiSettings, policies: ResiliencePolicies, http: HttpClient
) -> ServiceRegistry:
    """The registry that the settings name, asked by its policy. It connects when it is first used."""
    chosen = settings.discovery
    if chosen.registry == "consul":
        token = chosen.consul_token.get_secret_value() if chosen.consul_token else ""
        return ConsulServiceRegistry(http, chosen.consul_url, token)
    if chosen.registry == "redis":
        in_redis = RedisServiceRegistry(chosen.redis_url)
        policy = policies.of(guarded.DEPENDENCY)
        return guarded.GuardedServiceRegistry(in_redis, policy, chosen.registry)
    return StaticServiceRegistry(
        ServiceInstance(
            known.instance_id,
            chosen.service_name,
            known.version,
            known.endpoints,
            known.capabilities,
        )
        for known in chosen.static_instances
    )


def own_instance(
    settings: FlextApiSettings,
    instance_id: str,
    address: str,
    http_address: str,
    capabilities: tuple[str, ...],
) -> ServiceInstance:
    """This server as registries should know it, listening at `address`, and for HTTP at `http_address`."""
    chosen = settings.discovery
    http = f"http://{reachable(http_address, chosen.advertised_host)}" if http_address else ""
    endpoints = {
        "grpc": reachable(address, chosen.advertised_host),
        "health": chosen.health_url or (http and f"{http}/health/ready"),
        "metrics": chosen.metrics_url or (http and f"{http}/metrics"),
    }
    return ServiceInstance(
        instance_id,
        chosen.service_name,
        __version__,
        {purpose: at for purpose, at in endpoints.items() if at},
        capabilities,
    )
