"""Whether Redis is there."""

from __future__ import annotations

from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.redis.access import RedisAccess


class RedisCheck:
    """The `HealthCheck` of Redis. The server does without it, only slower."""

    name = "redis"
    is_vital = False

    def __init__(self, redis: RedisAccess) -> None:
        self._redis = redis

    async def check(self) -> FlextResult[str]:
        """Asks it for an answer."""
        return (await self._redis.attempt(lambda client: client.ping())).map(lambda _: "answers")
