"""A project with very many findings: how soon they are there, how fast they are streamed, in what space."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from benchmarks.analyses import analyze
from benchmarks.bare_tools import BareTools
from benchmarks.bench import Bench, in_turn, seconds
from benchmarks.figures import Figure
from benchmarks.framing import write_messages
from flext.quality.v1.analysis_service_pb2 import StreamFindingsRequest
from flext_quality_client import QualityClient

_STREAM_RUNS = 15
_EXPECTED = 51_724
_METHOD = "/flext.quality.v1.AnalysisService/StreamFindings"


def measure(bench: Bench) -> Iterator[Figure]:
    """`ruff --select ALL` on Django.

    Stored, each time as a project's first analysis: from StartAnalysis to the event that says all is over,
    beside the bare tool that writes the same findings as JSON into a file. Streamed: our client counts
    them, from our server and from a bare one that has the same messages in memory. Memory: the server's
    peak over all of that.
    """
    trees = [bench.copy_of("django") for _ in range(bench.runs())]
    for tree in trees:
        (tree / "ruff.toml").write_text('lint.select = ["ALL"]\n', "utf-8")
    bare = BareTools(trees[0], bench.fresh_directory("bare"))
    with bench.server(*trees) as server, QualityClient(server.address) as client:
        analyses = []
        fresh = iter(trees)
        for tree in trees:
            client.projects.of_path(tree)
        yield Figure(
            "51,724 findings stored",
            "s",
            *in_turn(
                bench.runs(),
                lambda: seconds(lambda: analyses.append(analyze(client, next(fresh), ["ruff"]))),
                lambda: bare.ruff("--output-format", "json").wall,
            ),
        )
        counts = {analysis.finding_count for analysis in analyses}
        assert counts == {_EXPECTED}, counts
        name = analyses[-1].name
        messages = _messages(server.address, name)
        stored = bench.fresh_directory("messages") / "batches"
        write_messages(stored, messages)
        with bench.peer(stored) as peer, QualityClient(peer.address) as peer_client:
            yield Figure(
                "51,724 findings streamed",
                "s",
                *in_turn(
                    bench.runs(_STREAM_RUNS),
                    lambda: seconds(lambda: _count(client, name)),
                    lambda: seconds(lambda: _count(peer_client, name)),
                ),
            )
        yield Figure("51,724 findings, batches", "", [len(messages)])
        yield Figure("51,724 findings, size", "MB", [sum(map(len, messages)) / 1e6])
        yield Figure("51,724 findings, peak memory", "MB", [server.peak_memory_mb])


def _count(client: QualityClient, name: str) -> None:
    assert sum(1 for _ in client.findings(name)) == _EXPECTED


def _messages(address: str, name: str) -> list[bytes]:
    """The stream as it goes over the wire."""
    request = StreamFindingsRequest(parent=name).SerializeToString()
    with grpc.insecure_channel(address) as channel:
        stream: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(_METHOD)
        return list(stream(request))
