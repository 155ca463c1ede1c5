import ast
import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.errors import (
    ToolFailedError,
    ToolNotInstalledError,
    ToolOutputInvalidError,
    ToolTimedOutError,
)
from flext_quality.infrastructure.analyzers.process import (
    ToolCommand,
    run_tool,
    without_server_paths,
)
from tests.waiting import wait_until
from tests.workspaces import make_workspace

MEBIBYTE = 1 << 20

FAMILY = """
trap '' TERM INT HUP
sleep 1000 & echo $!
sh -c 'sleep 1000 & echo $!; echo $$; wait' &
echo $$
"""
"""A tool that has children and a grandchild, does not end when asked to, and tells all their ids."""
FAMILY_SIZE = 4


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path, {"a.py": "x = 1\n"})


class Lines:
    """Takes lines, and tells as soon as there are some."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._more = asyncio.Condition()

    async def take(self, lines: Sequence[bytes]) -> None:
        """Takes some."""
        async with self._more:
            self.all += [line.decode() for line in lines]
            self._more.notify_all()

    async def reach(self, count: int) -> None:
        """Waits until there are so many."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.all) >= count)


def shell(workspace: Workspace, script: str, **options: object) -> ToolCommand:
    return ToolCommand("sample", ["/bin/sh", "-c", script], workspace, **options)  # type: ignore[arg-type]


def python(workspace: Workspace, script: str, **options: object) -> ToolCommand:
    argv = [sys.executable, "-I", "-c", script]
    return ToolCommand("sample", argv, workspace, **options)  # type: ignore[arg-type]


def runs(process: int) -> bool:
    """Whether a process is more than a zombie."""
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] != b"Z"


def zombie_children() -> list[int]:
    """This process's own children that nobody waited for."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = stat.read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if state == b"Z" and int(parent) == os.getpid():
            found.append(int(stat.parent.name))
    return found


async def test_output_exit_code_and_last_words_arrive(workspace: Workspace) -> None:
    """What a tool says and how it ends is what its adapter gets."""
    lines = Lines()

    ended = (
        await run_tool(shell(workspace, "echo a; echo b; echo c >&2; exit 3"), lines.take)
    ).unwrap()

    assert ["a", "b"] == lines.all
    assert (3, "c", False) == (ended.exit_code, ended.stderr, ended.out_of_memory)
    assert "sample failed with exit code 3: c" == ended.failure.message


async def test_output_may_go_to_a_file(workspace: Workspace) -> None:
    """A tool that writes one large document does not pass through the server's memory."""
    target = workspace.scratch / "out"

    await run_tool(shell(workspace, "echo a; echo b", stdout=target))

    assert "a\nb\n" == target.read_text()


async def test_a_large_output_arrives_whole(workspace: Workspace) -> None:
    """100,000 lines and one of 20 MiB, without loss and in order."""
    script = "for i in range(100_000): print(i)\nprint('x' * (20 << 20))"
    lines = Lines()

    await run_tool(python(workspace, script), lines.take)

    assert [str(i) for i in range(100_000)] == lines.all[:-1]
    assert 20 * MEBIBYTE == len(lines.all[-1])


async def test_an_endless_line_ends_the_tool(workspace: Workspace) -> None:
    """Output that is no lines is an error, and the tool that writes it is stopped."""
    result = await run_tool(shell(workspace, "cat /dev/zero"), Lines().take)

    assert isinstance(result.error, ToolOutputInvalidError)


async def test_the_environment_is_clean(workspace: Workspace) -> None:
    """Nothing of the server's environment or its user's home reaches a tool."""
    script = "import os; print(os.getcwd()); [print(name) for name in os.environ.items()]"
    lines = Lines()

    await run_tool(python(workspace, script, environment={"OWN": "1"}), lines.take)

    directory, *variables = lines.all
    environment = dict(map(ast.literal_eval, variables))
    homes = {"HOME", "TMPDIR", *(f"XDG_{n}_HOME" for n in ("CACHE", "CONFIG", "DATA", "STATE"))}
    assert str(workspace.root.resolve()) == directory
    assert all(environment[name].startswith(str(workspace.scratch)) for name in homes)
    assert {
        *("OWN", "PATH", "PWD", "LANG", "LC_ALL", "NO_COLOR", "TERM"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PYTHONSAFEPATH", "PYTHONUTF8"),
    } == set(environment) - homes


async def test_there_is_nothing_to_read(workspace: Workspace) -> None:
    """A tool that reads its stdin does not wait for ever."""
    lines = Lines()

    await run_tool(shell(workspace, "cat; echo end"), lines.take)

    assert ["end"] == lines.all


async def test_a_tool_gets_no_file_of_the_server(workspace: Workspace) -> None:
    """Besides stdin, stdout and stderr nothing is open, whatever the server has open."""
    lines = Lines()
    with (workspace.scratch / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        await run_tool(
            python(workspace, "import os; print(os.listdir('/proc/self/fd'))"), lines.take
        )

    assert ["['0', '1', '2', '3']"] == lines.all  # 3 is the listing itself


async def test_a_missing_program_is_told(workspace: Workspace) -> None:
    """The operator learns that something is not installed."""
    result = await run_tool(ToolCommand("sample", ["/no/such/program"], workspace))

    assert isinstance(result.error, ToolNotInstalledError)


async def test_a_program_that_cannot_start_is_told(workspace: Workspace) -> None:
    """Arguments that the system refuses are an outcome, not a crash."""
    result = await run_tool(ToolCommand("sample", ["/bin/echo", "x" * (4 * MEBIBYTE)], workspace))

    assert isinstance(result.error, ToolFailedError)
    assert "cannot be started" in result.error.message


async def test_a_crash_is_told_as_its_signal(workspace: Workspace) -> None:
    """Whoever reads the error sees how the tool died."""
    ended = (await run_tool(shell(workspace, "kill -SEGV $$"))).unwrap()

    assert -signal.SIGSEGV == ended.exit_code
    assert "sample failed with signal 11" == ended.failure.message


async def test_a_tool_cannot_take_all_memory(workspace: Workspace) -> None:
    """Past its limit it fails, and the error says so."""
    command = python(workspace, "bytearray(512 << 20)", memory_limit_bytes=256 * MEBIBYTE)

    ended = (await run_tool(command)).unwrap()

    assert ended.out_of_memory
    assert "sample failed with exit code 1: it needs more than its 256 MiB of memory" == (
        ended.failure.message
    )


async def test_nothing_is_left_after_a_normal_end(workspace: Workspace) -> None:
    """Children that outlive their tool are ended, even if they hold its output open."""
    lines = Lines()

    ended = (await run_tool(shell(workspace, FAMILY + "exit 0"), lines.take)).unwrap()

    assert 0 == ended.exit_code
    assert not any(runs(int(process)) for process in lines.all)


async def test_a_slow_tool_is_ended_with_its_family(workspace: Workspace) -> None:
    """At its time limit all of its processes are gone before the outcome is told."""
    for seconds in (0.5, 4.0, 32.0):  # the first in which the family is complete
        lines = Lines()

        slow = shell(workspace, FAMILY + "wait", timeout_seconds=seconds)
        result = await run_tool(slow, lines.take)

        assert isinstance(result.error, ToolTimedOutError)
        assert f"sample was stopped at its limit of {seconds:g} s" == result.error.message
        assert not any(runs(int(process)) for process in lines.all)
        if FAMILY_SIZE == len(lines.all):
            return
    raise AssertionError("the family was never complete")


@pytest.mark.parametrize("cancellations", [1, 5])
async def test_a_cancelled_tool_is_ended_with_its_family(
    workspace: Workspace, cancellations: int
) -> None:
    """However often it is cancelled, all of its processes are gone before the task ends."""
    lines = Lines()
    running = asyncio.create_task(run_tool(shell(workspace, FAMILY + "wait"), lines.take))
    await lines.reach(FAMILY_SIZE)

    for _ in range(cancellations):
        running.cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(runs(int(process)) for process in lines.all)


async def test_a_tool_can_be_cancelled_at_any_moment(workspace: Workspace) -> None:
    """Also while it is being started; nothing of it goes on."""
    for yields in range(60):
        running = asyncio.create_task(run_tool(shell(workspace, "exec sleep 987654")))
        for _ in range(yields):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert [] == _sleepers(workspace)


def _sleepers(workspace: Workspace) -> list[int]:
    """Processes that run in the working copy."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(process, "cwd").readlink() == workspace.root and runs(int(process.name)):
                found.append(int(process.name))
        except OSError:
            continue
    return found


async def test_who_takes_the_output_may_fail(workspace: Workspace) -> None:
    """The failure arrives as it is, and the tool is ended."""
    processes: list[int] = []

    async def refuse(lines: Sequence[bytes]) -> None:
        processes.extend(int(line) for line in lines)
        raise LookupError("the database is away")

    with pytest.raises(LookupError, match="the database is away"):
        await run_tool(shell(workspace, FAMILY + "wait"), refuse)

    assert processes
    assert [] == _sleepers(workspace)


async def test_errors_hold_no_path_of_the_server(workspace: Workspace) -> None:
    """What a client gets to read tells nothing of the server's disk."""
    script = (
        f"echo cannot read {workspace.root}/pkg/a.py in {workspace.root} by {sys.prefix}/bin/x >&2"
    )

    ended = (await run_tool(shell(workspace, script + "; exit 2"))).unwrap()

    assert "cannot read pkg/a.py in . by <server>/bin/x" == ended.stderr
    assert "<scratch>/x" == without_server_paths(f"{workspace.scratch}/x", workspace)


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_many_runs_leave_nothing_open(workspace: Workspace) -> None:
    """A server that runs for months does not run out of files or processes."""
    await run_tool(shell(workspace, "echo a"), Lines().take)
    before = _open_files()

    for _ in range(200):
        await run_tool(shell(workspace, "echo a; echo b >&2"), Lines().take)

    assert before == _open_files()
    assert [] == zombie_children()
    assert [] == _sleepers(workspace)


SERVER = """
import asyncio, sys
from pathlib import Path
from flext_quality.infrastructure.analyzers.process import ToolCommand, run_tool
from tests.waiting import wait_until
from tests.workspaces import make_workspace

async def main():
    workspace = make_workspace(Path(sys.argv[1]), {"a.py": ""})
    async def say(lines):
        for line in lines:
            print(line.decode(), flush=True)
    await asyncio.gather(*(
        run_tool(ToolCommand("sample", ["/bin/sh", "-c", sys.argv[2]], workspace), say)
        for _ in range(2)
    ))

asyncio.run(main())
"""


def test_tools_die_with_a_killed_server(tmp_path: Path) -> None:
    """After `kill -9` of the server nothing of its tools goes on, for no next server would know."""
    argv = [sys.executable, "-c", SERVER, str(tmp_path), FAMILY + "wait"]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as server:
        assert server.stdout is not None
        family = [int(server.stdout.readline()) for _ in range(2 * FAMILY_SIZE)]
        assert all(runs(process) for process in family)

        server.kill()
        server.wait()

    wait_until(lambda: not any(runs(process) for process in family))
