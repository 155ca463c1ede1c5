from __future__ import annotations

import asyncio

from flext_quality.application.ports.resilience import BreakerChange
from flext_quality.domain.events.dependencies import BreakerState
from flext_quality.infrastructure.cache.memory import MemoryCache
from flext_quality.infrastructure.cache.redis import RedisCache
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.events.redis_signal import RedisSignal
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicy
from tests.contract.samples import eventful
from tests.valkey import Valkey
from tests.waiting import PATIENCE_SECONDS, until

LONG = 60.0
QUICK = PolicyOptions(attempts=1, breaker_seconds=0.05)
LATE = PATIENCE_SECONDS


class Counted:
    """A computation, which ends when it may."""

    def __init__(self, *, may_end: bool = True) -> None:
        self.times = 0
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        if may_end:
            self.may_end.set()

    async def __call__(self) -> bytes:
        """What costs time."""
        self.times += 1
        self.begun.set()
        await self.may_end.wait()
        return b"dear"


async def test_servers_share_one_computation(valkey: Valkey) -> None:
    """Whoever comes second waits for the first one's value."""
    dear = Counted(may_end=False)
    async with valkey.access() as here, valkey.access() as there:
        caches = [RedisCache(here), RedisCache(there)]
        asked = asyncio.gather(
            *(cache.get_or_compute("a", LONG, dear) for cache in caches for _ in range(5))
        )
        await until(lambda: all(cache.counts.misses == 5 for cache in caches))
        dear.may_end.set()
        assert [b"dear"] * 10 == await asked
    assert dear.times == 1


async def test_a_server_that_dies_in_a_computation_holds_nobody_up_for_long(
    valkey: Valkey,
) -> None:
    """Its lock ends by itself; the next one computes."""
    dear = Counted()
    async with valkey.access() as access:
        await access.client.set(access.key("lock:a"), "a dead server's", px=200)
        assert await RedisCache(access).get_or_compute("a", LONG, dear) == b"dear"
    assert dear.times == 1


async def test_a_lock_that_became_another_s_is_left_alone(valkey: Valkey) -> None:
    """A computation longer than its lock does not unlock the one that took over."""
    async with valkey.access() as access:

        async def compute() -> bytes:
            await access.client.set(access.key("lock:a"), "another server's")
            return b"late"

        cache = RedisCache(access, lock_seconds=0.01)
        assert await cache.get_or_compute("a", LONG, compute) == b"late"
        assert await access.client.get(access.key("lock:a")) == b"another server's"


async def test_times_to_live_differ_a_little(valkey: Valkey) -> None:
    """By up to a tenth, so that what was kept together does not end together."""
    async with valkey.access() as access:
        await RedisCache(access, uniform=lambda low, high: high).set("a", b"1", 100)
        left = await access.client.pttl(access.key("cache:a"))
    assert 80_000 < left <= 90_000
    now = 0.0
    cache = MemoryCache(clock=lambda: now, uniform=lambda low, high: high)
    await cache.set("a", b"1", 100)
    now = 89.9
    assert await cache.get("a") == b"1"
    now = 90.0
    assert await cache.get("a") is None


async def test_redis_that_goes_away_is_done_without(mortal_valkey: Valkey) -> None:
    """In the middle: whoever asks gets an answer, computed; when it is back, values are kept again."""
    dear = Counted(may_end=False)
    policy = ResiliencePolicy("redis", QUICK)
    async with mortal_valkey.access(policy, patience=1.0) as access:
        cache = RedisCache(access)
        await cache.set("before", b"1", LONG)
        asked = [asyncio.create_task(cache.get_or_compute("a", LONG, dear)) for _ in range(5)]
        await dear.begun.wait()
        mortal_valkey.kill()
        dear.may_end.set()
        assert [b"dear"] * 5 == await asyncio.gather(*asked)
        for _ in range(8):
            assert await cache.get_or_compute("b", LONG, Counted()) == b"dear"
        assert await cache.get("before") is None
        await cache.set("c", b"1", LONG)
        await cache.delete("c")
        assert dear.times == 1
        assert cache.counts.failures > 0
        mortal_valkey.start()

        async def is_kept_again() -> bool:
            await cache.set("after", b"2", LONG)
            return await cache.get("after") == b"2"

        await until(is_kept_again)
        await cache.close()


async def test_redis_that_hangs_is_done_without(mortal_valkey: Valkey) -> None:
    """A stopped server costs one timeout for each attempt, until the circuit opens."""
    options = PolicyOptions(attempts=1, timeout=0.05, breaker_failures=2)
    told: list[BreakerState] = []

    class Listener:
        def breaker_changed(self, change: BreakerChange) -> None:
            told.append(change.after)

    policy = ResiliencePolicy("redis", options, listener=Listener())
    async with mortal_valkey.access() as access:
        await access.client.client_pause(600_000)
    async with mortal_valkey.access(policy) as access:
        cache = RedisCache(access)
        for _ in range(20):
            assert await cache.get_or_compute("a", LONG, Counted()) == b"dear"
    assert [BreakerState.OPEN] == told


async def test_memory_is_bounded() -> None:
    """What was not used for longest goes first; what is too large is not kept."""
    cache = MemoryCache(max_entries=2, max_bytes=100)
    await cache.set("a", b"1", LONG)
    await cache.set("b", b"2", LONG)
    await cache.get("a")
    await cache.set("c", b"3", LONG)
    assert [b"1", None, b"3"] == [await cache.get(key) for key in "abc"]
    await cache.set("d", b"x" * 98, LONG)
    assert [None, None, b"x" * 98] == [await cache.get(key) for key in "acd"]
    await cache.set("d", b"x" * 100, LONG)
    assert await cache.get("d") is None
    await cache.set("a", b"1", LONG)
    assert await cache.get("a") == b"1"


async def test_a_cache_that_closes_ends_its_computations() -> None:
    """Nothing goes on after the server has stopped."""
    cache = MemoryCache()
    endless = Counted(may_end=False)
    waiting = asyncio.create_task(cache.get_or_compute("a", LONG, endless))
    await endless.begun.wait()
    await cache.close()
    assert isinstance(
        (await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError
    )


async def test_readers_on_other_servers_are_woken_up(valkey: Valkey) -> None:
    """They look into the log: what they hear tells only where. Projects hear of their analyses' ends."""
    events = eventful(1).take_events()
    subject = events[0].subject
    async with (
        valkey.access() as here,
        valkey.access() as there,
        RedisSignal(InProcessSignal(), here).running() as first,
        RedisSignal(InProcessSignal(), there).running() as second,
    ):
        await asyncio.gather(first.connected.wait(), second.connected.wait())
        with (
            second.subscribe(subject) as subscription,
            second.subscribe("projects/shop") as project,
            second.subscribe("another") as stranger,
        ):
            second.publish(events[:1])
            assert await subscription.wait(LATE) is True
            first.publish(events[1:])
            assert await subscription.wait(LATE) is True
            assert subscription.recent(events[0].sequence) is None
            assert await project.wait(LATE) is True
            assert await stranger.wait(0.01) is False


async def test_what_was_missed_is_looked_for_when_redis_is_back(mortal_valkey: Valkey) -> None:
    """Readers poll meanwhile; then all of them look once, and hear again."""
    policy = ResiliencePolicy("redis", QUICK)

    async def soon(_: float) -> None:
        await asyncio.sleep(0.02)

    events = eventful(1).take_events()
    async with (
        mortal_valkey.access(policy) as here,
        mortal_valkey.access() as there,
        RedisSignal(InProcessSignal(), here).running() as first,
        RedisSignal(InProcessSignal(), there, sleep=soon).running() as second,
    ):
        await second.connected.wait()
        with second.subscribe(events[0].subject) as subscription:
            mortal_valkey.kill()
            first.publish(events[:1])
            await until(lambda: not second.connected.is_set())
            assert await subscription.wait(0.01) is False
            mortal_valkey.start()
            assert await subscription.wait(LATE) is True
            await second.connected.wait()

            async def is_heard() -> bool:
                first.publish(events[1:2])  # once more, as its own way may still be broken
                return await subscription.wait(0.1)

            await until(is_heard)


async def test_messages_of_strangers_are_not_believed(valkey: Valkey) -> None:
    """Anything may be sent to a channel."""
    async with (
        valkey.access() as access,
        RedisSignal(InProcessSignal(), access, ping_seconds=0.01).running() as signal,
    ):
        await signal.connected.wait()
        with signal.subscribe("it") as subscription:
            for message in ("no JSON", "[]", '"it"', '{"from": "x"}', b"\xff"):
                await access.client.publish(access.key("events"), message)
            for subjects in ('"it"', '[1, ["it"], {}]'):
                await access.client.publish(
                    access.key("events"), f'{{"from": "x", "subjects": {subjects}}}'
                )
            assert await subscription.wait(0.1) is False
            await access.client.publish(access.key("events"), '{"from": "x", "subjects": ["it"]}')
            assert await subscription.wait(LATE) is True
