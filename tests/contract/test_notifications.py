"""What storages promise about channels and deliveries."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from flext_quality.application.ports.notifications import SentNotification
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ChannelName, DeliveryName
from flext_quality.domain.notifications.channel import (
    AppriseTarget,
    Channel,
    EmailSecurity,
    EmailTarget,
    PluginTarget,
    QuietHours,
    SlackTarget,
    Target,
    Template,
    WebhookTarget,
)
from flext_quality.domain.notifications.delivery import Attempt, Delivery, DeliveryState
from flext_quality.domain.notifications.notification import Notification, NotificationEvent, Rule
from tests.contract.samples import NOON, SHOP, project, store

MINUTE = timedelta(minutes=1)


def channel(number: int = 1, target: Target | None = None) -> Channel:
    name = ChannelName("shop", f"01jc{number:022d}")
    rules = (Rule(frozenset({NotificationEvent.GATE_FAILED}), ("", "release/*")),)
    return Channel(name, "Ops", target or WebhookTarget("https://x.example"), rules, NOON, NOON)


def delivery(number: int = 1, channel_number: int = 1, minutes: float = 0) -> Delivery:
    told = Notification(NotificationEvent.GATE_FAILED, NOON, "“no”", values={"gate_status": "x"})
    name = DeliveryName("shop", f"01jc{channel_number:022d}", f"01jd{number:022d}")
    return Delivery.of(name, told, NOON, NOON + timedelta(minutes=minutes))


async def begin(uow: UnitOfWorkFactory, *deliveries: Delivery) -> None:
    await store(uow, project())
    async with uow() as work:
        for number in (1, 2):
            await work.channels.add(channel(number))
        for one in deliveries:
            await work.deliveries.add(one)
        await work.commit()


@pytest.mark.parametrize(
    "target",
    [
        WebhookTarget("https://x.example"),
        SlackTarget(),
        EmailTarget("mail.example", "a@x.example", ("b@x.example",), EmailSecurity.TLS, 1, "u"),
        AppriseTarget("discord"),
        PluginTarget("pager"),
    ],
    ids=lambda target: type(target).__name__,
)
async def test_a_channel_comes_back_as_it_was(uow: UnitOfWorkFactory, target: Target) -> None:
    """Whatever its target, with all that was changed."""
    await store(uow, project())
    stored = channel(target=target)
    async with uow() as work:
        await work.channels.add(stored)
        stored.quiet_hours = QuietHours("Europe/Berlin", time(22), time(6), frozenset({1, 7}))
        stored.template = Template("{{ project }}", "<b>")
        stored.dedup_window, stored.digest_interval = MINUTE, 2 * MINUTE
        stored.disabled, stored.disabled_reason, stored.failed_in_a_row = True, "why", 3
        stored.stored_secret, stored.version = "secret", 4
        await work.channels.save(stored)
        await work.commit()
    async with uow(read_only=True) as work:
        assert stored == (await work.channels.get(stored.name)).unwrap()
        assert not (await work.channels.get(channel(2).name)).is_success
        assert await work.channels.count(SHOP) == 1


async def test_channels_are_listed_in_order(uow: UnitOfWorkFactory) -> None:
    """From where the page before ended; a removed one takes its deliveries with it."""
    await begin(uow, delivery())
    async with uow() as work:
        listed = await work.channels.list(SHOP, limit=5)
        assert [one.name for one in listed] == [channel(1).name, channel(2).name]
        after = await work.channels.list(SHOP, limit=5, after=channel(1).name.channel_id)
        assert [one.name for one in after] == [channel(2).name]
        await work.deliveries.remember(
            channel(1).name, "k", SentNotification(delivery().name, NOON)
        )
        await work.channels.delete(channel(1).name)
        assert not (await work.deliveries.get(delivery().name)).is_success
        await work.channels.add(channel(1))
        assert await work.deliveries.told(channel(1).name, "k") is None


async def test_channels_with_secrets_are_found(uow: UnitOfWorkFactory) -> None:
    """Of all projects, in order, a part at a time."""
    for name in ("shop", "bank"):
        await store(uow, project(name))
    named = [
        replace(
            channel(number),
            name=ChannelName(of, f"01jc{number:022d}"),
            stored_secret="s" if number else "",
        )
        for of in ("bank", "shop")
        for number in (0, 1, 2)
    ]
    async with uow() as work:
        for one in named:
            await work.channels.add(one)
        first = await work.channels.with_secrets(limit=3)
        assert first == [named[1], named[2], named[4]]
        assert await work.channels.with_secrets(limit=3, after=first[-1].name) == [named[5]]


async def test_all_goes_with_the_project(uow: UnitOfWorkFactory) -> None:
    """Channels and deliveries are gone after it."""
    await begin(uow, delivery())
    async with uow() as work:
        shop = (await work.projects.get(SHOP, for_update=True)).unwrap()
        await work.projects.delete(shop)
        assert await work.channels.count(SHOP) == 0
        assert not (await work.deliveries.get(delivery().name)).is_success


async def test_a_delivery_comes_back_as_it_was(uow: UnitOfWorkFactory) -> None:
    """With every attempt."""
    await begin(uow, delivery())
    changed = delivery()
    changed.attempts = (Attempt(NOON, MINUTE, False, "503", "é" * 9),)
    changed.suppress()
    changed.give_up("no", NOON)
    changed.replay_of = "another"
    async with uow() as work:
        await work.deliveries.save(changed)
        await work.commit()
    async with uow() as work:
        assert changed == (await work.deliveries.get(changed.name, for_update=True)).unwrap()


async def test_deliveries_are_listed_newest_first(uow: UnitOfWorkFactory) -> None:
    """From where the page before ended, and by state."""
    await begin(uow, *(delivery(n) for n in (1, 2, 3)), delivery(4, 2))
    ended = delivery(2)
    ended.give_up("no", NOON)
    async with uow() as work:
        await work.deliveries.save(ended)
        of = channel().name
        listed = await work.deliveries.list(of, limit=2)
        assert [one.name for one in listed] == [delivery(3).name, delivery(2).name]
        rest = await work.deliveries.list(of, limit=2, before=delivery(2).name.delivery_id)
        assert [one.name for one in rest] == [delivery(1).name]
        failed = await work.deliveries.list(of, limit=9, states=[DeliveryState.FAILED])
        assert failed == [ended]


async def test_what_is_due_is_claimed_once(uow: UnitOfWorkFactory) -> None:
    """The longest due first, one of each channel, again after the claim's time, or once given back."""
    await begin(uow, delivery(1, minutes=3), delivery(2, minutes=2), delivery(3, 2, minutes=2.5))
    later, until = NOON + 5 * MINUTE, NOON + 6 * MINUTE

    async with uow() as work:
        claim = work.deliveries.claim
        assert not await work.deliveries.any_due(NOON)
        assert await claim("a", now=NOON, until=until) is None
        assert await work.deliveries.any_due(later)
        first = await claim("a", now=later, until=until)
        assert first == delivery(2, minutes=2)
        second = await claim("b", now=later, until=until)
        assert second == delivery(3, 2, minutes=2.5)
        assert await claim("b", now=later, until=until) is None
        await work.deliveries.save(first, owner="b")
        assert await claim("b", now=later, until=until) is None
        first.give_up("no", later)
        await work.deliveries.save(first, owner="a")
        third = await claim("b", now=later, until=until)
        assert third == delivery(1, minutes=3)
        again = await claim("a", now=until, until=until + MINUTE)
        assert again == delivery(3, 2, minutes=2.5)


async def test_a_digest_is_open_until_it_is_due(uow: UnitOfWorkFactory) -> None:
    """And as long as nothing was tried."""
    tried = replace(delivery(2, minutes=9), attempts=(Attempt(NOON, MINUTE, False, "503"),))
    await begin(uow, delivery(1, minutes=3), tried)
    async with uow() as work:
        of = channel().name
        assert await work.deliveries.open_digest(of, NOON) == delivery(1, minutes=3)
        assert await work.deliveries.open_digest(of, NOON + 3 * MINUTE) is None
        assert await work.deliveries.give_up(of, "why", NOON) == 2
        assert await work.deliveries.open_digest(of, NOON) is None


async def test_what_ended_long_ago_goes(uow: UnitOfWorkFactory) -> None:
    """What is pending stays however old it is."""
    ended = delivery(2)
    ended.give_up("no", NOON)
    await begin(uow, delivery(1), ended)
    told = SentNotification(ended.name, NOON)
    async with uow() as work:
        await work.deliveries.remember(channel().name, "key", told)
        later = SentNotification(delivery(1).name, NOON)
        await work.deliveries.remember(channel().name, "key", later)
        assert await work.deliveries.told(channel().name, "key") == later
        assert await work.deliveries.forget(NOON) == 0
        assert await work.deliveries.forget(NOON + MINUTE) == 1
        assert await work.deliveries.told(channel().name, "key") is None
        assert (await work.deliveries.get(delivery(1).name)).is_success
        assert not (await work.deliveries.get(ended.name)).is_success
