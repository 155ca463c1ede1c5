from __future__ import annotations

from collections import deque
from pathlib import Path

import grpc
import pytest

import flext_quality_client
from flext.quality.v1.analysis_pb2 import AnalysisState
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.severity_pb2 import Severity
from flext_quality_client import (
    ClientOptions,
    FieldViolation,
    InvalidArgumentError,
    QualityError,
    UnavailableError,
    finding_filter,
)
from tests.sdk.flavours import Connect
from tests.sdk.scripted_server import (
    ANALYSIS,
    PROJECT,
    Fault,
    Script,
    project_at,
    refusal,
    story,
)

CLASSES = {
    grpc.StatusCode.INVALID_ARGUMENT: "InvalidArgumentError",
    grpc.StatusCode.NOT_FOUND: "NotFoundError",
    grpc.StatusCode.ALREADY_EXISTS: "AlreadyExistsError",
    grpc.StatusCode.UNAUTHENTICATED: "UnauthenticatedError",
    grpc.StatusCode.PERMISSION_DENIED: "PermissionDeniedError",
    grpc.StatusCode.FAILED_PRECONDITION: "FailedPreconditionError",
    grpc.StatusCode.ABORTED: "AbortedError",
    grpc.StatusCode.OUT_OF_RANGE: "OutOfRangeError",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "ResourceExhaustedError",
    grpc.StatusCode.DEADLINE_EXCEEDED: "DeadlineExceededError",
    grpc.StatusCode.CANCELLED: "CallCancelledError",
    grpc.StatusCode.INTERNAL: "InternalError",
    grpc.StatusCode.UNKNOWN: "InternalError",
    grpc.StatusCode.DATA_LOSS: "InternalError",
    grpc.StatusCode.UNIMPLEMENTED: "QualityError",
}


@pytest.mark.parametrize("code", CLASSES, ids=lambda code: code.name)
async def test_each_status_is_an_error_of_its_class(
    connect: Connect, scripted: str, script: Script, code: grpc.StatusCode
) -> None:
    """A caller catches a class, and reads reason, values and correlation id from it."""
    script.faults["GetProject"].append(refusal(code, "SOME_REASON", {"project": PROJECT}))
    with pytest.raises(QualityError) as caught:
        await connect(scripted, ClientOptions(correlation_id="my-id")).projects.get(PROJECT)
    error = caught.value
    assert getattr(flext_quality_client, CLASSES[code]) is type(error)
    assert (code, "SOME_REASON", {"project": PROJECT}) == (error.code, error.reason, error.metadata)
    assert "my-id" == error.correlation_id
    assert "SOME_REASON: told why: SOME_REASON (correlation id my-id)" == str(error)
    assert 1 == len(script.asked["GetProject"])


async def test_wrong_fields_are_named(connect: Connect, scripted: str, script: Script) -> None:
    """An invalid request says which fields are wrong, and how."""
    fault = refusal(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", {}, ("parent", "is empty"))
    script.faults["StartAnalysis"].append(fault)
    with pytest.raises(InvalidArgumentError) as caught:
        await connect(scripted).analyses.start("")
    assert (FieldViolation("parent", "is empty"),) == caught.value.field_violations


async def test_an_error_without_details_has_no_reason(
    connect: Connect, scripted: str, script: Script
) -> None:
    """What a proxy says is an error like others, without a reason of the service's."""
    script.faults["GetProject"].append(Fault(grpc.StatusCode.INTERNAL))
    with pytest.raises(QualityError) as caught:
        await connect(scripted).projects.get(PROJECT)
    assert ("", "scripted") == (caught.value.reason, caught.value.message)


async def test_a_server_that_is_away_for_a_moment_is_not_noticed(
    connect: Connect, scripted: str, script: Script
) -> None:
    """A call is repeated with the same ids while the server is UNAVAILABLE."""
    script.faults["StartAnalysis"] = deque([Fault(), Fault()])
    analysis = await connect(scripted).analyses.start(PROJECT, ["ruff"])
    assert ANALYSIS == analysis.name
    asked = script.asked["StartAnalysis"]
    assert 3 == len(asked)
    assert asked[0].request_id
    assert asked[0] == asked[1] == asked[2]
    assert 1 == len(set(script.ids["StartAnalysis"]))


async def test_a_server_that_stays_away_is_unavailable(
    connect: Connect, scripted: str, script: Script
) -> None:
    """A call is tried max_attempts times in all."""
    script.faults["GetProject"] = deque([Fault()] * 100)
    with pytest.raises(UnavailableError):
        await connect(scripted, ClientOptions(max_attempts=3)).projects.get(PROJECT)
    assert 3 == len(script.asked["GetProject"])


async def test_nobody_at_the_address_is_unavailable(connect: Connect, target: str) -> None:
    """Where no server is, the error says so soon."""
    with pytest.raises(UnavailableError):
        await connect(target, ClientOptions(max_attempts=2)).projects.get(PROJECT)


async def test_calls_whose_repeat_would_answer_differently_are_not_repeated(
    connect: Connect, scripted: str, script: Script
) -> None:
    """A deletion, or an update with an etag, that may have got through is the caller's to judge."""
    client = connect(scripted)
    for rpc in ("DeleteProject", "UpdateProject"):
        script.faults[rpc].append(Fault())
    with pytest.raises(UnavailableError):
        await client.projects.delete(PROJECT)
    with pytest.raises(UnavailableError):
        await client.projects.update(project_at("/srv/shop"), ["display_name"])
    assert 1 == len(script.asked["DeleteProject"])
    assert 1 == len(script.asked["UpdateProject"])


async def test_every_unary_call_has_a_deadline_and_its_own_id(
    connect: Connect, scripted: str, script: Script
) -> None:
    """No call waits for ever, and the server's log can tell calls apart."""
    client = connect(scripted, ClientOptions(timeout=12))
    await client.projects.get(PROJECT)
    await client.projects.get(PROJECT)
    assert all(10 < timeout < 13 for timeout in script.timeouts["GetProject"])
    assert 2 == len(set(script.ids["GetProject"]) - {""})


async def test_lists_give_the_items_of_all_pages(
    connect: Connect, scripted: str, script: Script
) -> None:
    """Paging happens behind the iterator, and only as far as it is used."""
    script.projects = [project_at(f"/srv/{i}", f"projects/p{i}") for i in range(7)]
    client = connect(scripted)
    names = [project.name async for project in client.projects.list(page_size=3)]
    assert [f"projects/p{i}" for i in range(7)] == names
    assert ["", "3", "6"] == [request.page_token for request in script.asked["ListProjects"]]


async def test_a_page_of_findings(connect: Connect, scripted: str, script: Script) -> None:
    """One page at a time, for who shows pages."""
    script.findings = [[Finding(line=i) for i in range(5)]]
    client = connect(scripted)
    wanted = finding_filter(severities=[Severity.SEVERITY_HIGH], path_prefix="src")
    page = await client.list_findings(ANALYSIS, wanted, page_size=3)
    rest = await client.list_findings(ANALYSIS, wanted, page_token=page.next_page_token)
    assert [0, 1, 2] == [finding.line for finding in page.findings]
    assert [3, 4] == [finding.line for finding in rest.findings]
    assert "" == rest.next_page_token
    assert wanted == script.asked["ListFindings"][0].filter


async def test_the_other_calls(connect: Connect, scripted: str) -> None:
    """Every RPC of the contract has its method."""
    client = connect(scripted)
    state = AnalysisState.ANALYSIS_STATE_CANCELLED
    created = await client.projects.create("/srv/shop", display_name="Shop", project_id="shop")
    assert "/srv/shop" == created.source.local_path.path
    assert created == await client.projects.update(created, ["display_name"])
    assert ANALYSIS == (await client.analyses.get(ANALYSIS)).name
    assert state == (await client.analyses.cancel(ANALYSIS)).state
    assert [ANALYSIS] == [a.name async for a in client.analyses.list(PROJECT, states=[state])]
    assert ANALYSIS == (await client.metrics(PROJECT, ANALYSIS)).analysis
    assert None is await client.projects.delete(PROJECT, etag="1")


async def test_analyze_registers_starts_and_follows(
    connect: Connect, scripted: str, script: Script
) -> None:
    """One call analyses a path: the project is registered, the analysis started and watched."""
    script.events = story(5)
    script.findings = [[Finding(rule="F401")]]
    script.faults["WatchAnalysis"].append(Fault(after=2))
    run = connect(scripted).analyze("/srv/shop", ["ruff"])
    with pytest.raises(RuntimeError):
        _ = run.analysis
    events = [event async for event in run]
    assert script.events == events
    assert AnalysisState.ANALYSIS_STATE_SUCCEEDED == run.analysis.state
    assert ["F401"] == [finding.rule async for finding in run.findings()]
    assert PROJECT == run.project
    assert "/srv/shop" == script.asked["ListProjects"][0].local_path
    assert ["ruff"] == script.asked["StartAnalysis"][0].analyzers
    assert [] == [event async for event in run]


async def test_a_run_can_be_waited_for_and_cancelled(
    connect: Connect, scripted: str, script: Script
) -> None:
    """Who does not care for the events waits; the analysis's name is known as soon as it is started."""
    script.events = story(3, AnalysisState.ANALYSIS_STATE_CANCELLED)
    run = connect(scripted).analyze("/srv/shop")
    assert AnalysisState.ANALYSIS_STATE_PENDING == (await run.start()).state
    await run.cancel()
    assert AnalysisState.ANALYSIS_STATE_CANCELLED == (await run.wait()).state
    assert 1 == len(script.asked["StartAnalysis"])
    assert ANALYSIS == script.asked["CancelAnalysis"][0].name


async def test_a_path_has_one_project(
    connect: Connect, scripted: str, script: Script, tmp_path: Path
) -> None:
    """A path that is registered is not registered again, and two who register it agree on the id."""
    client = connect(scripted)
    first = await client.projects.of_path(tmp_path / "x" / "..")
    again = await client.projects.of_path(str(tmp_path))
    assert first == again
    assert 1 == len(script.asked["CreateProject"])
    script.projects.clear()
    await client.projects.of_path(tmp_path)
    ids = [request.request_id for request in script.asked["CreateProject"]]
    assert ids[0] == ids[1]


async def test_a_project_that_moved_away_does_not_stand_for_its_old_path(
    connect: Connect, scripted: str, script: Script
) -> None:
    """If the path's registered project was moved to another path since, the path gets a new one."""
    client = connect(scripted)
    moved = await client.projects.of_path("/srv/shop")
    moved.source.local_path.path = "/srv/elsewhere"
    script.projects[0].CopyFrom(moved)
    project = await client.projects.of_path("/srv/shop")
    assert "/srv/shop" == project.source.local_path.path
    registered, again, fresh = script.asked["CreateProject"]
    assert registered == again
    assert registered.request_id != fresh.request_id
