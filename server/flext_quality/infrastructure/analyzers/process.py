"""Runs a tool as a subprocess that can always be ended, with everything that it started.

    command = ToolCommand("ruff", [ruff, "check", "."], workspace, timeout_seconds=600)
    ended = (await run_tool(command, on_lines)).unwrap()
    if ended.exit_code > 1:
        return FlextResult.fail(ended.failure)

The tool gets a process group of its own, the working copy as current directory, an empty stdin and
a clean environment: whatever it looks for in a home directory it looks for in the workspace's
scratch directory. In a trace it has a span, of which TRACEPARENT tells it. Its stdout goes line by
line to a function, or into a file. A Python tool is to be started with `python -I`, or modules of the
working copy could be imported.

When `run_tool` returns or raises, for whatever reason, nothing of the group runs any more. When the
server itself is killed, the group dies with it.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TypeVar

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.errors import (
    ToolFailedError,
    ToolNotInstalledError,
    ToolOutputInvalidError,
    ToolTimedOutError,
)
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.process_group import (
    exit_code_of,
    group_gone,
    kill_group,
    launch_arguments,
)
from flext_quality.infrastructure.analyzers.process_output import (
    MAX_LINE_BYTES,
    LineSink,
    LineTooLongError,
    read_lines,
    read_tail,
)
from flext_quality.infrastructure.observability.spans import tool_span

T = TypeVar("T")

GIBIBYTE = 1 << 30
STDERR_TAIL_BYTES = 8 << 10
"""How much of the end of stderr is kept."""
DETAIL_CHARACTERS = 2000
"""How much of it an error tells."""

_NOT_FOUND = 127
_OUT_OF_MEMORY = re.compile(
    r"MemoryError|memory allocation of \d+ bytes failed|[Cc]annot allocate memory|[Oo]ut of memory"
)


@dataclass(frozen=True, slots=True)
class ToolCommand:
    """What to run, and its limits.

    Attributes:
        analyzer: the name that errors carry.
        argv: the program, by its absolute path, and its arguments.
        timeout_seconds: None where `within_limit` sees to it.
        memory_limit_bytes: of address space, for each process of the tool.
        environment: added to the clean one.
        stdout: a file that takes the output if no function does; it is made or emptied.
    """

    analyzer: str
    argv: Sequence[str]
    workspace: Workspace
    timeout_seconds: float | None = 600.0
    memory_limit_bytes: int = 4 * GIBIBYTE
    environment: Mapping[str, str] = field(default_factory=dict)
    stdout: Path | None = None


@dataclass(frozen=True, slots=True)
class ToolExit:
    """How a tool ended by itself.

    Attributes:
        exit_code: negative for a signal.
        stderr: the end of what it wrote there, without paths of the server's disk.
        out_of_memory: whether it ran into its memory limit.
    """

    analyzer: str
    exit_code: int
    stderr: str
    out_of_memory: bool
    memory_limit_bytes: int

    @property
    def failure(self) -> ToolFailedError:
        """The error to answer with where the exit code means one."""
        detail = self.stderr[-DETAIL_CHARACTERS:]
        if self.out_of_memory:
            detail = f"it needs more than its {self.memory_limit_bytes >> 20} MiB of memory"
        return ToolFailedError(self.analyzer, self.exit_code, detail)


async def run_tool(
    command: ToolCommand,
    on_lines: LineSink | None = None,
    on_error_lines: LineSink | None = None,
) -> FlextResult[ToolExit]:
    """Runs a tool to its end; hands what it writes to stdout and stderr to those who want it.

    Whatever a sink raises ends the tool and is raised. While a sink works, the tool waits.

    Fails with `ToolNotInstalledError`, `ToolTimedOutError`, `ToolOutputInvalidError` (a line longer
    than `MAX_LINE_BYTES`) or `ToolFailedError` (it could not be started). An exit code is no
    failure here: what it means, only the tool's adapter knows.
    """
    try:
        with tool_span(command.analyzer, _program(command.argv)) as variables:
            environment = {**command.environment, **variables}
            work = _run(replace(command, environment=environment), on_lines, on_error_lines)
            return await within_limit(command.analyzer, command.timeout_seconds, work)
    except LineTooLongError:
        detail = f"a line is longer than {MAX_LINE_BYTES >> 20} MiB"
        return FlextResult.fail(ToolOutputInvalidError(command.analyzer, detail))


async def within_limit(
    analyzer: str, seconds: float | None, work: Coroutine[object, object, FlextResult[T]]
) -> FlextResult[T]:
    """What `work` answers, or `ToolTimedOutError` once it was cancelled after `seconds`.

    For adapters that run several processes in one analysis.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await work
    except TimeoutError:
        if seconds is None or not limit.expired():
            raise
        return FlextResult.fail(ToolTimedOutError(analyzer, seconds))


def without_server_paths(text: str, workspace: Workspace) -> str:
    """`text` with the working copy's paths made relative and others of the server shortened."""
    for directory, stand_in in (
        (workspace.root, "."),
        (workspace.scratch, "<scratch>"),
        (Path(sys.prefix), "<server>"),
        (Path(sys.base_prefix), "<python>"),
    ):
        for path in {str(directory), str(directory.resolve())} - {"/"}:
            if stand_in == ".":
                text = text.replace(f"{path}/", "")
            text = text.replace(path, stand_in)
    return text


async def _run(
    command: ToolCommand, on_lines: LineSink | None, on_error_lines: LineSink | None
) -> FlextResult[ToolExit]:
    with ExitStack() as stack:
        lifeline, held_end = _pipe(stack)
        errors, errors_in = _pipe(stack)
        output, output_in = _pipe(stack) if on_lines else (None, _sink(stack, command.stdout))
        try:
            process = await _launched(command, lifeline, output_in, errors_in)
        except OSError as error:
            detail = f"it cannot be started: {error.strerror}"
            return FlextResult.fail(ToolFailedError(command.analyzer, _NOT_FOUND, detail))
        finally:
            for end in (lifeline, errors_in, output_in):
                end.close()
        tail = bytearray()
        leader = asyncio.create_task(_wait_for_leader(process))
        readers = [asyncio.create_task(read_tail(errors, tail, STDERR_TAIL_BYTES, on_error_lines))]
        if output and on_lines:
            readers.append(asyncio.create_task(read_lines(output, on_lines)))
        try:
            await asyncio.gather(leader, *readers)
        finally:
            kill_group(process.pid)
            held_end.close()
            await _to_the_end(_reap(process, *readers))
    return _ended(command, leader.result(), tail)


async def _launched(
    command: ToolCommand, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes]
) -> asyncio.subprocess.Process:
    """The running leader. Of a start that was cancelled nothing is left; asyncio ends the leader only."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *launch_arguments(command.argv, command.memory_limit_bytes),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=command.workspace.root,
            env=_environment(command),
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _to_the_end(_undo(starting))
        raise


async def _undo(starting: asyncio.Future[asyncio.subprocess.Process]) -> None:
    with suppress(OSError):  # there is nothing to undo
        process = await starting
        kill_group(process.pid)
        await _reap(process)


def _program(argv: Sequence[str]) -> str:
    """The program's name, without the directory of this server that it lies in."""
    return Path(argv[0]).name


def _ended(command: ToolCommand, exit_code: int, tail: bytearray) -> FlextResult[ToolExit]:
    # The system's loader ends with the same code when memory is too small for a program.
    if exit_code == _NOT_FOUND and not Path(command.argv[0]).exists():
        return FlextResult.fail(ToolNotInstalledError(command.analyzer))
    stderr = without_server_paths(tail.decode(errors="replace").strip(), command.workspace)
    # A SIGKILL that is not ours comes from the kernel, which was out of memory.
    out_of_memory = exit_code == -signal.SIGKILL or (
        exit_code != 0 and _OUT_OF_MEMORY.search(stderr) is not None
    )
    limit = command.memory_limit_bytes
    return FlextResult.ok(ToolExit(command.analyzer, exit_code, stderr, out_of_memory, limit))


def _environment(command: ToolCommand) -> dict[str, str]:
    home = command.workspace.scratch / "home"
    temporary = command.workspace.scratch / "tmp"
    for directory in (home, temporary):
        directory.mkdir(exist_ok=True)
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        **command.environment,
    }


def _pipe(stack: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """A pipe's read and write end, which no child inherits unless it is told to."""
    read, write = os.pipe()
    return (
        stack.enter_context(os.fdopen(read, "rb", buffering=0)),
        stack.enter_context(os.fdopen(write, "wb", buffering=0)),
    )


def _sink(stack: ExitStack, file: Path | None) -> IO[bytes]:
    return stack.enter_context((file or Path(os.devnull)).open("wb"))


async def _wait_for_leader(process: asyncio.subprocess.Process) -> int:
    """The exit code. What the tool left running is killed, so that its output ends."""
    exit_code = await process.wait()
    kill_group(process.pid)
    return exit_code_of(exit_code)


async def _reap(process: asyncio.subprocess.Process, *readers: asyncio.Task[None]) -> None:
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    await process.wait()
    await group_gone(process.pid)


async def _to_the_end(coroutine: Coroutine[object, object, None]) -> None:
    """Awaits what must not be left half done, however often the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(coroutine)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
