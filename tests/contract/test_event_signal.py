"""What every `EventSignal` promises."""

from __future__ import annotations

import asyncio

import pytest

from flext_quality.application.ports.signals import ALL_SUBJECTS
from flext_quality.domain.analyses.events import AnalyzerProgressed
from flext_quality.domain.errors import ServerShuttingDownError
from flext_quality.domain.event import Event
from tests.contract.samples import NOON, eventful
from tests.contract.storages import ClosableSignal
from tests.waiting import PATIENCE_SECONDS

SOON = 0.01
LATE = PATIENCE_SECONDS


def _event(sequence: int, subject: str = "it") -> Event[AnalyzerProgressed]:
    return Event(subject, sequence, NOON, AnalyzerProgressed("ruff", sequence, 100))


async def test_a_reader_is_woken_up(signal: ClosableSignal) -> None:
    """As soon as something is published about its subject."""
    with signal.subscribe("it") as subscription:
        waiting = asyncio.create_task(subscription.wait(LATE))
        await asyncio.sleep(0)
        signal.publish([_event(1)])
        assert await waiting is True


async def test_what_was_published_before_waiting_counts(signal: ClosableSignal) -> None:
    """Nothing falls between two calls; what was heard once is not heard again."""
    with signal.subscribe("it") as subscription:
        signal.publish([_event(1)])
        signal.publish([_event(2)])
        assert await subscription.wait(LATE) is True
        assert await subscription.wait(SOON) is False


async def test_silence_ends_with_the_time(signal: ClosableSignal) -> None:
    """A reader that hears nothing gets its turn to send a heartbeat."""
    with signal.subscribe("it") as subscription:
        signal.publish([_event(1, "another")])
        assert await subscription.wait(SOON) is False


async def test_all_readers_of_a_subject_hear(signal: ClosableSignal) -> None:
    """One that leaves takes nothing from the others."""
    with signal.subscribe("it") as first, signal.subscribe("it") as second:
        with signal.subscribe("it"):
            pass
        signal.publish([_event(1)])
        assert [True, True] == [await first.wait(LATE), await second.wait(LATE)]


async def test_recent_events_are_at_hand(signal: ClosableSignal) -> None:
    """Those after a sequence, in order; they need not be read from the log."""
    with signal.subscribe("it") as subscription:
        signal.publish([_event(1), _event(1, "another"), _event(2)])
        signal.publish([_event(3)])
        assert [1, 2, 3] == [event.sequence for event in subscription.recent(0) or ()]
        assert [3] == [event.sequence for event in subscription.recent(2) or ()]
        assert [] == list(subscription.recent(3) or ())


async def test_recent_events_are_complete_or_not_given(signal: ClosableSignal) -> None:
    """Where one is missing, the log must be read."""
    with signal.subscribe("it") as subscription:
        assert subscription.recent(0) is None
        signal.publish([_event(5)])
        assert subscription.recent(3) is None
        assert [_event(5)] == list(subscription.recent(4) or ())


async def test_readers_learn_that_nothing_will_come_any_more(signal: ClosableSignal) -> None:
    """When the server goes down, nobody waits for the time to end."""
    with signal.subscribe("it") as subscription:
        waiting = asyncio.create_task(subscription.wait(LATE))
        await asyncio.sleep(0)
        signal.close()
        async with asyncio.timeout(LATE):
            assert await waiting is True
        with pytest.raises(ServerShuttingDownError):
            await subscription.wait(LATE)


async def test_a_project_s_readers_hear_the_ends_of_its_analyses(signal: ClosableSignal) -> None:
    """They are woken, not told: what ended is not an event of the project's own."""
    ended = eventful(1)
    *others, last = ended.take_events()
    with (
        signal.subscribe("projects/shop") as subscription,
        signal.subscribe("projects/sh") as stranger,
    ):
        signal.publish(others)
        assert await subscription.wait(SOON) is False
        signal.publish([last])
        assert await subscription.wait(LATE) is True
        assert not subscription.recent(0)
        assert await stranger.wait(SOON) is False


async def test_one_may_listen_to_everything(signal: ClosableSignal) -> None:
    """Whatever the subject; what was published is then in the log only."""
    with signal.subscribe(ALL_SUBJECTS) as subscription:
        assert await subscription.wait(SOON) is False
        signal.publish([])
        assert await subscription.wait(SOON) is False
        signal.publish([_event(1), _event(1, "another")])
        assert await subscription.wait(LATE) is True
        assert await subscription.wait(SOON) is False
        assert subscription.recent(0) is None
