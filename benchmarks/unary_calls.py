"""How many small calls one server process answers, beside a bare one that only echoes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.analyses import analyze
from benchmarks.bench import Bench, in_turn
from benchmarks.figures import Figure
from benchmarks.peer import ECHO
from benchmarks.processes import ListeningProcess
from flext.quality.v1.analysis_service_pb2 import GetAnalysisRequest, GetAnalysisResponse
from flext_quality_client import QualityClient

_RUNS = 5
GET_ANALYSIS = "/flext.quality.v1.AnalysisService/GetAnalysis"


def measure(bench: Bench) -> Iterator[Figure]:
    """GetAnalysis of a finished analysis against the echo of a message as large as its answer."""
    tree = bench.copy_of("requests")
    files = bench.fresh_directory("messages")
    request, response, nothing = files / "request", files / "response", files / "nothing"
    nothing.touch()
    with bench.server(tree) as server, bench.peer(nothing) as peer:
        with QualityClient(server.address) as client:
            analysis = analyze(client, tree)
        request.write_bytes(GetAnalysisRequest(name=analysis.name).SerializeToString())
        response.write_bytes(GetAnalysisResponse(analysis=analysis).SerializeToString())
        ours, theirs = Load(server, GET_ANALYSIS, request), Load(peer, ECHO, response)
        yield Figure("GetAnalysis calls", "/s", *in_turn(bench.runs(_RUNS), ours.run, theirs.run))
        yield Figure("GetAnalysis, server's processor", "share", ours.shares, theirs.shares)


class Load:
    """Runs the load generator, in a process of its own, against one server.

    Attributes:
        shares: for each run, how much of one core the server took; near 1 says that the server, and
            not the generator, was the bottleneck.
    """

    def __init__(self, server: ListeningProcess, method: str, request: Path) -> None:
        self._server = server
        self._arguments = [server.address, method, str(request)]
        self.shares: list[float] = []

    def run(self) -> float:
        """Calls per second."""
        argv = [sys.executable, "-m", "benchmarks.load", *self._arguments]
        before = self._server.cpu_seconds
        answer = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
        calls_per_second, seconds = map(float, answer)
        self.shares.append((self._server.cpu_seconds - before) / seconds)
        return calls_per_second
