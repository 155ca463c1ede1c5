"""Repeated calls: whoever lost an answer asks again with the same id, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1 import event_service_pb2 as event_pb
from flext.quality.v1 import issue_service_pb2 as issue_pb
from flext.quality.v1 import notification_service_pb2 as notification_pb
from flext.quality.v1 import quality_gate_service_pb2 as gate_pb
from flext.quality.v1.issue_pb2 import Issue
from flext.quality.v1.notification_pb2 import NotificationChannel, WebhookTarget
from flext.quality.v1.quality_gate_pb2 import QualityGate
from flext_quality.infrastructure.security.secret_box import new_key
from tests.conftest import StartServer
from tests.contract.issue_story import Story
from tests.hooks import HookServer
from tests.rpc.calls import refused
from tests.rpc.issue_world import (
    ACCEPTED,
    ACKNOWLEDGED,
    SHOP,
    World,
    decision,
    issue_at,
)

GATE = f"{SHOP}/qualityGate"


@pytest.fixture
def world(start_server: StartServer) -> World:
    """The shop with four issues, and another project; the server may send to loopback."""

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(n) for n in range(4)])

    security = {"allowed_internal_hosts": ["127.0.0.1"], "secret_encryption_key": new_key()}
    world = World(start_server(security=security))
    world.tell(happen)
    return world


@pytest.fixture
def hooks() -> Iterator[HookServer]:
    """A receiver of webhooks."""
    with HookServer().running() as server:
        yield server


def events(world: World) -> list[str]:
    """The types of what was told of the shop, but for its analyses."""
    request = event_pb.WatchEventsRequest(parent=SHOP, after_cursor=0, until_now=True)
    answers = world.events.WatchEvents(request, timeout=30)
    told = [one.quality_event for one in answers if one.HasField("quality_event")]
    return [e.project_event.WhichOneof("kind") for e in told if e.HasField("project_event")]


def calls(world: World) -> list[tuple[Callable[[Any], Any], Any, Any]]:
    """Methods, each with a request and one that asks for something else."""
    one, other = issue_at(1), issue_at(2)
    mask = FieldMask(paths=["assignee"])
    every = issue_pb.IssueFilter()
    return [
        (
            world.issues.UpdateIssue,
            issue_pb.UpdateIssueRequest(issue=Issue(name=one, assignee="Ann"), update_mask=mask),
            issue_pb.UpdateIssueRequest(issue=Issue(name=one, assignee="Bob"), update_mask=mask),
        ),
        (
            world.issues.TriageIssue,
            issue_pb.TriageIssueRequest(name=one, decision=decision(ACCEPTED)),
            issue_pb.TriageIssueRequest(name=other, decision=decision(ACCEPTED)),
        ),
        (
            world.issues.BatchTriageIssues,
            issue_pb.BatchTriageIssuesRequest(
                parent=SHOP, filter=every, decision=decision(ACKNOWLEDGED)
            ),
            issue_pb.BatchTriageIssuesRequest(
                parent=SHOP, names=[one], decision=decision(ACKNOWLEDGED)
            ),
        ),
        (
            world.gates.UpdateQualityGate,
            gate_pb.UpdateQualityGateRequest(
                quality_gate=QualityGate(name=GATE, min_new_lines=7),
                update_mask=FieldMask(paths=["min_new_lines"]),
            ),
            gate_pb.UpdateQualityGateRequest(
                quality_gate=QualityGate(name=GATE, min_new_lines=8),
                update_mask=FieldMask(paths=["min_new_lines"]),
            ),
        ),
        (
            world.gates.ResetQualityGate,
            gate_pb.ResetQualityGateRequest(name=GATE),
            gate_pb.ResetQualityGateRequest(name=GATE, etag="x"),
        ),
    ]


def test_two_equal_calls_are_one(world: World) -> None:
    """One event each, the same answer; other content is refused; the id is free in other methods."""
    told = events(world)
    for method, request, other in calls(world):
        request.request_id = other.request_id = "same"
        answer = method(request)
        assert method(request) == answer
        with refused() as error:
            method(other)
        assert (error.code, error.reason) == (
            grpc.StatusCode.ALREADY_EXISTS,
            "REQUEST_ID_REUSED",
        )
        assert error.metadata == {"request_id": "same"}
    assert events(world) == [
        *told,
        "issue_updated",
        "issues_triaged",
        "issues_triaged",
        "quality_gate_updated",
        "quality_gate_updated",
    ]
    history = issue_pb.ListIssueHistoryRequest(parent=issue_at(1))
    assert len(world.issues.ListIssueHistory(history).changes) == 3


def test_a_repeated_call_is_answered_as_things_are_by_then(world: World) -> None:
    """And undoes nothing that happened in between, though its etag is an old one."""
    request = issue_pb.TriageIssueRequest(
        name=issue_at(1), decision=decision(ACCEPTED), etag=world.issue(1).etag, request_id="1"
    )
    assert world.issues.TriageIssue(request).issue.status == ACCEPTED
    now = world.update(1, decision(ACKNOWLEDGED))
    assert world.issues.TriageIssue(request).issue == now == world.issue(1)


def test_without_an_id_every_call_counts(world: World) -> None:
    """As before."""
    for _ in range(2):
        world.update(1, decision(ACCEPTED))
    history = issue_pb.ListIssueHistoryRequest(parent=issue_at(1))
    assert len(world.issues.ListIssueHistory(history).changes) == 3


def test_a_wrong_id_is_refused_by_every_method(world: World) -> None:
    """With the field's name, and nothing is done."""
    told = events(world)
    for method, request, _ in calls(world):
        request.request_id = "a b"
        with refused() as error:
            method(request)
        assert (error.reason, error.fields) == ("INVALID_FIELD", ("request_id",))
    assert events(world) == told


def test_equal_calls_at_one_time_are_one(world: World) -> None:
    """Whichever comes first."""
    request = issue_pb.BatchTriageIssuesRequest(
        parent=SHOP, filter=issue_pb.IssueFilter(), decision=decision(ACCEPTED), request_id="1"
    )
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(lambda _: world.issues.BatchTriageIssues(request), range(8))]
    assert [one.triaged_count for one in answers] == [4] * 8
    assert events(world).count("issues_triaged") == 1


def test_tests_and_replays_of_notifications_send_one_message(
    world: World, hooks: HookServer
) -> None:
    """The repeated call is answered with the delivery of the first."""
    channel = world.channels.CreateNotificationChannel(
        notification_pb.CreateNotificationChannelRequest(
            parent=SHOP,
            notification_channel=NotificationChannel(
                display_name="Ops",
                webhook=WebhookTarget(url=hooks.url, secret="a secret of theirs"),
            ),
        )
    ).notification_channel
    test = notification_pb.TestNotificationChannelRequest(name=channel.name, request_id="1")
    tried = world.channels.TestNotificationChannel(test).notification_delivery
    assert tried.attempts[0].delivered
    assert world.channels.TestNotificationChannel(test).notification_delivery == tried
    replay = notification_pb.ReplayNotificationDeliveryRequest(name=tried.name, request_id="1")
    made = world.channels.ReplayNotificationDelivery(replay).notification_delivery
    assert (made.replay_of, made.name != tried.name) == (tried.name, True)
    again = world.channels.ReplayNotificationDelivery(replay).notification_delivery
    assert again.name == made.name
    request = notification_pb.ListNotificationDeliveriesRequest(parent=channel.name)
    listed = world.channels.ListNotificationDeliveries(request).notification_deliveries
    assert [one.name for one in listed] == [made.name, tried.name]
    assert len(hooks.requests) <= 2
    test.request_id = "2"
    assert world.channels.TestNotificationChannel(test).notification_delivery != tried
    replay.name = listed[0].name
    with refused() as error:
        world.channels.ReplayNotificationDelivery(replay)
    assert error.reason == "REQUEST_ID_REUSED"
