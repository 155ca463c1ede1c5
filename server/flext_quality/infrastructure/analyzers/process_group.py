"""The process group of a tool: how it begins, how it dies with the server, and how it is ended."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

# Arguments: the limit of address space in KiB, then the command. Stdin: the read end of a pipe whose
# only write end the server has. The watcher waits for the end of that pipe and kills its own group
# (`kill ... 0`). Only the tool keeps stdout and stderr open, so that its end is the end of its
# output. The shell stays as its parent to reap the watcher: not every process 1 reaps orphans.
_LAUNCHER = """
ulimit -v "$1" 2>/dev/null
shift
exec 3<&0 </dev/null
(read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 &
watcher=$!
"$@" 3<&- &
tool=$!
exec >/dev/null 2>&1 3<&-
wait "$tool"
code=$?
kill -KILL "$watcher"
wait "$watcher"
exit "$code"
"""
_SIGNALLED = 128
"""What a shell adds to the number of the signal that ended its child."""

_DEATH_SECONDS = 30.0
"""What was killed dies as soon as the kernel gets to it; only what hangs in the kernel takes so long."""

_POLL_SECONDS = 0.002


def launch_arguments(argv: Sequence[str], memory_limit_bytes: int) -> list[str]:
    """The command that runs `argv` with a watcher; to be started in a new session."""
    return ["/bin/sh", "-c", _LAUNCHER, "sh", str(memory_limit_bytes >> 10), *argv]


def exit_code_of(launcher_exit_code: int) -> int:
    """The exit code of what was launched, negative for a signal."""
    if launcher_exit_code > _SIGNALLED:
        return _SIGNALLED - launcher_exit_code
    return launcher_exit_code


def kill_group(group: int) -> None:
    """Kills what is left of a group, which may be nothing."""
    # macOS answers with PermissionError where only zombies are left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


async def group_gone(group: int) -> None:
    """Waits until nothing of a killed group, whose leader was reaped, runs any more."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_DEATH_SECONDS):
            while _lives(group):  # noqa: ASYNC110  # the kernel tells no event of this
                await asyncio.sleep(_POLL_SECONDS)


def _lives(group: int) -> bool:
    # Orphans go to process 1. In a container that is the server itself, so it is on us to reap them;
    # elsewhere they may stay zombies until process 1 looks after them.
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG) != (0, 0):
            pass
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return any(member_of == group and state != b"Z" for member_of, state in _processes())


def _processes() -> Iterator[tuple[int, bytes]]:
    """Group and state of every process, as proc(5) tells them; nothing where there is no /proc."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, group, *_ = stat.read_bytes().rpartition(b")")[2].split()
            yield int(group), state
