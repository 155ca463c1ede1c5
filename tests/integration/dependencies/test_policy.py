from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from flext_quality.application.ports.resilience import BreakerChange
from flext_quality.domain.events.dependencies import BreakerState
from flext_quality.domain.system.errors import (
    BulkheadFullError,
    CircuitOpenError,
    ExternalServiceTimedOutError,
)
from flext_quality.infrastructure.redis.breaker_records import SharedBreakerRecords
from flext_quality.infrastructure.resilience.listeners import Listeners, LoggingListener
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import (
    ResiliencePolicies,
    ResiliencePolicy,
    Surroundings,
    TransientError,
)
from tests.valkey import Valkey
from tests.waiting import until

ONCE = PolicyOptions(attempts=1)
OPENED = BreakerChange("it", BreakerState.CLOSED, BreakerState.OPEN)
TRIED = BreakerChange("it", BreakerState.OPEN, BreakerState.HALF_OPEN)
OPENED_AGAIN = BreakerChange("it", BreakerState.HALF_OPEN, BreakerState.OPEN)
CLOSED = BreakerChange("it", BreakerState.HALF_OPEN, BreakerState.CLOSED)


@dataclass
class Time:
    """Sleeping takes none of the test's time."""

    now: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)
    jitter: float = 0.0

    async def sleep(self, seconds: float) -> None:
        """Only the clock goes on."""
        self.slept.append(seconds)
        self.now += seconds

    @property
    def surroundings(self) -> Surroundings:
        """For policies."""
        return Surroundings(lambda: self.now, self.sleep, lambda low, high: high * self.jitter)


@dataclass
class Told:
    changes: list[BreakerChange] = field(default_factory=list)

    def breaker_changed(self, change: BreakerChange) -> None:
        """Remembers it."""
        self.changes.append(change)


@dataclass
class Dependency:
    """A real server on loopback: answers one line, hangs up, or says nothing at all."""

    port: int = 0
    asked: int = 0
    failures: int = 0
    silent: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.asked += 1
        if self.silent:
            await reader.read()
        elif self.failures:
            self.failures -= 1
            writer.transport.abort()
            return
        else:
            writer.write(b"hello\n")
        writer.close()

    async def ask(self) -> bytes:
        """As a client would."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            return await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise ConnectionError from None
        finally:
            writer.close()


@asynccontextmanager
async def running() -> AsyncIterator[Dependency]:
    dependency = Dependency()
    server = await asyncio.start_server(dependency.serve, "127.0.0.1", 0)
    dependency.port = server.sockets[0].getsockname()[1]
    async with server:
        yield dependency


@pytest.fixture
async def dependency() -> AsyncIterator[Dependency]:
    async with running() as it:
        yield it


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def told() -> Told:
    return Told()


def policy(time: Time, told: Told, options: PolicyOptions = ONCE) -> ResiliencePolicy:
    return ResiliencePolicy("it", options, listener=told, surroundings=time.surroundings)


async def fail(policy: ResiliencePolicy, times: int) -> None:
    async def operation() -> None:
        raise ConnectionError

    for _ in range(times):
        with pytest.raises(ConnectionError):
            await policy.call(operation)


async def succeed() -> str:
    return "fine"


async def test_a_dependency_that_fails_twice_is_asked_three_times(
    dependency: Dependency, time: Time, told: Told
) -> None:
    """After 1 s and after 2 s, as a hung-up connection is a transient error."""
    dependency.failures = 2
    assert await policy(time, told, PolicyOptions()).call(dependency.ask) == b"hello\n"
    assert dependency.asked == 3
    assert time.slept == [1.0, 2.0]


async def test_jitter_and_longest_pause_bound_each_other(
    dependency: Dependency, time: Time, told: Told
) -> None:
    """Pauses double, get up to a second more, and are never longer than 30 s."""
    dependency.failures = 99
    time.jitter = 1.0
    options = PolicyOptions(attempts=8, breaker_failures=99)
    with pytest.raises(ConnectionError):
        await policy(time, told, options).call(dependency.ask)
    assert time.slept == [2.0, 3.0, 5.0, 9.0, 17.0, 30.0, 30.0]
    assert dependency.asked == 8


async def test_what_is_not_transient_is_not_asked_again(time: Time, told: Told) -> None:
    """A wrong password stays wrong; and it shows that somebody is there."""
    asked = 0

    async def operation() -> None:
        nonlocal asked
        asked += 1
        raise PermissionError

    it = policy(time, told, PolicyOptions(breaker_failures=1))
    with pytest.raises(PermissionError):
        await it.call(operation)
    assert (asked, told.changes) == (1, [])


async def test_what_must_happen_once_is_asked_once(
    dependency: Dependency, time: Time, told: Told
) -> None:
    """A caller may forbid further attempts."""
    dependency.failures = 1
    with pytest.raises(ConnectionError):
        await policy(time, told, PolicyOptions()).call(dependency.ask, retry=False)
    assert dependency.asked == 1


async def test_a_dependency_may_ask_for_a_longer_pause(time: Time, told: Told) -> None:
    """It gets it, unless it is longer than any pause may be: then it is not asked again."""
    wanted = [7.0, 31.0]

    async def operation() -> None:
        raise TransientError("later", retry_after=wanted.pop(0))

    with pytest.raises(TransientError):
        await policy(time, told, PolicyOptions()).call(operation)
    assert (time.slept, wanted) == ([7.0], [])


async def test_silence_ends_with_the_timeout(
    dependency: Dependency, time: Time, told: Told
) -> None:
    """Each attempt's; the error says how long it was."""
    dependency.silent = True
    options = PolicyOptions(timeout=0.05, attempts=2)
    with pytest.raises(ExternalServiceTimedOutError, match=r"within 0\.05 s"):
        await policy(time, told, options).call(dependency.ask)
    await until(lambda: dependency.asked == 2)


async def test_five_failures_open_the_circuit_for_a_minute(time: Time, told: Told) -> None:
    """Nobody asks meanwhile; then one tries, and success closes it."""
    it = policy(time, told)
    await fail(it, 4)
    assert await it.call(succeed) == "fine"
    await fail(it, 5)
    with pytest.raises(CircuitOpenError, match="left alone for 60 s"):
        await it.call(succeed)
    time.now += 59
    with pytest.raises(CircuitOpenError):
        await it.call(succeed)
    time.now += 1
    assert await it.call(succeed) == "fine"
    await fail(it, 4)
    assert told.changes == [OPENED, TRIED, CLOSED]


async def test_a_failed_trial_opens_it_again(time: Time, told: Told) -> None:
    """For another minute."""
    it = policy(time, told)
    await fail(it, 5)
    time.now += 60
    await fail(it, 1)
    with pytest.raises(CircuitOpenError):
        await it.call(succeed)
    time.now += 60
    assert await it.call(succeed) == "fine"
    assert told.changes == [OPENED, TRIED, OPENED_AGAIN, TRIED, CLOSED]


async def test_one_caller_tries_and_the_others_do_not_wait(time: Time, told: Told) -> None:
    """A dependency that comes back is not run over."""
    it = policy(time, told)
    await fail(it, 5)
    time.now += 60
    begun, ends = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        begun.set()
        await ends.wait()
        return "back"

    trial = asyncio.create_task(it.call(slow))
    await begun.wait()
    with pytest.raises(CircuitOpenError):
        await it.call(succeed)
    ends.set()
    assert await trial == "back"
    assert await it.call(succeed) == "fine"


async def test_a_caller_who_goes_away_says_nothing_about_the_dependency(
    time: Time, told: Told
) -> None:
    """Neither that it is well nor that it is not; the next one tries."""
    it = policy(time, told)
    await fail(it, 5)
    time.now += 60
    begun = asyncio.Event()

    async def endless() -> None:
        begun.set()
        await asyncio.Event().wait()

    trial = asyncio.create_task(it.call(endless))
    await begun.wait()
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    assert await it.call(succeed) == "fine"
    assert told.changes == [OPENED, TRIED, CLOSED]


async def test_a_cancellation_that_a_library_loses_is_kept(time: Time, told: Told) -> None:
    """Whoever gives up has given up, and a time that is over is over."""
    begun = asyncio.Event()

    async def forgetful() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "as if nothing had happened"
        raise AssertionError

    asking = asyncio.create_task(policy(time, told).call(forgetful))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(ExternalServiceTimedOutError):
        await policy(time, told, replace(ONCE, timeout=0.01)).call(forgetful)


async def test_retries_end_when_the_circuit_opens(
    dependency: Dependency, time: Time, told: Told
) -> None:
    """Attempts count, not calls."""
    dependency.failures = 99
    options = PolicyOptions(attempts=4, breaker_failures=2)
    with pytest.raises(CircuitOpenError):
        await policy(time, told, options).call(dependency.ask)
    assert dependency.asked == 2


async def test_failures_at_the_same_time_open_it_too(time: Time, told: Told) -> None:
    """Five callers who fail together are five failures."""
    it = policy(time, told)

    all_there = asyncio.Barrier(5)

    async def operation() -> None:
        await all_there.wait()
        raise ConnectionError

    await asyncio.gather(*(it.call(operation) for _ in range(5)), return_exceptions=True)
    assert told.changes == [OPENED]


async def test_calls_at_once_are_bounded_and_so_is_waiting(time: Time, told: Told) -> None:
    """One more than may wait is refused at once; who waits too long is refused then."""
    options = PolicyOptions(attempts=1, max_concurrent=2, max_waiting=1, max_wait=60)
    for it, is_patient in (
        (policy(time, told, options), True),
        (policy(time, told, replace(options, max_wait=0.05)), False),
    ):
        all_there, ends = asyncio.Barrier(3), asyncio.Event()

        async def busy(all_there: asyncio.Barrier = all_there, ends: asyncio.Event = ends) -> None:
            await all_there.wait()
            await ends.wait()

        running = [asyncio.create_task(it.call(busy)) for _ in range(2)]
        await all_there.wait()
        waiting = asyncio.create_task(it.call(succeed))
        await asyncio.sleep(0)
        with pytest.raises(BulkheadFullError, match="2 calls"):
            await it.call(succeed)
        if is_patient:
            ends.set()
            assert await waiting == "fine"
        else:
            with pytest.raises(BulkheadFullError):
                await waiting
            ends.set()
        await asyncio.gather(*running)
    assert told.changes == []


async def test_servers_share_what_they_know(valkey: Valkey, time: Time) -> None:
    """Failures seen by one server keep the others from asking, where Redis is there."""
    told = [Told(), Told()]
    async with valkey.access() as access:
        first, second = (
            ResiliencePolicy(
                "it",
                ONCE,
                records=SharedBreakerRecords(access),
                listener=one,
                surroundings=time.surroundings,
            )
            for one in told
        )
        await fail(first, 3)
        await fail(second, 2)
        with pytest.raises(CircuitOpenError):
            await first.call(succeed)
        time.now += 60
        assert await first.call(succeed) == "fine"
        assert await second.call(succeed) == "fine"
    known = replace(OPENED, is_known=True)
    assert told[0].changes == [known, TRIED, CLOSED]
    recovered = BreakerChange("it", BreakerState.OPEN, BreakerState.CLOSED, is_known=True)
    assert told[1].changes == [OPENED, recovered]


async def test_without_redis_each_server_knows_for_itself(
    mortal_valkey: Valkey, time: Time, told: Told
) -> None:
    """Calls go on as if there were none, and the circuit still opens."""
    async with mortal_valkey.access() as access:
        it = ResiliencePolicy(
            "it",
            ONCE,
            records=SharedBreakerRecords(access),
            listener=told,
            surroundings=time.surroundings,
        )
        assert await it.call(succeed) == "fine"
        mortal_valkey.kill()
        assert await it.call(succeed) == "fine"
        await fail(it, 5)
        with pytest.raises(CircuitOpenError):
            await it.call(succeed)


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", "open"), ("failures", "many"), ("state", b"\xff"), ("state", "odd")],
)
async def test_a_record_that_nobody_wrote_is_a_closed_circuit(
    valkey: Valkey, time: Time, told: Told, field: str, value: str | bytes
) -> None:
    """Whatever lies in Redis, no dependency is given up for ever."""
    async with valkey.access() as access:
        await access.client.hset(access.key("breaker:it"), field, value)
        records = SharedBreakerRecords(access)
        it = ResiliencePolicy("it", ONCE, records=records, surroundings=time.surroundings)
        assert await it.call(succeed) == "fine"


def test_all_who_ask_a_dependency_share_its_policy() -> None:
    """Each dependency has one, with its own options."""
    policies = ResiliencePolicies(lambda name: PolicyOptions(attempts=len(name)))
    assert policies.of("redis") is policies.of("redis")
    assert policies.of("redis").options.attempts == 5


def test_what_clients_name_is_remembered_up_to_a_limit() -> None:
    """The least recently asked is forgotten first, and nobody is told but the log."""
    told = Told()
    policies = ResiliencePolicies(lambda name: PolicyOptions(attempts=len(name)), listener=told)
    assert policies.of_stranger("http:far.example", "http").options.attempts == 4
    kept = policies.of_stranger("kept", "http")
    forgotten = policies.of_stranger("forgotten", "http")
    for number in range(2000):
        policies.of_stranger(f"http:{number}", "http")
        assert policies.of_stranger("kept", "http") is kept
    assert policies.of_stranger("forgotten", "http") is not forgotten
    assert policies.of("kept") is not kept


async def test_a_stranger_s_circuit_is_told_to_nobody() -> None:
    """Or clients could make as many series and events as they like."""
    told = Told()
    policies = ResiliencePolicies(lambda _: ONCE, listener=told)
    await fail(policies.of_stranger("http:far.example", "http"), 5)
    with pytest.raises(CircuitOpenError):
        await policies.of_stranger("http:far.example", "http").call(succeed)
    assert told.changes == []


def test_listeners_all_hear(told: Told) -> None:
    """The log does, and whoever was added."""
    listeners = Listeners(LoggingListener())
    listeners.add(told)
    listeners.breaker_changed(OPENED)
    listeners.breaker_changed(TRIED)
    assert told.changes == [OPENED, TRIED]
