"""Many watchers of one running analysis: whether each hears everything, and what that costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc

from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.processes import ListeningProcess
from flext.quality.v1.analysis_service_pb2 import (
    GetAnalysisRequest,
    StartAnalysisRequest,
    WatchAnalysisRequest,
)
from flext.quality.v1.analysis_service_pb2_grpc import AnalysisServiceStub
from flext_quality_client import QualityClient

if TYPE_CHECKING:
    from flext.quality.v1.analysis_service_pb2_grpc import AnalysisServiceAsyncStub

_WATCHERS = 500
_CHANNELS = 10
_ARRIVAL_SECONDS = 1.0
"""Over which the watchers come, so that the later ones get what they missed and then follow."""
_CHANNEL_OPTIONS = (("grpc.use_local_subchannel_pool", 1),)  # a connection for each channel


@dataclass(frozen=True, slots=True)
class _Watched:
    """What a watcher saw: all sequences as they came, and when the last did."""

    sequences: list[int]
    ended: float


def measure(bench: Bench) -> Iterator[Figure]:
    """All watch an analysis of Django; beside it, one analysis with one watcher.

    A watcher missed something unless the sequences it saw are 1 to the last, each once, in order.
    """
    tree = bench.copy_of("django")
    wrong, spread, took, alone, memory, events = [], [], [], [], [], []
    for _ in range(bench.runs()):
        for count in (1, _WATCHERS):
            with bench.server(tree) as server:
                with QualityClient(server.address) as client:
                    project = client.projects.of_path(tree).name
                start = time.perf_counter()
                last, watched = asyncio.run(_watch(server, project, count))
                ends = [one.ended for one in watched]
                if count == 1:
                    alone.append(ends[0] - start)
                    continue
                whole = list(range(1, last + 1))
                wrong.append(sum(one.sequences != whole for one in watched))
                spread.append(max(ends) - min(ends))
                took.append(max(ends) - start)
                events.append(last)
                memory.append(server.peak_memory_mb)
    yield Figure("500 watchers, those that missed something", "", [max(wrong)])
    yield Figure("500 watchers, events for each", "", events)
    yield Figure("500 watchers, analysis / with 1 watcher", "s", took, alone)
    yield Figure("500 watchers, from the first's end to the last's", "s", spread)
    yield Figure("500 watchers, peak memory of the server", "MB", memory)


async def _watch(server: ListeningProcess, project: str, count: int) -> tuple[int, list[_Watched]]:
    """The sequence of the last event, and what each of `count` watchers saw."""
    channels = [
        grpc.aio.insecure_channel(server.address, _CHANNEL_OPTIONS)
        for _ in range(min(count, _CHANNELS))
    ]
    stubs = [AnalysisServiceStub(channel) for channel in channels]
    analysis = (await stubs[0].StartAnalysis(StartAnalysisRequest(parent=project))).analysis

    async def watcher(number: int) -> _Watched:
        await asyncio.sleep(_ARRIVAL_SECONDS * number / count)
        stub: AnalysisServiceAsyncStub = stubs[number % len(stubs)]
        responses = stub.WatchAnalysis(WatchAnalysisRequest(name=analysis.name))
        seen = [r.analysis_event.sequence async for r in responses if r.HasField("analysis_event")]
        return _Watched(seen, time.perf_counter())

    watched = await asyncio.gather(*(watcher(number) for number in range(count)))
    request = GetAnalysisRequest(name=analysis.name)
    last = (await stubs[0].GetAnalysis(request)).analysis.last_sequence
    for channel in channels:
        await channel.close()
    return last, list(watched)
