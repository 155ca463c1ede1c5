"""Runs MyPy, or the probe, once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.mypy.environment import default_python
from flext_quality.infrastructure.analyzers.mypy.output import ANALYZER, Message
from flext_quality.infrastructure.analyzers.mypy.overlay import PLACEHOLDER
from flext_quality.infrastructure.analyzers.process import ToolCommand, ToolExit, run_tool
from flext_quality.infrastructure.analyzers.tool import ToolOptions

# Not imported: they bring MyPy's own code with them, which has no place in the server.
_SCRIPTS = Path(__file__).parent

# Deeply nested expressions need more than the usual 8 MiB; the kernel gives it as it is used.
_STACK_KIBIBYTES = 512 << 10
_WITH_LARGE_STACK = (
    "/bin/sh",
    "-c",
    f'ulimit -s {_STACK_KIBIBYTES} 2>/dev/null || ulimit -s "$(ulimit -H -s)"; exec "$@"',
    "sh",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run of MyPy ended.

    Attributes:
        messages: in MyPy's order.
        remarks: what else it printed to stdout: tracebacks, warnings about the configuration.
        ended: exit code 0 and 1 mean that it checked everything.
    """

    messages: tuple[Message, ...]
    remarks: tuple[str, ...]
    ended: ToolExit

    @classmethod
    def of(cls, lines: Iterable[bytes], ended: ToolExit) -> Outcome:
        """Reads what MyPy printed."""
        told = [line for line in lines if line.startswith(b"{")]
        other = [line for line in lines if not line.startswith(b"{")]
        messages = tuple(Message.parse(line) for line in told)
        remarks = tuple(line.decode(errors="replace") for line in other)
        ran_out = any(remark.startswith("MemoryError") for remark in remarks)
        return cls(messages, remarks, replace(ended, out_of_memory=ran_out or ended.out_of_memory))

    @property
    def is_complete(self) -> bool:
        """Whether everything was checked."""
        return self.ended.exit_code in (0, 1)


class Invoker:
    """Runs MyPy for one analysis, each run within the operator's limits."""

    def __init__(self, workspace: Workspace, options: ToolOptions, python: Path) -> None:
        self._workspace = workspace
        self._options = options
        self._python = python
        self._directory = workspace.scratch / ANALYZER
        self._directory.mkdir(exist_ok=True)

    @property
    def command(self) -> ToolCommand:
        """A command without arguments, with the operator's limits."""
        return ToolCommand(
            ANALYZER,
            (),
            self._workspace,
            timeout_seconds=self._options.timeout_seconds,
            memory_limit_bytes=self._options.memory_limit_bytes,
        )

    async def check(
        self,
        root: Path,
        targets: Sequence[str],
        configuration: str,
        cache: Path,
        foreign: Iterable[str] = (),
    ) -> FlextResult[Outcome]:
        """Runs MyPy in `root` over `targets` (none: the whole directory). Fails as `run_tool`.

        `configuration` is TOML. Of the files `foreign`, by absolute path, nothing is taken as known.
        """
        lines: list[bytes] = []

        async def take(given: Iterable[bytes]) -> None:
            lines.extend(given)

        arguments = self._arguments(targets, configuration, cache, foreign)
        command = replace(
            self.command,
            argv=(*_WITH_LARGE_STACK, *self._python_argv, str(_SCRIPTS / "launch.py"), *arguments),
            workspace=replace(self._workspace, root=root),
        )
        ran = await run_tool(command, take)
        return ran.map(lambda ended: Outcome.of(lines, ended))

    async def parse(self, paths: Sequence[str]) -> FlextResult[list[dict[str, object]]]:
        """What MyPy's parser says to files of the working copy, in their order.

        There are fewer answers than files if it broke down at the file after the last answer.
        """
        return await self._ask("parse", list(paths))

    async def excluded(self, patterns: Sequence[str], *, gitignore: bool) -> FlextResult[list[str]]:
        """The files and directories of the working copy that MyPy leaves out.

        Fails with `ToolFailedError` where a pattern is none.
        """
        asked = {"patterns": list(patterns), "gitignore": gitignore}
        answers = await self._ask("exclude", asked, must_end_well=True)
        return answers.map(lambda found: [str(answer["excluded"]) for answer in found])

    async def _ask(
        self, what: str, asked: object, *, must_end_well: bool = False
    ) -> FlextResult[list[dict[str, object]]]:
        lines: list[bytes] = []

        async def take(given: Iterable[bytes]) -> None:
            lines.extend(given)

        question = self._directory / f"{what}.json"
        question.write_text(json.dumps(asked), "utf-8")
        argv = (
            *_WITH_LARGE_STACK,
            *self._python_argv,
            str(_SCRIPTS / "probe.py"),
            what,
            str(question),
        )
        ran = await run_tool(replace(self.command, argv=argv), take)
        if ran.error is not None:
            return FlextResult.fail(ran.error)
        ended = ran.unwrap()
        if must_end_well and ended.exit_code:
            return FlextResult.fail(ended.failure)
        return FlextResult.ok([json.loads(line) for line in lines])

    @property
    def _python_argv(self) -> tuple[str, ...]:
        # Isolated: neither the current directory nor the environment can bring modules in.
        return (str(default_python()), "-I", "-B", "-X", "utf8")

    def _arguments(
        self, targets: Sequence[str], configuration: str, cache: Path, foreign: Iterable[str]
    ) -> list[str]:
        config_file = self._directory / "mypy.toml"
        config_file.write_text(configuration, "utf-8")
        arguments = [
            *("--config-file", str(config_file), "--cache-dir", str(cache)),
            *("--python-executable", str(self._python)),
            *("--output", "json", "--no-error-summary", "--no-color-output", "--no-pretty"),
            "--show-traceback",
        ]
        placeholder = self._directory / "placeholder.pyi"
        placeholder.write_text(PLACEHOLDER)
        for path in foreign:
            arguments += ["--shadow-file", path, str(placeholder)]
        if not targets:
            return [*arguments, "."]
        # One argument a line; MyPy takes more for the end of a line than a line feed.
        listed = [target for target in targets if len(target.splitlines()) == 1]
        direct = [target for target in targets if len(target.splitlines()) != 1]
        list_file = self._directory / "targets"
        list_file.write_text("".join(f"./{target}\n" for target in listed), "utf-8")
        return [*arguments, f"@{list_file}", *(f"./{target}" for target in direct)]
