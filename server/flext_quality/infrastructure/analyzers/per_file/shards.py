"""Runs a scanner over many files: as several processes side by side, each with its share."""

from __future__ import annotations

import asyncio
import itertools
import math
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic

import msgspec

from flext_quality.application.ports.sources import SourceFile, Workspace
from flext_quality.domain.errors import ToolOutputInvalidError
from flext_quality.infrastructure.analyzers.per_file.result import R
from flext_quality.infrastructure.analyzers.process import ToolCommand, ToolExit, run_tool
from flext_quality.infrastructure.analyzers.tool import ToolOptions

MAX_CRASHES = 16
"""How often the process of one share may die."""

_SHARD_COST = 200_000
"""A smaller share is not worth a process: starting one takes as long as scanning so many bytes."""
_FILE_COST = 1_000
"""What a file costs besides its bytes, in bytes."""

# Isolated: neither the working copy nor the user's packages are on the path.
_PYTHON = ("-I", "-B", "-X", "utf8", "-W", "ignore")
_RUNNER = Path(__file__).with_name("runner.py")


def shares(files: Sequence[SourceFile], processes: int) -> list[list[str]]:
    """The paths of the files, divided so that all shares take about as long.

    Every share goes through the whole tree in its order, so that results come in about that order.
    """
    costs = [file.size + _FILE_COST for file in files]
    count = max(1, min(processes, math.ceil(sum(costs) / _SHARD_COST)))
    divided: list[list[str]] = [[] for _ in range(count)]
    loads = [0] * count
    for file, cost in zip(files, costs, strict=True):
        least = loads.index(min(loads))
        divided[least].append(file.path)
        loads[least] += cost
    return [share for share in divided if share]


@dataclass(frozen=True)
class Scanner(Generic[R]):
    """What is done to each file.

    Attributes:
        program: the Python file that does it; see `runner.py`.
        settings: what it is told, besides the files.
        result_type: what its lines of output are read as.
        recursion_limit: what it needs instead of Python's own; 0: nothing.
    """

    program: Path
    settings: Mapping[str, object]
    result_type: type[R]
    recursion_limit: int = 0


@dataclass
class Shards(Generic[R]):
    """Runs processes until every file has a result.

    A process that dies is started again, first with the file that it was at. If it dies there once
    more, that file's result is the error "crash", and the others are gone on with.

    Attributes:
        on_results: takes the results of some files.
    """

    analyzer: str
    scanner: Scanner[R]
    workspace: Workspace
    options: ToolOptions
    on_results: Callable[[Sequence[R]], Awaitable[None]]
    max_crashes: int = MAX_CRASHES
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def run(self, files: Sequence[SourceFile]) -> None:
        """Scans the files. The first share that fails ends the others.

        Raises:
            ToolError: the tool does not work at all, or died more than `max_crashes` times.
        """
        if not files:
            return
        try:
            async with asyncio.TaskGroup() as group:
                for share in shares(files, self.options.processes):
                    group.create_task(self._run_share(share))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _run_share(self, remaining: list[str]) -> None:
        suspect = ""
        crashes = 0
        while remaining:
            ended = await self._run_process(remaining)
            if not remaining:
                return
            crashes += 1
            if crashes > self.max_crashes:
                raise ended.failure
            if remaining[0] != suspect:
                suspect = remaining[0]
                continue
            crash = self.scanner.result_type(
                path=remaining.pop(0), error="crash", detail=ended.failure.message
            )
            await self.on_results([crash])

    async def _run_process(self, remaining: list[str]) -> ToolExit:
        """One process; takes what gets a result off `remaining`."""
        is_ready = False
        decode = msgspec.json.Decoder(self.scanner.result_type).decode

        async def take(lines: Sequence[bytes]) -> None:
            nonlocal is_ready
            try:
                said = [decode(line) for line in lines]
            except msgspec.DecodeError as error:
                raise ToolOutputInvalidError(self.analyzer, str(error)) from None
            is_ready = is_ready or any(line.ready for line in said)
            results = [line for line in said if not line.ready]
            del remaining[: len(results)]
            await self.on_results(results)

        command = ToolCommand(
            self.analyzer,
            (sys.executable, *_PYTHON, str(_RUNNER), *self._arguments(remaining)),
            self.workspace,
            timeout_seconds=None,
            memory_limit_bytes=self.options.memory_limit_bytes,
        )
        ended = (await run_tool(command, take)).unwrap()
        if remaining and (not is_ready or ended.exit_code == 0):
            raise ended.failure
        return ended

    def _arguments(self, files: Sequence[str]) -> tuple[str, str]:
        job = self.workspace.scratch / f"{self.analyzer}-{next(self._numbers)}.json"
        job.write_bytes(
            msgspec.json.encode(
                {
                    "settings": self.scanner.settings,
                    "files": files,
                    "recursion_limit": self.scanner.recursion_limit,
                }
            )
        )
        return str(self.scanner.program), str(job)
