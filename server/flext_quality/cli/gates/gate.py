"""`flext-quality gate`: shows, sets and tries quality gates."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.json_format import Parse, ParseError
from rich.console import Group, RenderableType
from rich.text import Text

from flext.quality.v1.quality_gate_pb2 import (
    GateComparison,
    GateCondition,
    GateScope,
    QualityGate,
)
from flext_quality.cli.analyses.follow import gate_exit_code
from flext_quality.cli.analyses.results_view import render_gate
from flext_quality.cli.command import asking, print_json, print_view
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError, check_analysis_name
from flext_quality.cli.projects.project_argument import find_project
from flext_quality.cli.terminal import console_for
from flext_quality.cli.text import clean, counted

_SIGNS = {
    GateComparison.GATE_COMPARISON_AT_MOST: "<=",
    GateComparison.GATE_COMPARISON_AT_LEAST: ">=",
    GateComparison.GATE_COMPARISON_LESS_THAN: "<",
    GateComparison.GATE_COMPARISON_GREATER_THAN: ">",
    GateComparison.GATE_COMPARISON_EQUAL: "=",
}


@dataclass(frozen=True)
class GateOptions:
    """What the user asked for. `server` is empty for an embedded one."""

    project: str
    server: str
    output_format: str


async def show(options: GateOptions) -> ExitCode:
    """Prints the project's gate; as JSON in the form that `set_gate` takes."""
    async with asking(options.server) as (reached, output):
        project = await find_project(reached.client, options.project)
        gate = await reached.client.gates.get(project.name)
        if options.output_format == "json":
            print_json(output, gate)
        else:
            print_view(_view(gate))
    return ExitCode.OK


async def set_gate(options: GateOptions, file: Path | None) -> ExitCode:
    """Replaces the project's gate by that of `file`, or by the default one for None."""
    wanted = None if file is None else read_gate(file)
    async with asking(options.server) as (reached, output):
        project = await find_project(reached.client, options.project)
        if wanted is None:
            gate = await reached.client.gates.reset(project.name)
        else:
            wanted.name = f"{project.name}/qualityGate"
            gate = await reached.client.gates.update(wanted)
        if options.output_format == "json":
            print_json(output, gate)
        else:
            print_view(_view(gate))
    return ExitCode.OK


async def check(options: GateOptions, analysis: str, file: Path | None) -> ExitCode:
    """Tells whether a gate (the project's, or that of `file`) passes on an analysis."""
    if analysis:
        check_analysis_name(analysis)
    tried = None if file is None else read_gate(file)
    async with asking(options.server) as (reached, output):
        project = await find_project(reached.client, options.project)
        answer = await reached.client.gates.check(project.name, analysis, tried)
        if options.output_format == "json":
            print_json(output, answer)
        else:
            parts = [*render_gate(answer.result, console_for(sys.stdout)), Text()]
            parts.append(Text(f" Analysis {clean(answer.analysis)}", "dim"))
            print_view(Group(*parts))
    return gate_exit_code(answer.result.status)


def read_gate(file: Path) -> QualityGate:
    """The gate in a JSON file, as `gate show --format json` prints it.

    Raises:
        CommandFailedError: NO_INPUT if it cannot be read, USAGE if it holds no gate.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandFailedError(
            ExitCode.NO_INPUT, f"cannot read {file}: {error.strerror}"
        ) from None
    except UnicodeDecodeError:
        raise CommandFailedError(ExitCode.USAGE, f"{file} is not text in UTF-8") from None
    try:
        return Parse(text, QualityGate())
    except ParseError as error:
        raise CommandFailedError(
            ExitCode.USAGE,
            f"{file} holds no quality gate: {error}",
            '"flext-quality gate show PROJECT --format json" prints one to begin with',
        ) from None


def _view(gate: QualityGate) -> RenderableType:
    kind = "default quality gate" if gate.is_default else "quality gate of its own"
    lines = [
        Text(
            f" The project has the {kind}" if gate.is_default else f" The project has a {kind}",
            "bold",
        )
    ]
    lines += [Text(f"   {_condition(condition)}") for condition in gate.conditions]
    if not gate.conditions:
        lines.append(Text("   no condition", "dim"))
    if gate.required_analyzers:
        lines.append(Text(f" Required analyzers: {clean(', '.join(gate.required_analyzers))}"))
    lines.append(Text(f" New code: {clean(_since(gate))}"))
    if gate.min_new_lines:
        exempt = counted(gate.min_new_lines, "new line")
        lines.append(
            Text(f" Changes of less than {exempt} are exempt from coverage and duplication")
        )
    return Group(*lines)


def _condition(condition: GateCondition) -> str:
    scope = " on new code" if condition.scope == GateScope.GATE_SCOPE_NEW_CODE else ""
    sign = _SIGNS.get(condition.comparison, "?")
    return f"{clean(condition.metric)} {sign} {condition.threshold:g}{scope}"


def _since(gate: QualityGate) -> str:
    match gate.new_code.WhichOneof("since"):
        case "analysis":
            return f"since {gate.new_code.analysis}"
        case "days":
            return f"since {counted(gate.new_code.days, 'day')} ago"
        case "base_branch":
            return f"against the branch {gate.new_code.base_branch or '(main line)'}"
        case _:
            return "since the previous analysis"
