from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1 import notification_pb2 as notification
from flext.quality.v1 import notification_service_pb2 as pb
from flext.quality.v1 import project_service_pb2, quality_gate_pb2, quality_gate_service_pb2
from flext_quality.infrastructure.security.secret_box import new_key
from flext_quality_client import verify_webhook
from tests.conftest import StartServer
from tests.hooks import HookServer
from tests.integration.notifications.receivers import Mailbox
from tests.live import LiveServer
from tests.rpc.calls import Calls, refused

SECRET = "canary-secret-of-the-hook"
EVENTS = [
    notification.NOTIFICATION_EVENT_GATE_FAILED,
    notification.NOTIFICATION_EVENT_GATE_RECOVERED,
    notification.NOTIFICATION_EVENT_THRESHOLD_VIOLATED,
]
SUCCEEDED = notification.NOTIFICATION_DELIVERY_STATE_SUCCEEDED
FAILED = notification.NOTIFICATION_DELIVERY_STATE_FAILED


@pytest.fixture
def hooks() -> Iterator[HookServer]:
    """A receiver of webhooks."""
    with HookServer().running() as server:
        yield server


@pytest.fixture
def live_server(start_server: StartServer, project_dir: Path) -> LiveServer:
    """A server that may send to loopback."""
    return start_server(
        security={
            "allowed_project_paths": [project_dir],
            "secret_encryption_key": new_key(),
            "allowed_internal_hosts": ["127.0.0.1"],
        },
        notifications={"poll_interval": 0.1},
    )


def hook(url: str = "https://hooks.example/x", **fields: Any) -> notification.NotificationChannel:
    target = notification.WebhookTarget(url=url, secret=SECRET)
    rules = [notification.NotificationRule(events=EVENTS)]
    values: dict[str, Any] = {"display_name": "Ops", "webhook": target, "rules": rules}
    return notification.NotificationChannel(**{**values, **fields})


def create(
    calls: Calls, project: str, channel: notification.NotificationChannel, request_id: str = ""
) -> notification.NotificationChannel:
    request = pb.CreateNotificationChannelRequest(
        parent=project, notification_channel=channel, request_id=request_id
    )
    return calls.channels.CreateNotificationChannel(request).notification_channel


def update(
    calls: Calls, channel: notification.NotificationChannel, *fields: str
) -> notification.NotificationChannel:
    mask = FieldMask(paths=fields)
    request = pb.UpdateNotificationChannelRequest(notification_channel=channel, update_mask=mask)
    return calls.channels.UpdateNotificationChannel(request).notification_channel


def deliveries(calls: Calls, channel: str, **fields: Any) -> pb.ListNotificationDeliveriesResponse:
    return calls.channels.ListNotificationDeliveries(
        pb.ListNotificationDeliveriesRequest(parent=channel, **fields)
    )


def test_a_failed_gate_reaches_the_hook(calls: Calls, project_dir: Path, hooks: HookServer) -> None:
    """Signed, with what happened; the delivery tells how it went, and can be replayed."""
    project = calls.create(project_dir).name
    channel = create(calls, project, hook(hooks.url))
    strict = quality_gate_pb2.QualityGate(
        name=f"{project}/qualityGate",
        conditions=[
            quality_gate_pb2.GateCondition(
                metric="files",
                comparison=quality_gate_pb2.GATE_COMPARISON_GREATER_THAN,
                threshold=100,
                scope=quality_gate_pb2.GATE_SCOPE_OVERALL,
            )
        ],
    )
    calls.gates.UpdateQualityGate(
        quality_gate_service_pb2.UpdateQualityGateRequest(
            quality_gate=strict, update_mask=FieldMask(paths=["conditions"])
        )
    )
    analysis = calls.start(project).name
    calls.watch(analysis)
    told = {}
    for headers, body in hooks.wait_for(2):
        verified = verify_webhook(body, headers, SECRET)
        content = json.loads(body)
        assert content["id"] == verified.delivery
        told[content["notifications"][0]["event"]] = content["notifications"][0]
    assert set(told) == {"GATE_FAILED", "THRESHOLD_VIOLATED"}
    assert told["GATE_FAILED"]["analysis"] == analysis
    assert told["THRESHOLD_VIOLATED"]["values"]["metric"] == "files"

    first = verify_webhook(hooks.requests[0][1], hooks.requests[0][0], SECRET).delivery
    replayed = calls.channels.ReplayNotificationDelivery(
        pb.ReplayNotificationDeliveryRequest(name=first)
    ).notification_delivery
    assert replayed.replay_of == first
    headers, body = hooks.wait_for(3)[2]
    assert verify_webhook(body, headers, SECRET).delivery == replayed.name
    found = calls.channels.GetNotificationDelivery(
        pb.GetNotificationDeliveryRequest(name=first)
    ).notification_delivery
    assert [attempt.status for attempt in found.attempts] == ["200"]
    assert found.end_time.ToDatetime() >= found.create_time.ToDatetime()
    page = deliveries(calls, channel.name, page_size=2)
    assert page.notification_deliveries[0].name == replayed.name
    rest = deliveries(calls, channel.name, page_size=2, page_token=page.next_page_token)
    assert (
        len(page.notification_deliveries),
        len(rest.notification_deliveries),
        rest.next_page_token,
    ) == (2, 1, "")
    assert list(deliveries(calls, channel.name, states=[FAILED]).notification_deliveries) == []


def test_a_channel_is_kept_as_it_was_sent(calls: Calls, project_dir: Path) -> None:
    """But for its secret, which never comes back; the list has it too."""
    project = calls.create(project_dir).name
    wanted = [
        hook(
            message_template=notification.NotificationTemplate(title="{{ project }}"),
            quiet_hours=notification.QuietHours(
                time_zone="Europe/Berlin", begins_at="22:00", ends_at="06:30", days=[1, 7]
            ),
            dedup_window=Duration(seconds=60),
            digest_interval=Duration(seconds=120),
        ),
        hook(
            webhook=None,
            slack=notification.SlackTarget(
                webhook_url="https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/canarysecret7FQ"
            ),
        ),
        hook(
            webhook=None,
            email=notification.EmailTarget(
                sender="ci@x.example",
                host="mail.x.example",
                recipients=["a@x.example"],
                user="u",
                password="canary",
                security=notification.EMAIL_SECURITY_TLS,
            ),
        ),
        hook(
            webhook=None,
            apprise=notification.AppriseTarget(url="discord://4174216298/canaryJHMHI8qBe7bk"),
        ),
    ]
    made = [create(calls, project, one) for one in wanted]
    assert "canary" not in str(made)
    assert all(one.has_secret for one in made)
    assert (made[0].webhook.url, made[0].quiet_hours) == (
        wanted[0].webhook.url,
        wanted[0].quiet_hours,
    )
    assert made[0].rules[0].events == EVENTS
    assert (made[0].message_template, made[0].dedup_window) == (
        wanted[0].message_template,
        wanted[0].dedup_window,
    )
    assert made[3].apprise.scheme == "discord"
    wanted[2].email.password = ""
    assert made[2].email == wanted[2].email
    for one in made:
        assert (
            calls.channels.GetNotificationChannel(
                pb.GetNotificationChannelRequest(name=one.name)
            ).notification_channel
            == one
        )
    request = pb.ListNotificationChannelsRequest(parent=project, page_size=3)
    page = calls.channels.ListNotificationChannels(request)
    request.page_token = page.next_page_token
    listed = [
        *page.notification_channels,
        *calls.channels.ListNotificationChannels(request).notification_channels,
    ]
    assert {one.name for one in listed} == {one.name for one in made}


def test_a_retry_makes_no_second_channel(calls: Calls, project_dir: Path) -> None:
    """With the same request id; for another channel it is refused."""
    project = calls.create(project_dir).name
    first = create(calls, project, hook(), "r1")
    assert create(calls, project, hook(), "r1") == first
    with refused() as error:
        create(calls, project, hook(display_name="Dev"), "r1")
    assert error.reason == "REQUEST_ID_REUSED"


def test_a_channel_is_changed(calls: Calls, project_dir: Path) -> None:
    """Field by field, unless somebody else changed it in between."""
    project = calls.create(project_dir).name
    made = create(calls, project, hook())
    change = notification.NotificationChannel(name=made.name, display_name="New", etag=made.etag)
    changed = update(calls, change, "display_name")
    assert (changed.display_name, changed.rules, changed.has_secret) == ("New", made.rules, True)
    with refused() as error:
        update(calls, change, "display_name")
    assert (error.code, error.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert error.metadata == {"channel": made.name, "current": changed.etag}
    whole = hook(name=made.name, disabled=True)
    assert update(calls, whole, "*").disabled
    for channel, fields, wrong in (
        (change, (), "update_mask"),
        (change, ("etag",), "update_mask"),
        (hook(name="projects/x"), ("rules",), "notification_channel.name"),
        (hook(name=made.name, display_name=""), ("*",), "notification_channel.display_name"),
    ):
        with refused() as error:
            update(calls, channel, *fields)
        assert error.fields == (wrong,)
    with refused() as error:
        calls.channels.DeleteNotificationChannel(
            pb.DeleteNotificationChannelRequest(name=made.name, etag="stale")
        )
    assert error.reason == "ETAG_MISMATCH"
    calls.channels.DeleteNotificationChannel(pb.DeleteNotificationChannelRequest(name=made.name))
    with refused() as error:
        calls.channels.GetNotificationChannel(pb.GetNotificationChannelRequest(name=made.name))
    assert (error.code, error.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "NOTIFICATION_CHANNEL_NOT_FOUND",
    )


def test_a_test_says_what_came_of_it(calls: Calls, project_dir: Path, hooks: HookServer) -> None:
    """Whether the hook takes it or not; an address inside is refused."""
    project = calls.create(project_dir).name
    channel = create(calls, project, hook(hooks.url)).name
    hooks.statuses = [200, 500]
    tried = [
        calls.channels.TestNotificationChannel(
            pb.TestNotificationChannelRequest(name=channel)
        ).notification_delivery
        for _ in range(2)
    ]
    assert [one.state for one in tried] == [SUCCEEDED, FAILED]
    assert [one.attempts[0].status for one in tried] == ["200", "500"]
    assert list(deliveries(calls, channel, states=[FAILED]).notification_deliveries) == [tried[1]]
    inside = create(calls, project, hook("http://localhost:1/")).name
    answer = calls.channels.TestNotificationChannel(
        pb.TestNotificationChannelRequest(name=inside)
    ).notification_delivery
    assert "an address that is not public" in answer.failure


def test_wrong_channels_are_refused(calls: Calls, project_dir: Path) -> None:
    """With the wrong field; what is not there is NOT_FOUND."""
    project = calls.create(project_dir).name
    event = notification.NOTIFICATION_EVENT_TEST
    for channel, field in (
        (hook("ftp://x.example"), "notification_channel.webhook.url"),
        (hook("http://user:pw@x.example"), "notification_channel.webhook.url"),
        (hook(webhook=None), "notification_channel.target"),
        (
            hook(rules=[notification.NotificationRule(events=[event])]),
            "notification_channel.rules[0].events[0]",
        ),
        (
            hook(message_template=notification.NotificationTemplate(body="{{ x }}")),
            "notification_channel.message_template.body",
        ),
        (
            hook(webhook=None, apprise=notification.AppriseTarget(url="syslog://x")),
            "notification_channel.apprise.url",
        ),
        (
            hook(webhook=None, plugin=notification.PluginTarget(plugin="pager", address="me")),
            "notification_channel.plugin.plugin",
        ),
        (hook(dedup_window=Duration(seconds=604_801)), "notification_channel.dedup_window"),
        (
            hook(
                quiet_hours=notification.QuietHours(
                    time_zone="UTC", begins_at="24:00", ends_at="1:00"
                )
            ),
            "notification_channel.quiet_hours.begins_at",
        ),
    ):
        with refused() as error:
            create(calls, project, channel)
        assert error.code is grpc.StatusCode.INVALID_ARGUMENT
        assert field in error.fields
    with refused() as error:
        create(calls, "projects/nobody", hook())
    assert error.reason == "PROJECT_NOT_FOUND"
    nobody = f"{project}/channels/{'0' * 26}/deliveries/{'0' * 26}"
    for look in (
        lambda: calls.channels.GetNotificationDelivery(
            pb.GetNotificationDeliveryRequest(name=nobody)
        ),
        lambda: calls.channels.ReplayNotificationDelivery(
            pb.ReplayNotificationDeliveryRequest(name=nobody)
        ),
    ):
        with refused() as error:
            look()
        assert (error.code, error.reason) == (
            grpc.StatusCode.NOT_FOUND,
            "NOTIFICATION_DELIVERY_NOT_FOUND",
        )


async def test_channels_inherit_what_the_operator_has_set(
    start_server: StartServer, project_dir: Path
) -> None:
    """A mail goes through the operator's server, though that is inside; a Slack channel needs no webhook."""
    mailbox = Mailbox()
    slack = {"webhook_url": f"https://hooks.slack.com/services/T1/B1/{SECRET.replace('-', '')}"}

    def try_it(port: int) -> None:
        email = {"smtp_server": "127.0.0.1", "smtp_port": port, "security": "none"}
        email["from_email"] = "quality@x.example"
        calls = Calls(start_server(notifications={"email": email, "slack": slack}).address)
        project = calls.create(project_dir).name
        target = notification.EmailTarget(recipients=["ops@x.example"])
        made = create(calls, project, hook(webhook=None, email=target))
        assert (made.email, made.has_secret) == (target, False)
        tried = calls.channels.TestNotificationChannel(
            pb.TestNotificationChannelRequest(name=made.name)
        ).notification_delivery
        assert tried.state == SUCCEEDED
        wanted = notification.SlackTarget(channel="#shop")
        made = create(calls, project, hook(webhook=None, slack=wanted))
        assert (made.slack, made.has_secret) == (wanted, False)

    async with mailbox.open() as port:
        await asyncio.to_thread(try_it, port)
    (mail,) = mailbox.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("quality@x.example", ["ops@x.example"])


def test_secrets_need_the_operators_key(start_server: StartServer, project_dir: Path) -> None:
    """The error names the setting; nothing is stored."""
    calls = Calls(start_server().address)
    project = calls.create(project_dir).name
    with refused() as error:
        create(calls, project, hook())
    assert (error.code, error.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "SECRETS_UNAVAILABLE",
    )
    assert error.metadata == {"setting": "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY"}


def test_secrets_are_not_readable_at_rest(
    calls: Calls, live_server: LiveServer, project_dir: Path
) -> None:
    """Not in the database, whose files hold the channel otherwise; they go with the project."""
    project = calls.create(project_dir).name
    create(calls, project, hook("https://visible.example/"))
    content = b"".join(p.read_bytes() for p in live_server.settings.data_dir.glob("quality.db*"))
    assert b"visible.example" in content
    assert SECRET.encode() not in content
    calls.projects.DeleteProject(project_service_pb2.DeleteProjectRequest(name=project))
    with refused() as error:
        calls.channels.ListNotificationChannels(pb.ListNotificationChannelsRequest(parent=project))
    assert error.reason == "PROJECT_NOT_FOUND"
