"""How soon a client that starts an analysis hears of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import grpc

from benchmarks.bench import Bench
from benchmarks.figures import Figure
from flext.quality.v1.analysis_service_pb2 import StartAnalysisRequest, WatchAnalysisRequest
from flext.quality.v1.analysis_service_pb2_grpc import AnalysisServiceStub
from flext_quality_client import QualityClient

_RUNS = 15


def measure(bench: Bench) -> Iterator[Figure]:
    """From the call of StartAnalysis to the first event of WatchAnalysis, on a server at rest."""
    tree = bench.copy_of("requests")
    with bench.server(tree) as server:
        with QualityClient(server.address) as client:
            project = client.projects.of_path(tree).name
        with grpc.insecure_channel(server.address) as channel:
            stub = AnalysisServiceStub(channel)
            _first_event(stub, project)  # connects
            first, begun = zip(
                *(_first_event(stub, project) for _ in range(bench.runs(_RUNS))), strict=True
            )
    yield Figure("first event", "ms", first)
    yield Figure("first analyzer's start", "ms", begun)


def _first_event(stub: AnalysisServiceStub, project: str) -> tuple[float, float]:
    """Milliseconds to the first event, and to the first that tells of an analyzer's start."""
    times: dict[str, float] = {}
    start = time.perf_counter()
    analysis = stub.StartAnalysis(StartAnalysisRequest(parent=project)).analysis
    for response in stub.WatchAnalysis(WatchAnalysisRequest(name=analysis.name)):
        now = (time.perf_counter() - start) * 1000
        times.setdefault("first", now)
        times.setdefault(response.analysis_event.WhichOneof("kind") or "", now)
    return times["first"], times["analyzer_started"]
