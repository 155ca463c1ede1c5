"""How connections are kept: pings, age, compression, headers; and reflection as tools use it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2

from flext.quality.v1 import event_service_pb2 as event_pb
from flext.quality.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from tests.conftest import StartServer
from tests.live import LiveServer
from tests.rpc.calls import Calls
from tests.waiting import PATIENCE_SECONDS, wait_until

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS, _PING, _GOAWAY = 4, 6, 7
_ACKNOWLEDGED = 1


def _frame(kind: int, payload: bytes = b"", flags: int = 0) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + bytes(4) + payload


def _connected(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)))


class _Http2:
    """A client that speaks as much HTTP/2 as pings need: RFC 9113."""

    def __init__(self, address: str) -> None:
        self._socket = _connected(address)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._socket.sendall(_PREFACE + _frame(_SETTINGS))
        self._file = self._socket.makefile("rb")

    def ping(self) -> str:
        """Sends a ping; "" once it is answered, what the server says if it sends us away."""
        self._socket.sendall(_frame(_PING, b"12345678"))
        while head := self._file.read(9):
            payload = self._file.read(int.from_bytes(head[:3], "big"))
            if head[3] == _GOAWAY:
                return payload[8:].decode()
            if head[3] == _PING and head[4] & _ACKNOWLEDGED:
                return ""
        return "closed"

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.mark.parametrize(("interval", "is_sent_away"), [(0.001, False), (5.0, True)])
def test_pings_are_answered_as_often_as_the_operator_allows(
    start_server: StartServer, *, interval: float, is_sent_away: bool
) -> None:
    """A client that asks more often is told that it asks too often, and is sent away."""
    client = _Http2(start_server(connections={"min_ping_interval": interval}).address)
    said = ""
    for _ in range(10):
        said = said or client.ping()
        time.sleep(2 * min(interval, 0.001))  # never less than this, so never too often
    client.close()
    assert ("too_many_pings" in said) == is_sent_away
    assert bool(said) == is_sent_away


def test_a_connection_ends_at_its_age_and_the_next_goes_on(start_server: StartServer) -> None:
    """A watch is cut with UNAVAILABLE, as when a server goes; the same channel connects again."""
    server = start_server(connections={"max_age": 0.2, "max_age_grace": 0.1})
    calls = Calls(server.address)
    request = event_pb.WatchEventsRequest(after_cursor=0)
    watching = calls.events.WatchEvents(request, timeout=PATIENCE_SECONDS)
    with pytest.raises(grpc.RpcError) as cut:
        list(watching)
    assert cut.value.code() is grpc.StatusCode.UNAVAILABLE
    now = event_pb.WatchEventsRequest(after_cursor=0, until_now=True)

    def goes_on() -> bool:
        again = calls.events.WatchEvents(now, timeout=PATIENCE_SECONDS, wait_for_ready=True)
        with suppress(grpc.RpcError):  # a slow call meets the end of its connection, too
            return [0] == [told.cursor for told in again]
        return False

    wait_until(goes_on)


def test_headers_come_before_anything_happens(live_server: LiveServer) -> None:
    """A client knows at once that its watch is heard, though nothing is to be told for a while."""
    calls = Calls(live_server.address)
    request = event_pb.WatchEventsRequest(after_cursor=0)
    request.heartbeat_interval.seconds = 300
    watching = calls.events.WatchEvents(request, timeout=PATIENCE_SECONDS)
    watching.initial_metadata()
    watching.cancel()


@contextmanager
def _counting(address: str, directory: Path) -> Iterator[tuple[str, list[int]]]:
    """An address that leads to the server's, and how many bytes came from there."""
    path, counts = directory / "counted.sock", [0]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    open_sockets = [listener]

    def forward(source: socket.socket, target: socket.socket, *, is_counted: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(65_536):
                counts[0] += len(chunk) * is_counted
                target.sendall(chunk)

    def serve() -> None:
        client, _ = listener.accept()
        server = _connected(address)
        open_sockets.extend((client, server))
        up = threading.Thread(target=forward, args=(client, server), kwargs={"is_counted": False})
        up.start()
        forward(server, client, is_counted=True)
        up.join()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"unix:{path}", counts
    finally:
        for one in open_sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        thread.join()


@pytest.mark.parametrize(
    ("compression", "accepts", "is_small"),
    [("none", True, False), ("gzip", True, True), ("gzip", False, False)],
)
def test_answers_are_compressed_where_both_want_it(
    start_server: StartServer,
    tmp_path: Path,
    *,
    compression: str,
    accepts: bool,
    is_small: bool,
) -> None:
    """The operator switches it on, and a client that takes plain answers alone gets them plain."""
    server = start_server(connections={"compression": compression})
    only_identity = [("grpc.compression_enabled_algorithms_bitset", 1)]
    with _counting(server.address, tmp_path) as (address, counts):
        with grpc.insecure_channel(address, None if accepts else only_identity) as channel:
            stub = metrics_service_pb2_grpc.MetricsServiceStub(channel)
            request = metrics_service_pb2.ListMetricDescriptorsRequest()
            size = stub.ListMetricDescriptors(request).ByteSize()
        assert (counts[0] < size / 2) == is_small
        assert is_small or counts[0] >= size


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
@pytest.mark.parametrize(
    "symbol",
    [
        "flext.quality.v1.AnalysisService",
        "flext.quality.v1.AnalysisService.GetAnalysis",
        "flext.quality.v1.Issue",
        "grpc.reflection.v1.ServerReflection",
    ],
)
def test_reflection_finds_services_methods_and_messages(
    calls: Calls, version: str, symbol: str
) -> None:
    """In the stable version and the older one, with every file that is imported."""
    (answer,) = _ask(calls, version, file_containing_symbol=symbol)
    files = [
        FileDescriptorProto.FromString(each)
        for each in answer.file_descriptor_response.file_descriptor_proto
    ]
    names = {file.name for file in files}
    assert all(imported in names for file in files for imported in _imports(file))
    assert any(symbol.startswith(f"{file.package}.") for file in files)


def test_reflection_says_what_is_not_there(calls: Calls) -> None:
    """Within the answer, so that the stream goes on."""
    (answer,) = _ask(calls, "v1", file_containing_symbol="no.such.Thing")
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    (answer,) = _ask(calls, "v1")
    assert answer.error_response.error_code == grpc.StatusCode.INVALID_ARGUMENT.value[0]


def _imports(file: FileDescriptorProto) -> list[str]:
    # The rules on fields are options whose file nobody needs: docs/decisions/0014.
    return [name for name in file.dependency if not name.startswith("buf/")]


def _ask(
    calls: Calls, version: str, **question: Any
) -> list[reflection_pb2.ServerReflectionResponse]:
    method: Any = calls.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    return list(
        method(iter([reflection_pb2.ServerReflectionRequest(**question)]), timeout=PATIENCE_SECONDS)
    )
