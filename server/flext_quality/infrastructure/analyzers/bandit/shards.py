"""Runs Bandit over many files: as several processes side by side, each with its share."""

from __future__ import annotations

import asyncio
import itertools
import math
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from flext_quality.application.ports import SourceFile, Workspace
from flext_quality.domain.errors import ToolOutputInvalidError
from flext_quality.infrastructure.analyzers.bandit.configuration import BanditConfiguration
from flext_quality.infrastructure.analyzers.bandit.output import FileResult, decode_line
from flext_quality.infrastructure.analyzers.process import ToolCommand, ToolExit, run_tool
from flext_quality.infrastructure.analyzers.toml import to_toml
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

ResultSink = Callable[[Sequence[tuple[str, FileResult]]], Awaitable[None]]
"""Takes the results of some files, by path."""


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


@dataclass
class BanditShards:
    """Runs processes until every file has a result.

    A process that dies is started again, first with the file that it was at. If it dies there once
    more, that file's result is the error "crash", and the others are gone on with.
    """

    workspace: Workspace
    configuration: BanditConfiguration
    options: ToolOptions
    on_results: ResultSink
    max_crashes: int = MAX_CRASHES
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def run(self, files: Sequence[SourceFile]) -> None:
        """Scans the files.

        Raises:
            ToolError: Bandit does not work at all, or died more than `max_crashes` times.
        """
        settings = await asyncio.to_thread(self._write_settings)
        await _all_of(
            self._run_share(share, settings) for share in shares(files, self.options.processes)
        )

    async def _run_share(self, remaining: list[str], settings: str) -> None:
        suspect = ""
        crashes = 0
        while True:
            ended = await self._run_process(remaining, settings)
            if not remaining:
                return
            crashes += 1
            if crashes > self.max_crashes:
                raise ended.failure
            if remaining[0] != suspect:
                suspect = remaining[0]
                continue
            crash = FileResult(error="crash", detail=ended.failure.message)
            await self.on_results([(remaining.pop(0), crash)])
            if not remaining:
                return

    async def _run_process(self, remaining: list[str], settings: str) -> ToolExit:
        """One process; takes what gets a result off `remaining`."""
        is_ready = False

        async def take(lines: Sequence[bytes]) -> None:
            nonlocal is_ready
            results = []
            for line in lines:
                try:
                    said = decode_line(line)
                except msgspec.DecodeError as error:
                    raise ToolOutputInvalidError("bandit", str(error)) from None
                is_ready = is_ready or said.ready
                if not said.ready:
                    result = FileResult(said.results, said.error, said.detail, said.failed_checks)
                    results.append((said.path, result))
            del remaining[: len(results)]
            await self.on_results(results)

        job = self.workspace.scratch / f"bandit-{next(self._numbers)}.json"
        job.write_bytes(self._job(remaining, settings))
        command = ToolCommand(
            "bandit",
            (sys.executable, *_PYTHON, str(_RUNNER), str(job)),
            self.workspace,
            timeout_seconds=None,
            memory_limit_bytes=self.options.memory_limit_bytes,
        )
        ended = (await run_tool(command, take)).unwrap()
        if remaining and (not is_ready or ended.exit_code == 0):
            raise ended.failure
        return ended

    def _job(self, files: Sequence[str], settings: str) -> bytes:
        return msgspec.json.encode(
            {
                "settings": settings,
                "tests": self.configuration.tests,
                "skips": self.configuration.skips,
                "ignore_nosec": self.configuration.ignore_nosec,
                "severity": self.configuration.severity,
                "confidence": self.configuration.confidence,
                "files": files,
            }
        )

    def _write_settings(self) -> str:
        """The settings as a file for Bandit, or nothing."""
        if self.configuration.settings is None:
            return ""
        path = self.workspace.scratch / "bandit.toml"
        path.write_text(to_toml({"tool": {"bandit": self.configuration.settings}}), "utf-8")
        return str(path)


async def _all_of(works: Iterable[Coroutine[object, object, None]]) -> None:
    """Does all at once. The first that fails ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
