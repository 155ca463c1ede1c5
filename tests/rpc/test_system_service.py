"""What a server tells of itself."""

from __future__ import annotations

import asyncio

from flext.quality.v1 import error_reason_pb2, report_pb2, system_service_pb2_grpc
from flext.quality.v1 import system_service_pb2 as pb
from flext_quality import __version__
from flext_quality.container.analyzers import built_in_profiles
from flext_quality.domain.errors import ToolNotInstalledError
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.capabilities import capabilities_of
from flext_quality.infrastructure.analyzers.bandit.analyzer import BanditAnalyzer
from flext_quality.infrastructure.analyzers.ruff.analyzer import RuffAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions, installed_version
from flext_quality.rpc.server import MAX_REQUEST_BYTES
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer, FakeFileResultCache
from tests.live import LiveServer
from tests.rpc.calls import Calls


def _info(server: LiveServer) -> pb.ServerInfo:
    stub = system_service_pb2_grpc.SystemServiceStub(Calls(server.address).channel)
    return stub.GetServerInfo(pb.GetServerInfoRequest()).server_info


class _Missing(FakeAnalyzer):
    async def version(self) -> FlextResult[str]:
        return FlextResult.fail(ToolNotInstalledError(self.name))


class _Buggy(FakeAnalyzer):
    async def version(self) -> FlextResult[str]:
        raise ZeroDivisionError


class _Slow(FakeAnalyzer):
    async def version(self) -> FlextResult[str]:
        await asyncio.Event().wait()
        raise AssertionError


def test_a_server_tells_its_version_and_limits(start_server: StartServer) -> None:
    """Those that the operator set, and those of the contract."""
    server = start_server(
        max_concurrent_analyses=3,
        max_queued_analyses=7,
        default_timeout=12.5,
        source={
            "max_files": 9,
            "max_file_bytes": 10,
            "max_total_bytes": 11,
            "max_report_bytes": 12,
        },
        discovery={"service_name": "quality-eu"},
    )
    told = _info(server)
    assert (told.version, told.service_name) == (__version__, "quality-eu")
    limits = told.limits
    assert (limits.max_concurrent_analyses, limits.max_queued_analyses) == (3, 7)
    assert (limits.max_files, limits.max_file_bytes) == (9, 10)
    assert (limits.max_total_bytes, limits.max_report_bytes) == (11, 12)
    assert (limits.default_page_size, limits.max_page_size) == (50, 1000)
    assert limits.default_findings_page_size == 100
    assert limits.max_request_bytes == MAX_REQUEST_BYTES > limits.max_attachment_bytes
    assert limits.unary_timeout.ToTimedelta().total_seconds() == 12.5


def test_a_server_tells_its_analyzers(start_server: StartServer) -> None:
    """With the versions of the real tools, and which of them the operator switched off."""
    cache = FakeFileResultCache()
    server = start_server(
        RuffAnalyzer(ToolOptions()),
        BanditAnalyzer(ToolOptions(enabled=False), cache),
        external_tools={"bandit": {"enabled": False}},
    )
    told = _info(server)
    assert [("bandit", False), ("ruff", True)] == [(a.name, a.enabled) for a in told.analyzers]
    assert installed_version(built_in_profiles()["ruff"]).unwrap() == told.analyzers[1].tool_version
    assert "linting" in told.capabilities
    assert "security_scanning" not in told.capabilities


def test_an_analyzer_that_cannot_tell_its_version_does_not_hide_the_others(
    start_server: StartServer,
) -> None:
    """Neither one whose tool is missing, nor one with a bug, nor one that hangs."""
    told = _info(start_server(_Missing("a"), _Buggy("b"), _Slow("c"), FakeAnalyzer("d")))
    reasons = [a.unavailable_reason for a in told.analyzers]
    assert reasons == [
        error_reason_pb2.ERROR_REASON_TOOL_NOT_INSTALLED,
        error_reason_pb2.ERROR_REASON_TOOL_FAILED,
        error_reason_pb2.ERROR_REASON_TOOL_TIMED_OUT,
        error_reason_pb2.ERROR_REASON_UNSPECIFIED,
    ]
    assert [a.tool_version for a in told.analyzers] == ["", "", "", "1.0"]


def test_a_server_tells_its_formats_of_reports(live_server: LiveServer) -> None:
    """In the contract's order."""
    told = _info(live_server)
    names = [known.name for known in told.report_formats]
    assert names == ["html", "markdown", "json", "sarif", "pdf"]
    sarif = told.report_formats[3]
    assert sarif.format == report_pb2.REPORT_FORMAT_SARIF
    assert sarif.media_type == "application/sarif+json"
    assert [report_pb2.REPORT_KIND_TECHNICAL] == list(sarif.kinds)


def test_capabilities_are_those_of_the_analyzers_that_work() -> None:
    """A server that only reads what other tools found does no analysis of code itself."""
    profiles = built_in_profiles()
    every = capabilities_of([profiles["bandit"], profiles["mypy"], profiles["plugin"]])
    assert {"code_quality_analysis", "security_scanning", "metrics_collection"} <= set(every)
    assert list(every) == sorted(every)
    assert "code_quality_analysis" not in capabilities_of([profiles["sarif"], profiles["coverage"]])
    assert "metrics_collection" in capabilities_of([])
