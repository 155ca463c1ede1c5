"""What traces and metrics cost: small calls of a server with all of it, beside one without any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.analyses import analyze
from benchmarks.bench import Bench, in_turn
from benchmarks.figures import Figure
from benchmarks.processes import ListeningProcess
from benchmarks.unary_calls import GET_ANALYSIS, Load
from flext.quality.v1.analysis_service_pb2 import GetAnalysisRequest
from flext_quality_client import QualityClient

_RUNS = 9
_GROUP = "FLEXT_API_OBSERVABILITY__"


def measure(bench: Bench) -> Iterator[Figure]:
    """GetAnalysis of a finished analysis, with the default share of traces kept, and with every trace."""
    tree = bench.copy_of("requests")
    with bench.collector() as collector:
        observed = {f"{_GROUP}HTTP_PORT": "0"}
        observed[f"{_GROUP}TRACING_ENDPOINT"] = f"http://{collector.address}"
        every = {**observed, f"{_GROUP}TRACING_SAMPLE_RATIO": "1"}
        with (
            bench.server(tree) as bare,
            bench.server(tree, variables=observed) as sampled,
            bench.server(tree, variables=every) as traced,
        ):
            loads = {
                server.address: _load(bench, server, tree) for server in (bare, sampled, traced)
            }
            runs = bench.runs(_RUNS)
            for name, server in (("observed", sampled), ("every trace kept", traced)):
                on, off = loads[server.address], loads[bare.address]
                begun = len(off.shares)
                rates = in_turn(runs, on.run, off.run)
                yield Figure(f"GetAnalysis calls, {name}", "/s", *rates)
                # Tells it apart from what other processes take of the machine.
                costs = (_costs(on, rates[0]), _costs(off, rates[1], begun))
                yield Figure(f"GetAnalysis, processor time of one, {name}", "us", *costs)
            yield Figure(
                "memory after the load, observed", "MB", [sampled.memory_mb], [bare.memory_mb]
            )


def _load(bench: Bench, server: ListeningProcess, tree: Path) -> Load:
    with QualityClient(server.address) as client:
        analysis = analyze(client, tree, ["ruff"])
    request = bench.fresh_directory("messages") / "request"
    request.write_bytes(GetAnalysisRequest(name=analysis.name).SerializeToString())
    return Load(server, GET_ANALYSIS, request)


def _costs(load: Load, rates: list[float], begun: int = 0) -> list[float]:
    return [share / rate * 1e6 for share, rate in zip(load.shares[begun:], rates, strict=True)]
