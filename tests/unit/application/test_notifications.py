"""From the log to the target, with a storage in memory and a notifier that is told what to answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Any

import pytest

from flext_quality.application.jobs.forget_deliveries import ForgetDeliveries, KeepDeliveries
from flext_quality.application.jobs.plan_notifications import PlanNotifications
from flext_quality.application.jobs.rotate_secrets import RotateSecrets
from flext_quality.application.jobs.send_deliveries import SendDeliveries, SendersAtOnce
from flext_quality.application.notifications.attempt_delivery import AttemptDelivery
from flext_quality.application.notifications.channel_rules import ChannelRules, WantedChannel
from flext_quality.application.notifications.create_channel import CreateChannel
from flext_quality.application.notifications.deliveries import ReplayDelivery
from flext_quality.application.notifications.try_channel import TryChannel
from flext_quality.application.notifications.update_channel import UpdateChannel
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults
from flext_quality.domain.errors import (
    AttemptsExhaustedError,
    ChannelDisabledError,
    InvalidFieldError,
    SecretsUnavailableError,
    StorageUnavailableError,
    TooManyChannelsError,
)
from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.domain.gates.events import QualityGateChanged
from flext_quality.domain.gates.quality_gate import GateStatus
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.notifications.channel import (
    Channel,
    EmailSecurity,
    EmailTarget,
    QuietHours,
    SlackTarget,
    WebhookTarget,
)
from flext_quality.domain.notifications.defaults import ChannelDefaults, MailServer
from flext_quality.domain.notifications.delivery import Delivery, DeliveryState, SendOutcome
from flext_quality.domain.notifications.notification import NotificationEvent, Rule
from flext_quality.domain.projects.events import NotificationChannelDisabled, ProjectEventPayload
from flext_quality.infrastructure.notifications.rendering import JinjaRenderer
from tests.contract.samples import SHOP, analysis_name, project
from tests.fakes import (
    FakeClock,
    FakeEventSignal,
    FakeJobQueue,
    FakeNotifier,
    FakeSecretBox,
    FakeStorage,
)

ALL = (Rule(frozenset(NotificationEvent), ("*",)),)
HOOK = WebhookTarget("https://x.example")
GONE = SendOutcome(False, "410", retry=False, is_gone=True)
REFUSED = SendOutcome(False, "refused", retry=False)


@dataclass
class World:
    """A storage with one project, and the use cases on it."""

    clock: FakeClock = field(default_factory=FakeClock)
    storage: FakeStorage = field(default_factory=lambda: FakeStorage(FakeEventSignal()))
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    secrets: FakeSecretBox = field(default_factory=FakeSecretBox)
    queue: FakeJobQueue = field(default_factory=FakeJobQueue)
    defaults: ChannelDefaults = field(default_factory=ChannelDefaults)

    def __post_init__(self) -> None:
        self.start(self.defaults)

    def start(self, defaults: ChannelDefaults) -> None:
        """Makes the use cases, as a server does that the operator has started with these settings."""
        uow, clock = self.storage, self.clock
        rules = ChannelRules(self.secrets, JinjaRenderer(), self.notifier, defaults)
        attempt = AttemptDelivery(self.secrets, JinjaRenderer(), self.notifier, clock, defaults)
        self.create = CreateChannel(uow, rules, clock)
        self.update = UpdateChannel(uow, rules, clock)
        self.plan = PlanNotifications(uow, self.queue, clock)
        self.send = SendDeliveries(uow, attempt, self.queue, clock, SendersAtOnce(2))
        self.try_channel = TryChannel(uow, attempt, clock)
        self.replay = ReplayDelivery(uow, clock)
        self.forget = ForgetDeliveries(uow, clock, KeepDeliveries(timedelta(days=30)))

    async def begin(self) -> None:
        """Adds the project."""
        async with self.storage() as uow:
            await uow.projects.add(project())
            await uow.commit()

    async def channel(self, **fields: Any) -> Channel:
        """A new channel that tells everything."""
        values: dict[str, Any] = {
            "display_name": "Ops",
            "target": HOOK,
            "secret": "s" * 16,
            "rules": ALL,
        }
        wanted = WantedChannel(**(values | fields))
        return await self.create(SHOP, wanted, request_id="")

    async def tell(self, *happened: ProjectEventPayload) -> None:
        """Something happens to the project."""
        async with self.storage() as uow:
            shop = (await uow.projects.get(SHOP, for_update=True)).unwrap()
            for what in happened:
                shop.tell(what, self.clock())
            await uow.projects.save(shop)
            await uow.commit()

    async def turn(self, *, good: bool = False, branch: str = "") -> None:
        """The gate of a branch turns; the log is read."""
        order = (GateStatus.FAILED, GateStatus.PASSED)
        before, after = order if good else reversed(order)
        what = QualityGateChanged(analysis_name(1), branch, before, after, "m")
        await self.tell(what)
        await self.plan()

    async def deliveries(self, channel: Channel) -> list[Delivery]:
        """Oldest first."""
        async with self.storage(read_only=True) as uow:
            found = await uow.deliveries.list(channel.name, limit=99)
            return sorted(found, key=lambda one: one.created_at)

    async def stored(self, channel: Channel) -> Channel:
        """The channel as it is now."""
        async with self.storage(read_only=True) as uow:
            return (await uow.channels.get(channel.name)).unwrap()


@pytest.fixture
async def world() -> World:
    """A world with the project "shop"."""
    made = World()
    await made.begin()
    return made


async def test_what_happens_is_told_once(world: World) -> None:
    """With the secret in clear; reading the log again tells nothing again."""
    ops = await world.channel()
    await world.turn()
    assert await world.plan() == 0
    assert await world.send() == 1
    ((target, secret, message),) = world.notifier.sent
    assert (target, secret, message.title) == (HOOK, "s" * 16, "Shop: The quality gate failed")
    (delivery,) = await world.deliveries(ops)
    assert delivery.state is DeliveryState.SUCCEEDED
    assert [one.status for one in delivery.attempts] == ["200"]
    assert await world.send() == 0


async def test_another_server_reads_the_log(world: World) -> None:
    """One at a time does."""
    await world.channel()
    async with world.storage() as uow:
        until = world.clock() + timedelta(seconds=9)
        assert await uow.cursors.take("notifications", "other", now=world.clock(), until=until)
        await uow.commit()
    await world.turn()
    assert await world.send() == 0
    world.clock.advance(seconds=9)
    assert await world.plan() > 0
    assert await world.send() == 1


async def test_a_claim_of_a_server_that_is_gone_runs_out(world: World) -> None:
    """Then the message is sent by another one."""
    await world.channel()
    await world.turn()
    async with world.storage() as uow:
        now = world.clock()
        assert await uow.deliveries.claim("gone", now=now, until=now + timedelta(seconds=120))
        await uow.commit()
    assert await world.send() == 0
    world.clock.advance(seconds=120)
    assert await world.send() == 1


async def test_the_same_is_told_once_within_the_window(world: World) -> None:
    """And counted; another branch is not the same; what could not be told is told again."""
    ops = await world.channel(dedup_window=timedelta(hours=1))
    world.notifier.outcomes = [SendOutcome(True, "200"), REFUSED]
    for branch in ("", "", "dev"):
        world.clock.advance(minutes=1)
        await world.turn(branch=branch)
    await world.send()
    first, dev = await world.deliveries(ops)
    assert (first.suppressed_count, dev.suppressed_count) == (1, 0)
    assert dev.state is DeliveryState.FAILED
    await world.turn(branch="dev")
    world.clock.advance(minutes=59)
    await world.turn()
    assert len(await world.deliveries(ops)) == 4


async def test_a_digest_gathers(world: World) -> None:
    """Until its time; what comes after it is in the next one."""
    ops = await world.channel(digest_interval=timedelta(hours=1))
    for branch in ("a", "b"):
        await world.turn(branch=branch)
    assert await world.send() == 0
    world.clock.advance(hours=1)
    await world.turn(branch="c")
    assert await world.send() == 1
    (first, second) = await world.deliveries(ops)
    assert [told.branch for told in first.notifications] == ["a", "b"]
    assert [told.branch for told in second.notifications] == ["c"]


async def test_nothing_is_sent_in_quiet_hours(world: World) -> None:
    """But afterwards."""
    await world.channel(quiet_hours=QuietHours("UTC", time(11), time(13)))
    await world.turn()
    assert await world.send() == 0
    world.clock.advance(hours=1)
    assert await world.send() == 1


async def test_what_fails_is_tried_again(world: World) -> None:
    """With every attempt kept; other channels do not wait for it."""
    ops, other = await world.channel(), await world.channel(target=SlackTarget())
    world.notifier.outcomes = [SendOutcome(False, "503", "later"), SendOutcome(True, "200")]
    await world.turn()
    assert await world.send() == 2
    states = {(await world.deliveries(one))[0].state for one in (ops, other)}
    assert states == {DeliveryState.PENDING, DeliveryState.SUCCEEDED}
    world.clock.advance(seconds=10)
    assert await world.send() == 1
    attempts = [a.status for one in (ops, other) for a in (await world.deliveries(one))[0].attempts]
    assert sorted(attempts) == ["200", "200", "503"]


async def test_a_sender_that_breaks_off_loses_nothing(world: World) -> None:
    """It counts as a failed attempt."""

    class Broken(FakeNotifier):
        async def send(self, target: Any, secret: str, message: Any) -> SendOutcome:
            raise RuntimeError(secret)

    world.notifier = Broken()
    world.start(world.defaults)
    ops = await world.channel()
    await world.turn()
    await world.send()
    (delivery,) = await world.deliveries(ops)
    assert [one.status for one in delivery.attempts] == ["the sender broke off"]


async def test_a_dead_channel_is_disabled_and_others_hear_of_it(world: World) -> None:
    """What waits for it ends; it can be enabled again, and what failed be replayed."""
    ops = await world.channel()
    world.notifier.outcomes = [GONE]
    await world.turn()
    await world.turn(branch="dev")
    await world.send()
    dead = await world.stored(ops)
    assert (dead.disabled, dead.failed_in_a_row) == (True, 1)
    first, second = await world.deliveries(ops)
    assert {first.state, second.state} == {DeliveryState.FAILED}
    assert sorted([first.failure, second.failure])[1].startswith("the channel was disabled: the")
    other = await world.channel(target=SlackTarget())
    await world.plan()
    await world.send()
    (notice,) = await world.deliveries(other)
    assert [told.event for told in notice.notifications] == [NotificationEvent.CHANNEL_DISABLED]
    with pytest.raises(ChannelDisabledError):
        await world.replay(first.name)
    await world.update(ops.name, WantedChannel(), ["disabled"], etag=dead.etag)
    again = await world.replay(first.name)
    assert await world.send() == 1
    replayed = next(one for one in await world.deliveries(ops) if one.name == again.name)
    assert replayed.state is DeliveryState.SUCCEEDED
    assert (replayed.replay_of, replayed.notifications) == (str(first.name), first.notifications)


async def test_five_lost_messages_disable_a_channel(world: World) -> None:
    """One that arrives in between begins the count anew."""
    ops = await world.channel()
    lost = [REFUSED] * 4
    world.notifier.outcomes = [*lost, SendOutcome(True, "200"), *lost, REFUSED]
    for _ in range(9):
        await world.turn()
        await world.send()
    assert not (await world.stored(ops)).disabled
    await world.turn()
    await world.send()
    assert (await world.stored(ops)).disabled
    await world.turn()
    assert len(await world.deliveries(ops)) == 10
    events = world.storage.state.events[str(SHOP)]
    assert sum(isinstance(event.payload, NotificationChannelDisabled) for event in events) == 1


async def test_people_disable_a_channel(world: World) -> None:
    """What waits ends; a test goes through it all the same, and is tried once."""
    ops = await world.channel()
    await world.turn()
    await world.update(ops.name, WantedChannel(disabled=True), ["disabled"], etag="")
    (delivery,) = await world.deliveries(ops)
    assert delivery.failure == "the channel was disabled"
    world.notifier.outcomes = [SendOutcome(False, "503")]
    tried = await world.try_channel(ops.name)
    assert (tried.state, len(tried.attempts)) == (DeliveryState.FAILED, 1)
    assert tried.notifications[0].event is NotificationEvent.TEST


async def test_secrets_need_a_key(world: World) -> None:
    """Without one nothing is stored; with another one nothing is sent, but it waits for the right one."""
    await world.channel()
    await world.turn()
    right = world.secrets
    world.secrets = FakeSecretBox(())
    world.start(world.defaults)
    with pytest.raises(SecretsUnavailableError):
        await world.channel()
    assert await world.send() == 1
    assert world.notifier.sent == []
    world.secrets = right
    world.start(world.defaults)
    world.clock.advance(minutes=1)
    assert await world.send() == 1
    assert len(world.notifier.sent) == 1


async def test_a_stored_secret_goes_nowhere_else(world: World) -> None:
    """A mail server's password has to be sent again for another server; it goes with the user."""
    mail = EmailTarget("mail.example", "a@x.example", ("b@x.example",), user="ci")
    ops = await world.channel(target=mail, secret="pass")
    stored = ops.stored_secret
    more = EmailTarget("mail.example", "a@x.example", ("c@x.example",), user="ci")
    changed = await world.update(ops.name, WantedChannel(target=more), ["target"], etag="")
    assert (changed.target, changed.stored_secret) == (more, stored)
    for other in (
        EmailTarget("evil.example", "a@x.example", ("b@x.example",), user="ci"),
        EmailTarget("mail.example", "a@x.example", ("b@x.example",), port=1, user="ci"),
        HOOK,
        None,
    ):
        with pytest.raises(InvalidFieldError):
            await world.update(ops.name, WantedChannel(target=other), ["target"], etag="")
    open_mail = EmailTarget("evil.example", "a@x.example", ("b@x.example",))
    changed = await world.update(ops.name, WantedChannel(target=open_mail), ["target"], etag="")
    assert changed.stored_secret == ""
    with pytest.raises(InvalidFieldError):
        await world.channel(target=open_mail, secret="pass")
    hook = await world.channel()
    elsewhere = WebhookTarget("https://y.example")
    changed = await world.update(hook.name, WantedChannel(target=elsewhere), ["target"], etag="")
    assert (changed.target, changed.stored_secret) == (elsewhere, hook.stored_secret)
    renewed = WantedChannel(target=elsewhere, secret="t" * 16)
    changed = await world.update(hook.name, renewed, ["target"], etag="")
    assert changed.stored_secret not in {"", hook.stored_secret}
    slack = await world.channel(target=SlackTarget())
    kept = await world.update(slack.name, WantedChannel(target=SlackTarget()), ["target"], etag="")
    assert kept.stored_secret == slack.stored_secret


async def test_a_channel_that_could_never_speak_is_refused(world: World) -> None:
    """With the field that is wrong."""
    for fields, name in (
        ({"display_name": " "}, "notification_channel.display_name"),
        ({"target": None}, "notification_channel.target"),
        ({"secret": ""}, "notification_channel.webhook.secret"),
        ({"secret": "", "target": SlackTarget()}, "notification_channel.slack.webhook_url"),
        (
            {"quiet_hours": QuietHours("Mars/Olympus", time(1), time(2))},
            "notification_channel.quiet_hours.time_zone",
        ),
        ({"quiet_hours": QuietHours("UTC", time(1), time(1))}, "notification_channel.quiet_hours"),
    ):
        with pytest.raises(InvalidFieldError) as caught:
            await world.channel(**fields)
        assert [one.field for one in caught.value.violations] == [name]


OPERATORS = ChannelDefaults(
    "https://hooks.slack.example/operator",
    "#quality",
    MailServer("mail.example", 2525, EmailSecurity.TLS, "quality", "canary"),
    "quality@example.com",
)
"""What an operator has set for channels."""


async def test_channels_inherit_what_they_leave_out() -> None:
    """The operator's Slack webhook and channel, mail server and sender; what they bring is theirs."""
    world = World(defaults=OPERATORS)
    await world.begin()
    hook, own = OPERATORS.slack_webhook_url, "https://hooks.slack.example/own"
    to = ("a@x.example",)
    inherited = EmailTarget(
        "mail.example", "quality@example.com", to, EmailSecurity.TLS, 2525, "quality"
    )
    for target, secret, complete, used in (
        (SlackTarget(), "", SlackTarget("#quality"), hook),
        (SlackTarget("#shop"), "", SlackTarget("#shop"), hook),
        (SlackTarget(), own, SlackTarget(), own),
        (SlackTarget("#shop"), own, SlackTarget("#shop"), own),
        (EmailTarget("", "", to), "", inherited, "canary"),
        (
            EmailTarget("", "b@x.example", to),
            "",
            replace(inherited, sender="b@x.example"),
            "canary",
        ),
        (
            EmailTarget("m.example", "", to, user="me"),
            "pw",
            EmailTarget("m.example", "quality@example.com", to, user="me"),
            "pw",
        ),
    ):
        channel = await world.channel(target=target, secret=secret)
        assert (channel.target, bool(channel.stored_secret)) == (target, bool(secret))
        await world.try_channel(channel.name)
        assert world.notifier.sent[-1][:2] == (complete, used)


async def test_what_the_operator_sets_anew_is_used_at_once() -> None:
    """By channels that are there; once it is gone, their messages fail, and are tried again."""
    world = World(defaults=OPERATORS)
    await world.begin()
    channel = await world.channel(target=SlackTarget(), secret="")
    world.start(replace(OPERATORS, slack_webhook_url="https://hooks.slack.example/new"))
    await world.try_channel(channel.name)
    assert world.notifier.sent[-1][1] == "https://hooks.slack.example/new"
    world.start(ChannelDefaults())
    await world.turn()
    await world.send()
    assert len(world.notifier.sent) == 1
    waiting = {one.state: one for one in await world.deliveries(channel)}[DeliveryState.PENDING]
    assert "notification_channel.slack.webhook_url" in waiting.attempts[0].status
    world.start(OPERATORS)
    world.clock.advance(minutes=1)
    await world.send()
    assert world.notifier.sent[-1][1] == OPERATORS.slack_webhook_url


async def test_what_nobody_has_set_cannot_be_left_out(world: World) -> None:
    """Nor can half a mail server: the operator's password would go where the project says."""
    to = ("a@x.example",)
    for target, field_name in (
        (SlackTarget(), "notification_channel.slack.webhook_url"),
        (EmailTarget("", "a@x.example", to), "notification_channel.email.host"),
        (EmailTarget("m.example", "", to), "notification_channel.email.sender"),
    ):
        with pytest.raises(InvalidFieldError, match=field_name):
            await world.channel(target=target, secret="")
    world.start(OPERATORS)
    for values, secret, field_name in (
        ({"port": 25}, "", "port"),
        ({"security": EmailSecurity.NONE}, "", "security"),
        ({"user": "me"}, "", "user"),
        ({"user": "me"}, "pw", "user"),
    ):
        target = EmailTarget("", "a@x.example", to, **values)
        with pytest.raises(
            InvalidFieldError, match=f"notification_channel.email.{field_name}: is that of"
        ):
            await world.channel(target=target, secret=secret)


async def test_a_channel_is_changed_to_inherit_or_not() -> None:
    """A Slack channel with a webhook of its own keeps it; a mail channel can go to the operator's server."""
    world = World(defaults=OPERATORS)
    await world.begin()

    async def retarget(channel: Channel, target: Any, secret: str = "") -> Channel:
        wanted = WantedChannel(target=target, secret=secret)
        return await world.update(channel.name, wanted, ["target"], etag="")

    own = await world.channel(target=SlackTarget(), secret="https://hooks.slack.example/own")
    assert (await retarget(own, SlackTarget("#shop"))).target == SlackTarget("#shop")
    assert (await world.stored(own)).stored_secret
    to = ("a@x.example",)
    mail = await world.channel(
        target=EmailTarget("m.example", "a@x.example", to, user="me"), secret="pw"
    )
    assert (await retarget(mail, EmailTarget("", "", to))).stored_secret == ""
    world.start(ChannelDefaults())
    inheriting = await world.stored(mail)
    with pytest.raises(InvalidFieldError, match=r"notification_channel\.email\.sender"):
        await retarget(inheriting, EmailTarget("", "", to))


async def test_a_project_has_a_hundred_channels_at_most(world: World) -> None:
    """The next one is refused."""
    for _ in range(100):
        await world.channel()
    with pytest.raises(TooManyChannelsError):
        await world.channel()


async def test_old_deliveries_go(world: World) -> None:
    """After the time that they are kept."""
    ops = await world.channel()
    await world.turn()
    await world.send()
    world.clock.advance(days=30)
    assert await world.forget() == 0
    world.clock.advance(days=1)
    assert await world.forget() == 1
    assert await world.deliveries(ops) == []


async def test_secrets_follow_the_first_key(world: World) -> None:
    """So that an older key can be taken away; what no key decrypts stays as it is."""
    first = await world.channel()
    lost = await world.channel()
    async with world.storage() as uow:
        lost.stored_secret = "lost:1:00:2"
        await uow.channels.save(lost)
        await uow.commit()
    rotate = RotateSecrets(world.storage, FakeSecretBox(("new", "key")))
    assert (await rotate(), await rotate()) == (1, 0)
    stored = (await world.stored(first)).stored_secret
    assert FakeSecretBox(("new",)).decrypt(stored).unwrap() == "s" * 16
    assert (await world.stored(lost)).stored_secret == "lost:1:00:2"


async def test_what_analyses_end_with_is_told(world: World) -> None:
    """A failure with its reason; critical issues in new code with their count, and nothing without any."""
    ops = await world.channel()
    failed, found, clean = (
        Analysis.queue(analysis_name(n), ("ruff",), "me", world.clock(), "dev") for n in (1, 2, 3)
    )
    failed.fail(AttemptsExhaustedError(3), world.clock())
    results = AnalysisResults(1, None, IssueCounts(), Score(50.0), None, {}, {})
    found.record_results(results, SeverityCounts(critical=1_200), world.clock())
    clean.record_results(results, SeverityCounts(high=3), world.clock())
    async with world.storage() as uow:
        for analysis in (failed, found, clean):
            await uow.analyses.add(analysis)
        await uow.commit()
    await world.plan()
    told = [one.notifications[0] for one in await world.deliveries(ops)]
    by_event = {one.event: one for one in told}
    assert len(told) == len(by_event) == 2
    ended = by_event[NotificationEvent.ANALYSIS_FAILED]
    assert (ended.analysis, ended.branch) == (str(failed.name), "dev")
    assert ended.values == {"reason": "ATTEMPTS_EXHAUSTED"}
    assert ended.message.startswith("The analysis failed: the server stopped")
    critical = by_event[NotificationEvent.NEW_CRITICAL_ISSUES]
    assert (critical.analysis, critical.branch) == (str(found.name), "dev")
    assert critical.message == "There are 1,200 critical issues in new code"


async def test_what_cannot_be_stored_is_sent_again(world: World) -> None:
    """Once the claim has run out: the message arrives twice rather than never."""

    class Cutting(FakeNotifier):
        async def send(self, target: Any, secret: str, message: Any) -> SendOutcome:
            world.storage.is_away = not self.sent
            return await super().send(target, secret, message)

    world.notifier = Cutting()
    world.start(world.defaults)
    ops = await world.channel()
    await world.turn()
    with pytest.raises(StorageUnavailableError):
        await world.send()
    world.storage.is_away = False
    assert await world.send() == 0
    world.clock.advance(seconds=120)
    assert await world.send() == 1
    (delivery,) = await world.deliveries(ops)
    first, second = (message.id for _, _, message in world.notifier.sent)
    assert first == second == str(delivery.name)
    assert delivery.state is DeliveryState.SUCCEEDED


async def test_what_is_removed_while_it_is_sent_leaves_nothing(world: World) -> None:
    """Its attempt is not stored anywhere."""

    class Removing(FakeNotifier):
        async def send(self, target: Any, secret: str, message: Any) -> SendOutcome:
            async with world.storage() as uow:
                await uow.channels.delete(ops.name)
                await uow.commit()
            return SendOutcome(True, "200")

    world.notifier = Removing()
    world.start(world.defaults)
    ops = await world.channel()
    await world.turn()
    assert await world.send() == 1
    assert await world.deliveries(ops) == []
