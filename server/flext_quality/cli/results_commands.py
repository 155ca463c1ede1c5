"""The commands about what analyses make known: issues, gates, metrics, comparisons, reports."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Literal

import typer

from flext_quality.cli.arguments import Format, Server, run
from flext_quality.cli.exit_codes import EPILOG

Project = Annotated[
    str,
    typer.Argument(help='A path that was analyzed, a project id, or "projects/{project}".'),
]
Issue = Annotated[str, typer.Argument(help='"projects/{project}/issues/{issue}".')]
GateFile = Annotated[
    Path | None,
    typer.Option("--gate", metavar="FILE", help="Try the gate in FILE (JSON) instead."),
]

issue_app = typer.Typer(help="Show and triage single issues.", no_args_is_help=True)
gate_app = typer.Typer(help="Show, set and try quality gates.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands to the command line."""
    app.command(epilog=EPILOG)(issues)
    app.command(epilog=EPILOG)(metrics)
    app.command(epilog=EPILOG)(trend)
    app.command(epilog=EPILOG)(compare)
    app.command(epilog=EPILOG)(report)
    app.add_typer(issue_app, name="issue")
    app.add_typer(gate_app, name="gate")


def issues(
    project: Project = ".",
    server: Server = "",
    status: Annotated[
        str,
        typer.Option(
            metavar="A,B",
            help="open, acknowledged, reopened, fixed, false-positive, accepted, or all.",
        ),
    ] = "open,acknowledged,reopened",
    severity: Annotated[
        str, typer.Option(metavar="A,B", help="critical, high, medium, low, info.")
    ] = "",
    category: Annotated[
        str, typer.Option(metavar="A,B", help="security, reliability, dead-code, ...")
    ] = "",
    analyzer: Annotated[str, typer.Option(metavar="A,B", help="Only of these analyzers.")] = "",
    rule: Annotated[str, typer.Option(metavar="A,B", help="Only of these rules.")] = "",
    path: Annotated[str, typer.Option(help="Only in this file or directory of the project.")] = "",
    text: Annotated[str, typer.Option(help="Only with this text in message, rule or path.")] = "",
    new_since: Annotated[
        str, typer.Option(metavar="TIME", help="First seen at this date or later.")
    ] = "",
    analysis: Annotated[str, typer.Option(help="As of this analysis.")] = "",
    branch: Annotated[str, typer.Option(help="On this branch; without it, the main line.")] = "",
    order: Annotated[
        Literal["created", "newest", "severity", "path", "changed"],
        typer.Option(help="By the time first seen, severity, place, or last change."),
    ] = "severity",
    output_format: Format = "text",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write into FILE instead.")
    ] = None,
) -> int:
    """List all issues of a project, one in a line; by default those that are to be worked on."""
    from flext_quality.cli.issues.issues import IssueListOptions, Wanted, issue_filter, list_issues

    orders = {
        "created": "create_time",
        "newest": "create_time desc",
        "severity": "severity",
        "path": "path",
        "changed": "status_time desc",
    }
    wanted = Wanted(
        statuses="" if status == "all" else status,
        severities=severity,
        categories=category,
        analyzers=analyzer,
        rules=rule,
        path=path,
        text=text,
        new_since=new_since,
        analysis=analysis,
        branch=branch,
    )
    options = IssueListOptions(
        project, server, output_format, output, orders[order], issue_filter(wanted)
    )
    return run(list_issues(options))


@issue_app.command("show", epilog=EPILOG)
def issue_show(name: Issue, server: Server = "", output_format: Format = "text") -> int:
    """Show one issue and all that happened to it."""
    from flext_quality.cli.issues.issues import show_issue

    return run(show_issue(name, server, output_format))


@issue_app.command("resolve", epilog=EPILOG)
def issue_resolve(
    names: Annotated[
        list[str], typer.Argument(help='"projects/{project}/issues/{issue}", one or more.')
    ],
    decision: Annotated[
        Literal["false-positive", "accepted", "acknowledged", "open"],
        typer.Option("--as", help="open takes an earlier decision back."),
    ],
    reason: Annotated[
        str, typer.Option(help="What for; false-positive and accepted need one.")
    ] = "",
    author: Annotated[str, typer.Option(help="Who decides; by default your user name.")] = "",
    until: Annotated[
        str, typer.Option(metavar="TIME", help="When the decision ends; by default never.")
    ] = "",
    server: Server = "",
) -> int:
    """Decide about issues. Scores and gates follow at once."""
    from flext_quality.cli.issues.issues import Decision, resolve

    who = author or getpass.getuser()
    return run(resolve(names, Decision(decision, who, reason, until), server))


@gate_app.command("show", epilog=EPILOG)
def gate_show(project: Project = ".", server: Server = "", output_format: Format = "text") -> int:
    """Show a project's gate."""
    from flext_quality.cli.gates.gate import GateOptions, show

    return run(show(GateOptions(project, server, output_format)))


@gate_app.command("set", epilog=EPILOG)
def gate_set(
    project: Project,
    file: Annotated[
        Path | None,
        typer.Argument(help='JSON, as "gate show --format json" prints it.'),
    ] = None,
    default: Annotated[bool, typer.Option("--default", help="The default gate again.")] = False,
    server: Server = "",
    output_format: Format = "text",
) -> int:
    """Give a project a gate of its own, or the default one again."""
    from flext_quality.cli.gates.gate import GateOptions, set_gate

    if (file is None) is not default:
        raise typer.BadParameter("give either FILE or --default")
    return run(set_gate(GateOptions(project, server, output_format), file))


@gate_app.command("check", epilog=EPILOG)
def gate_check(
    project: Project = ".",
    analysis: Annotated[str, typer.Option(help="This analysis; by default the latest.")] = "",
    gate: GateFile = None,
    server: Server = "",
    output_format: Format = "text",
) -> int:
    """Would the gate pass? Analyzes nothing and changes nothing; exit 1 if it would not."""
    from flext_quality.cli.gates.gate import GateOptions, check

    return run(check(GateOptions(project, server, output_format), analysis, gate))


def metrics(
    project: Project = ".",
    analysis: Annotated[str, typer.Option(help="Of this analysis; by default the latest.")] = "",
    server: Server = "",
    output_format: Format = "text",
) -> int:
    """Print every metric of a project."""
    from flext_quality.cli.metrics.metrics import metrics as command

    return run(command(project, analysis, server, output_format))


def trend(
    project: Project = ".",
    metric: Annotated[str, typer.Option(help='Its key; "flext-quality metrics" lists them.')] = (
        "score"
    ),
    days: Annotated[int, typer.Option(min=1, max=36500, help="How far back.")] = 30,
    granularity: Annotated[
        Literal["raw", "hour", "day", "week", "month"], typer.Option(help="A point for each.")
    ] = "raw",
    server: Server = "",
    output_format: Format = "text",
) -> int:
    """Draw a metric over time and tell where it is heading."""
    from flext_quality.cli.metrics.metrics import TrendOptions
    from flext_quality.cli.metrics.metrics import trend as command

    return run(command(TrendOptions(project, metric, days, granularity, server, output_format)))


def compare(
    base: Annotated[str, typer.Argument(help="The earlier analysis.")],
    head: Annotated[str, typer.Argument(help="The later analysis, of the same project.")],
    server: Server = "",
    output_format: Format = "text",
) -> int:
    """Tell what is different between two analyses: issues and metrics."""
    from flext_quality.cli.analyses.compare import compare as command

    return run(command(base, head, server, output_format))


def report(
    project: Project = ".",
    kind: Annotated[
        Literal["executive", "technical", "trend", "comparison"], typer.Option(help="What for.")
    ] = "executive",
    output_format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="html, markdown, json, pdf, sarif (of technical reports), or a plugin's; "
            '"flext-quality info" lists them.',
        ),
    ] = "html",
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="By default a file here, named after the project."),
    ] = None,
    analysis: Annotated[str, typer.Option(help="Of this analysis; by default the latest.")] = "",
    base: Annotated[
        str, typer.Option(help="Compare with this one; by default the one before.")
    ] = "",
    server: Server = "",
) -> int:
    """Write a report into a file and say which."""
    from flext_quality.cli.reports.report import ReportOptions
    from flext_quality.cli.reports.report import report as command

    options = ReportOptions(project, kind, output_format, analysis, base, output, server)
    return run(command(options))
