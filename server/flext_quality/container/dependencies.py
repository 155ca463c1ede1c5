"""Services that the server depends on: Redis, HTTP, the shared cache, and the policies for asking them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from urllib.parse import urlsplit

from dishka import Provider, Scope, provide

from flext_quality.application.ports.cache import Cache
from flext_quality.application.ports.http_client import HttpClient
from flext_quality.application.ports.observability import Instruments
from flext_quality.application.ports.resilience import BreakerListener
from flext_quality.infrastructure.cache.memory import MemoryCache
from flext_quality.infrastructure.cache.redis import RedisCache
from flext_quality.infrastructure.discovery.guarded import DEPENDENCY as REGISTRY
from flext_quality.infrastructure.http.client import HttpClientAdapter
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.observability.telemetry import Telemetry
from flext_quality.infrastructure.redis.access import RedisAccess, RedisOptions
from flext_quality.infrastructure.redis.breaker_records import SharedBreakerRecords
from flext_quality.infrastructure.resilience.breaker_records import BreakerRecords
from flext_quality.infrastructure.resilience.listeners import (
    CountingListener,
    Listeners,
    LoggingListener,
)
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies, ResiliencePolicy
from flext_quality.settings import FlextApiSettings


class DependenciesProvider(Provider):
    """Binds Redis where it is configured, the HTTP client, the shared cache and their resilience policies."""

    scope = Scope.APP

    @provide
    def listeners(self, instruments: Instruments) -> Listeners:
        return Listeners(LoggingListener(), CountingListener(instruments))

    @provide
    async def redis(
        self, settings: FlextApiSettings, listeners: Listeners, telemetry: Telemetry
    ) -> AsyncIterator[RedisAccess | None]:
        if not settings.redis.url:
            yield None
            return
        options = _policy_options(settings, "redis")
        policy = ResiliencePolicy("redis", options, listener=listeners)
        wanted = RedisOptions(**settings.redis.model_dump())
        access = RedisAccess(wanted, policy, on_client=telemetry.trace_redis)
        yield access
        await access.close()

    @provide
    def policies(
        self, settings: FlextApiSettings, listeners: Listeners, redis: RedisAccess | None
    ) -> ResiliencePolicies:
        records = None if redis is None else SharedBreakerRecords(redis)
        return resilience_policies(settings, records, listeners)

    @provide
    async def http(
        self, settings: FlextApiSettings, policies: ResiliencePolicies, telemetry: Telemetry
    ) -> AsyncIterator[HttpClient]:
        client = HttpClientAdapter(http_options(settings), policies, on_client=telemetry.trace_http)
        yield client
        await client.close()

    @provide
    async def shared_cache(self, redis: RedisAccess | None) -> AsyncIterator[Cache]:
        if redis is None:
            cache: MemoryCache | RedisCache = MemoryCache()
        else:
            cache = RedisCache(redis)
        yield cache
        await cache.close()


def http_options(settings: FlextApiSettings) -> HttpOptions:
    """How other servers are asked."""
    http, security = settings.http, settings.security
    slack = settings.notifications.slack.webhook_url
    named = (urlsplit(slack.get_secret_value()).netloc,) if slack is not None else ()
    return HttpOptions(
        allowed_hosts=(*security.allowed_external_hosts, *named),
        internal_hosts=security.allowed_internal_hosts,
        connect_timeout=http.connect_timeout,
        read_timeout=http.read_timeout,
        max_answer_bytes=http.max_answer_bytes,
        max_redirects=http.max_redirects,
        cache_path=settings.data_dir / "http-cache.db" if http.cache == "disk" else None,
        cache_max_bytes=0 if http.cache == "off" else http.cache_max_bytes,
    )


def resilience_policies(
    settings: FlextApiSettings,
    records: BreakerRecords | None = None,
    listener: BreakerListener | None = None,
) -> ResiliencePolicies:
    """The policies of what the server depends on."""
    return ResiliencePolicies(
        partial(_policy_options, settings),
        records=records,
        # Consul's agent is beside each server.
        own={REGISTRY},
        listener=listener,
    )


def _policy_options(settings: FlextApiSettings, dependency: str) -> PolicyOptions:
    return PolicyOptions(**settings.resilience.policy_of(dependency).model_dump())
