"""A registry in Redis: a key for each server, which Redis forgets when its time is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from flext_quality.application.ports.discovery import ServiceInstance
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import RegistryUnavailableError, ServerNotRegisteredError
from flext_quality.infrastructure.discovery.records import from_record, to_record
from flext_quality.infrastructure.resilience.cancellation import cancellation_kept

T = TypeVar("T")

_NAME = "redis"
_SECONDS = 2.0
"""How long Redis may take to take a connection, and to answer."""

_REGISTER = """
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[3])
redis.call('SADD', KEYS[1], ARGV[1])
return 1
"""
_HEARTBEAT = """
local ttl = redis.call('GET', KEYS[3])
if not ttl or redis.call('PEXPIRE', KEYS[2], ttl) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[3], ttl)
redis.call('SADD', KEYS[1], ARGV[1])
return 1
"""
_DEREGISTER = """
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('SREM', KEYS[1], ARGV[1])
return 1
"""
# The set has whoever ever came; who is found gone is taken out, in the same step.
_FIND = """
local found = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local record = redis.call('GET', KEYS[1] .. ':' .. id)
  if record then found[#found + 1] = record else redis.call('SREM', KEYS[1], id) end
end
return found
"""


class RedisServiceRegistry:
    """Keys: `flext-quality:{NAME}:instances` is the set of ids, with `:ID` the record of each.

    Each method is one script, which Redis carries out as a whole. The braces keep a service's keys on one
    node of a cluster.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None

    async def register(self, instance: ServiceInstance, ttl_seconds: float) -> FlextResult[None]:
        """See the port."""
        milliseconds = max(1, round(ttl_seconds * 1000))
        arguments = (instance.instance_id, to_record(instance), milliseconds)
        done = await self._script(_REGISTER, _keys(instance), *arguments)
        return done.map(lambda _: None)

    async def heartbeat(self, instance: ServiceInstance) -> FlextResult[None]:
        """See the port."""
        done = await self._script(_HEARTBEAT, _keys(instance), instance.instance_id)
        if done.error is None and not done.unwrap():
            return FlextResult.fail(ServerNotRegisteredError(instance.instance_id))
        return done.map(lambda _: None)

    async def deregister(self, instance: ServiceInstance) -> FlextResult[None]:
        """See the port."""
        done = await self._script(_DEREGISTER, _keys(instance), instance.instance_id)
        return done.map(lambda _: None)

    async def find(self, name: str) -> FlextResult[tuple[ServiceInstance, ...]]:
        """See the port. What is no record is passed over."""
        found = await self._script(_FIND, (_set_of(name),))
        return found.map(lambda records: _ordered(from_record(record) for record in records))

    async def close(self) -> None:
        """See the port."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _script(
        self, script: str, keys: tuple[str, ...], *arguments: object
    ) -> FlextResult[Any]:
        return await self._asked(lambda client: client.eval(script, len(keys), *keys, *arguments))

    async def _asked(self, ask: Callable[[Any], Awaitable[T]]) -> FlextResult[T]:
        # Imported by the first use: nobody else should wait for it.
        from redis.exceptions import AuthenticationError, RedisError
        from redis.exceptions import ConnectionError as NoConnectionError
        from redis.exceptions import TimeoutError as NoAnswerError

        try:
            with cancellation_kept():
                return FlextResult.ok(await ask(self._connected()))
        except (NoConnectionError, NoAnswerError, OSError) as error:
            # A wrong password shows in the error or, while the connection is made, in its cause.
            refused = any(isinstance(e, AuthenticationError) for e in (error, error.__cause__))
            why = "refuses the password" if refused else "does not answer"
            return FlextResult.fail(RegistryUnavailableError(_NAME, why))
        except RedisError as error:
            # The first word is Redis's own code, such as NOAUTH; the rest may hold what was sent.
            code = (str(error).split() or ["unknown"])[0].rstrip(":")
            return FlextResult.fail(RegistryUnavailableError(_NAME, f"refuses ({code})"))

    def _connected(self) -> Any:
        if self._client is None:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff

            self._client = Redis.from_url(
                self._url,
                socket_timeout=_SECONDS,
                socket_connect_timeout=_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
        return self._client


def _ordered(instances: Any) -> tuple[ServiceInstance, ...]:
    known = [instance for instance in instances if instance is not None]
    return tuple(sorted(known, key=lambda instance: instance.instance_id))


def _set_of(name: str) -> str:
    return f"flext-quality:{{{name}}}:instances"


def _keys(instance: ServiceInstance) -> tuple[str, str, str]:
    """The set of ids, the instance's record, and its time to live in milliseconds."""
    ids = _set_of(instance.name)
    record = f"{ids}:{instance.instance_id}"
    return ids, record, f"{record}:ttl"
