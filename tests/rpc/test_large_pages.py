"""Pages of large things: each fits into what clients take, 4 MiB unless they are told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flext.quality.v1 import analysis_service_pb2 as analysis_pb
from flext.quality.v1 import issue_service_pb2 as issue_pb
from flext.quality.v1 import metrics_service_pb2 as metrics_pb
from flext.quality.v1 import notification_service_pb2 as notification_pb
from flext.quality.v1 import project_service_pb2 as project_pb
from flext.quality.v1.metrics_pb2 import MetricDescriptor
from flext_quality.application.pages import MAX_PAGE_BYTES
from flext_quality.domain.errors import ErrorReason
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState, Failure
from flext_quality.domain.identifiers import ChannelName, DeliveryName
from flext_quality.domain.notifications.channel import Channel, WebhookTarget
from flext_quality.domain.notifications.delivery import Delivery
from flext_quality.domain.notifications.notification import Notification, NotificationEvent
from flext_quality.domain.sources.measures import FileRecord
from flext_quality.rpc.findings.mapping import ProtobufFindingCodec
from flext_quality.rpc.server import SERVICES
from tests.contract.issue_story import Story, finding, issue_id
from tests.contract.samples import NOON, SHOP, analysis, project, store
from tests.live import LiveServer
from tests.rpc.calls import refused
from tests.rpc.issue_world import World, issue_at

LARGE = "x" * 300_000
COUNT = 20
CHANNEL = ChannelName(SHOP.project_id, issue_id(0))


def compared(world: World) -> Any:
    base, head = world.names[0], world.names[1]
    return analysis_pb.CompareAnalysesRequest(base_analysis=base, head_analysis=head)


LISTS: dict[str, tuple[str, str, Callable[[World], Any]]] = {
    "ListProjects": ("projects", "projects", lambda _: project_pb.ListProjectsRequest()),
    "ListAnalyses": (
        "analyses",
        "analyses",
        lambda _: analysis_pb.ListAnalysesRequest(parent=str(SHOP)),
    ),
    "ListFindings": (
        "analyses",
        "findings",
        lambda world: analysis_pb.ListFindingsRequest(parent=world.names[0]),
    ),
    "CompareAnalyses": ("analyses", "issues", compared),
    "ListIssues": ("issues", "issues", lambda _: issue_pb.ListIssuesRequest(parent=str(SHOP))),
    "ListIssueHistory": (
        "issues",
        "changes",
        lambda _: issue_pb.ListIssueHistoryRequest(parent=issue_at(1)),
    ),
    "ListPathMeasures": (
        "metrics",
        "paths",
        lambda world: metrics_pb.ListPathMeasuresRequest(parent=str(SHOP), analysis=world.names[1]),
    ),
    "ListNotificationChannels": (
        "channels",
        "notification_channels",
        lambda _: notification_pb.ListNotificationChannelsRequest(parent=str(SHOP)),
    ),
    "ListNotificationDeliveries": (
        "channels",
        "notification_deliveries",
        lambda _: notification_pb.ListNotificationDeliveriesRequest(parent=str(CHANNEL)),
    ),
}
SMALL = {"ListMetricDescriptors", "ListBranches"}
"""Whose things have bounded fields only."""


async def everything_large(story: Story) -> None:
    """Of each kind at least `COUNT` things, so large that few fit into a page."""
    uow = story.uow
    # No path is longer than 4,096 characters, and page tokens hold one.
    story.records = [FileRecord(f"{n}{LARGE[:4_000]}", f"{n:064x}", {}) for n in range(600)]
    await story.analyzed([story.issue(0)])
    await story.analyzed([story.issue(n, message=LARGE) for n in range(1, COUNT + 1)])
    for number in range(COUNT):
        await story.decided(1, reason=f"{number}{LARGE}")
    async with uow() as work:
        codec = ProtobufFindingCodec()
        findings = [finding(line=n, message=LARGE) for n in range(COUNT)]
        for some in (findings[:13], findings[13:]):
            name = story.analyses[0].name
            await work.findings.append(name, "ruff", len(some), codec.encode(some))
        await work.commit()
    failure = Failure(ErrorReason.TOOL_FAILED, LARGE)
    for number in range(COUNT):
        one = analysis(100 + number)
        one.outcomes = {"ruff": AnalyzerOutcome("ruff", AnalyzerState.FAILED, failure=failure)}
        await store(uow, one, project(f"large-{number}", LARGE))
    target = WebhookTarget("https://hooks.example")
    async with uow() as work:
        for number in range(COUNT):
            channel = replace(CHANNEL, channel_id=issue_id(number))
            await work.channels.add(Channel(channel, LARGE, target, (), NOON, NOON))
            told = Notification(NotificationEvent.TEST, NOON, LARGE)
            delivery = DeliveryName(CHANNEL.project_id, CHANNEL.channel_id, issue_id(number))
            later = NOON + timedelta(days=36_500)
            await work.deliveries.add(Delivery.of(delivery, told, NOON, later))
        await work.commit()


def test_every_list_of_the_contract_is_tried() -> None:
    """A new list is another entry above."""
    lists = {
        method.name
        for service in SERVICES
        for method in service.methods
        if "page_token" in method.input_type.fields_by_name
    }
    assert lists == {*LISTS, *SMALL}


def test_no_page_is_larger_than_clients_take(live_server: LiveServer) -> None:
    """Whatever page_size says; and nothing is left out or comes twice."""
    world = World(live_server)
    world.tell(everything_large)
    for rpc, (stub, field, ask) in LISTS.items():
        method = getattr(getattr(world, stub), rpc)
        request = ask(world)
        request.page_size = 1_000
        found: list[bytes] = []
        pages = 0
        while True:
            page = method(request)
            items = getattr(page, field)
            assert 0 < page.ByteSize() < MAX_PAGE_BYTES + 50_000, rpc
            found += [item.SerializeToString() for item in items]
            pages += 1
            request.page_token = page.next_page_token
            if not request.page_token:
                break
        assert pages > 1, rpc
        assert len(found) == len(set(found)) >= COUNT, rpc


def test_metrics_come_by_pages(live_server: LiveServer) -> None:
    """Each once, in the same order whatever the size of a page."""
    world = World(live_server)
    whole = world.metrics.ListMetricDescriptors(metrics_pb.ListMetricDescriptorsRequest())
    request = metrics_pb.ListMetricDescriptorsRequest(page_size=7)
    found: list[MetricDescriptor] = []
    while True:
        page = world.metrics.ListMetricDescriptors(request)
        found += page.metric_descriptors
        request.page_token = page.next_page_token
        if not request.page_token:
            break
        assert len(page.metric_descriptors) == 7
    assert len(found) > 7
    assert found == list(whole.metric_descriptors)
    assert whole.next_page_token == ""


def test_a_history_comes_by_pages(live_server: LiveServer) -> None:
    """Oldest first over all pages; a token belongs to its issue."""

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(1), story.issue(2)])
        for number in range(9):
            await story.decided(1, 2, reason=str(number))

    world = World(live_server)
    world.tell(happen)
    request = issue_pb.ListIssueHistoryRequest(parent=issue_at(1), page_size=4)
    reasons: list[str] = []
    sizes = []
    while True:
        page = world.issues.ListIssueHistory(request)
        sizes.append(len(page.changes))
        reasons += [change.triage.reason for change in page.changes]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert (sizes, reasons) == ([4, 4, 2], ["", *map(str, range(9))])
    request.parent = issue_at(2)
    with refused() as error:
        world.issues.ListIssueHistory(request)
    assert error.reason == "INVALID_PAGE_TOKEN"
