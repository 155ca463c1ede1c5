"""What holds for every call: correlation, deadlines, defects, health, reflection."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from dishka import Provider, Scope, provide
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from flext.quality.v1 import project_service_pb2 as project_pb
from flext_quality.application.projects.read_projects import GetProject
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.project import Project
from flext_quality.rpc.server import SERVICES
from tests.conftest import StartServer
from tests.rpc.calls import Calls, refused

GET = project_pb.GetProjectRequest(name="projects/shop")


class WithGetProject(Provider):
    """Puts something else in the place of a use case."""

    scope = Scope.APP

    def __init__(self, use_case: object) -> None:
        super().__init__()
        self._use_case = use_case

    @provide(override=True)
    def get_project(self) -> GetProject:
        """What takes its place."""
        return self._use_case  # type: ignore[return-value]


def test_a_correlation_id_is_returned(calls: Calls, project_dir: Path) -> None:
    """The client's own on success and on error, by unary calls and streams; else a new one each."""
    given = (("x-correlation-id", "build-42"),)
    name = calls.create(project_dir).name
    request = project_pb.GetProjectRequest(name=name)
    _, call = calls.projects.GetProject.with_call(request, metadata=given)
    assert dict(call.trailing_metadata())["x-correlation-id"] == "build-42"
    with refused() as error:
        calls.projects.GetProject(GET, metadata=given)
    assert error.trailing is not None
    assert error.trailing["x-correlation-id"] == "build-42"
    made = [
        dict(calls.projects.GetProject.with_call(request)[1].trailing_metadata()) for _ in range(2)
    ]
    assert made[0]["x-correlation-id"] != made[1]["x-correlation-id"]


@pytest.mark.parametrize("unfit", ["", "with space", "x" * 129])
def test_an_unfit_correlation_id_is_replaced(calls: Calls, project_dir: Path, unfit: str) -> None:
    """What goes into every log line cannot be just anything."""
    request = project_pb.GetProjectRequest(name=calls.create(project_dir).name)
    metadata = (("x-correlation-id", unfit),)
    _, call = calls.projects.GetProject.with_call(request, metadata=metadata)
    assert dict(call.trailing_metadata())["x-correlation-id"] not in ("", unfit)


def test_every_log_line_of_a_call_carries_its_correlation_id(
    start_server: StartServer, project_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As JSON, with method, status and duration; of an analysis's run too."""

    class Buggy:
        async def __call__(self, name: ProjectName) -> Project:
            raise ZeroDivisionError("a secret detail")

    server = start_server(
        providers=(WithGetProject(Buggy()),),
        observability={"log_format": "json", "log_level": "info"},
    )
    calls = Calls(server.address)
    with refused():
        calls.projects.GetProject(GET, metadata=(("x-correlation-id", "build-42"),))
    calls.analyze(project_dir)
    server.stop()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    ours = [line for line in lines if line.get("correlation_id") == "build-42"]
    assert [line["event"] for line in ours] == ["defect", "call"]
    assert "a secret detail" in json.dumps(ours[0]["exception"])
    assert ours[1]["method"] == "/flext.quality.v1.ProjectService/GetProject"
    assert (ours[1]["code"], ours[1]["level"]) == ("INTERNAL", "error")
    assert ours[1]["milliseconds"] >= 0
    called = [line for line in lines if line["event"] == "call"]
    assert all(line["correlation_id"] and line["timestamp"] for line in called)
    assert [line["code"] for line in called] == ["INTERNAL", "OK", "OK", "OK"]


def test_a_defect_is_told_without_its_details(start_server: StartServer) -> None:
    """INTERNAL with the correlation id, under which the log has the rest."""

    class Buggy:
        async def __call__(self, name: ProjectName) -> Project:
            raise ZeroDivisionError("/srv/secret/path")

    calls = Calls(start_server(providers=(WithGetProject(Buggy()),)).address)
    with refused() as error:
        calls.projects.GetProject(GET, metadata=(("x-correlation-id", "build-42"),))
    assert (error.code, error.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert error.metadata == {"correlation_id": "build-42"}
    assert "build-42" in error.message
    assert "secret" not in error.message


def test_a_database_that_is_away_is_told_as_such(start_server: StartServer) -> None:
    """UNAVAILABLE: a client may try again."""

    class Away:
        async def __call__(self, name: ProjectName) -> Project:
            raise StorageUnavailableError

    calls = Calls(start_server(providers=(WithGetProject(Away()),)).address)
    with refused() as error:
        calls.projects.GetProject(GET)
    assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "STORAGE_UNAVAILABLE")


def test_no_call_takes_longer_than_the_server_allows(start_server: StartServer) -> None:
    """A client without a deadline of its own does not wait for ever."""

    class Endless:
        async def __call__(self, name: ProjectName) -> Project:
            await asyncio.Event().wait()
            raise AssertionError

    server = start_server(providers=(WithGetProject(Endless()),), default_timeout=0.2)
    with refused() as error:
        Calls(server.address).projects.GetProject(GET)
    assert (error.code, error.reason) == (
        grpc.StatusCode.DEADLINE_EXCEEDED,
        "DEADLINE_EXCEEDED",
    )


def test_each_service_tells_its_health(calls: Calls) -> None:
    """And the server as a whole under the empty name."""
    health: Any = health_pb2_grpc.HealthStub(calls.channel)  # the stubs know none of its methods
    for name in ("", *(service.full_name for service in SERVICES)):
        answer = health.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_health_says_so_when_the_server_goes_down(start_server: StartServer) -> None:
    """Who watches it sends no more calls here."""
    server = start_server(shutdown_grace=30.0)
    health: Any = health_pb2_grpc.HealthStub(grpc.insecure_channel(server.address))
    watching = health.Watch(health_pb2.HealthCheckRequest(service=""))
    assert next(watching).status == health_pb2.HealthCheckResponse.SERVING
    with ThreadPoolExecutor() as threads:
        stopping = threads.submit(server.stop)
        told = next(watching).status
        watching.cancel()
        stopping.result()
    assert told == health_pb2.HealthCheckResponse.NOT_SERVING


def test_reflection_describes_everything(calls: Calls) -> None:
    """A tool that knows nothing of us can list the services and read every message."""
    database = ProtoReflectionDescriptorDatabase(calls.channel)
    assert {service.full_name for service in SERVICES} <= set(database.get_services())
    for service in SERVICES:
        file = database.FindFileContainingSymbol(service.full_name)
        assert service.name in [described.name for described in file.service]


def test_a_method_that_nobody_serves_is_unimplemented(calls: Calls) -> None:
    """As gRPC has it."""
    nothing: Any = calls.channel.unary_unary("/flext.quality.v1.ProjectService/Nothing")
    with pytest.raises(grpc.RpcError) as raised:
        nothing(b"")
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


METHODS = [method for service in SERVICES for method in service.methods]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_no_string_may_hold_the_character_zero(calls: Calls, method: MethodDescriptor) -> None:
    """Databases do not take it or end there; each field that has it is named, however deep."""
    for path in string_fields(method.input_type):
        request = GetMessageClass(method.input_type)()
        put(request, path, "a\0b")
        with refused() as error:
            called(calls, method, request)
        assert error.code is grpc.StatusCode.INVALID_ARGUMENT, path
        wrong = {re.sub(r"\[.*?\]", "", at) for at, text in error.violations if "U+0000" in text}
        assert wrong == {".".join(field.name for field in path)}


def called(calls: Calls, method: MethodDescriptor, request: Message) -> None:
    """Makes a call of any method."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    answer = GetMessageClass(method.output_type).FromString
    if method.server_streaming:
        list(calls.channel.unary_stream(path, type(request).SerializeToString, answer)(request))
    else:
        calls.channel.unary_unary(path, type(request).SerializeToString, answer)(request)


def string_fields(
    message: Descriptor, before: tuple[FieldDescriptor, ...] = ()
) -> Iterator[tuple[FieldDescriptor, ...]]:
    """The paths to all strings that a message may hold; maps are told by themselves."""
    for field in message.fields:
        path = (*before, field)
        kind = field.message_type
        if field.type == FieldDescriptor.TYPE_STRING or (kind and kind.GetOptions().map_entry):
            yield path
        elif kind and kind.file.package.startswith("flext"):
            yield from string_fields(kind, path)


def put(message: Message, path: tuple[FieldDescriptor, ...], text: str) -> None:
    """Sets the field at the path, and in the first item of what is repeated."""
    field, *rest = path
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value[text] = text
    elif rest:
        put(value.add() if field.is_repeated else value, tuple(rest), text)
    elif field.is_repeated:
        value.append(text)
    else:
        setattr(message, field.name, text)
