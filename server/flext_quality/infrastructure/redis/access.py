"""The one way to Redis: a client that is made by the first use, behind a policy of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flext_quality.domain.errors import QualityError
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import ExternalServiceUnavailableError
from flext_quality.infrastructure.resilience.policy import ResiliencePolicy

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RedisOptions:
    """Where Redis is. All keys and channels begin with the prefix; times in seconds.

    Attributes:
        connection_pool_size: how many connections are open at most.
    """

    url: str
    key_prefix: str = "flext-quality:"
    connect_timeout: float = 1.0
    timeout: float = 1.0
    connection_pool_size: int = 32


class RedisAccess:
    """Redis, which may be away: every answer is a result, and an open circuit costs nothing.

    `on_client` is told the client when it is made. The policy's breaker has to remember in this process:
    Redis cannot tell that it is away.
    """

    def __init__(
        self,
        options: RedisOptions,
        policy: ResiliencePolicy,
        on_client: Callable[[Redis], None] | None = None,
    ) -> None:
        self._options = options
        self._policy = policy
        self._on_client = on_client
        self._client: Redis | None = None

    def key(self, name: str) -> str:
        """The name with our prefix."""
        return self._options.key_prefix + name

    @property
    def client(self) -> Redis:
        """The client, without the policy: for those who hold a connection open."""
        if self._client is None:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff

            self._client = Redis.from_url(
                self._options.url,
                socket_connect_timeout=self._options.connect_timeout,
                socket_timeout=self._options.timeout,
                max_connections=self._options.connection_pool_size,
                # A connection that broke while idle is replaced at once; the policy does the rest.
                retry=Retry(NoBackoff(), 1),
            )
            if self._on_client is not None:
                self._on_client(self._client)
        return self._client

    async def attempt(self, operation: Callable[[Any], Awaitable[T]]) -> FlextResult[T]:
        """What the operation makes of the client, or an `ExternalServiceUnavailableError`."""
        from redis.exceptions import RedisError

        try:
            return FlextResult.ok(
                await self._policy.call(
                    lambda: operation(self.client),
                    transient=lambda error: isinstance(error, RedisError | OSError),
                )
            )
        except QualityError as error:
            return FlextResult.fail(error)
        except (RedisError, OSError):
            return FlextResult.fail(ExternalServiceUnavailableError(self._policy.dependency))

    async def close(self) -> None:
        """Closes the connections, if there are any."""
        if self._client is not None:
            await self._client.aclose()
