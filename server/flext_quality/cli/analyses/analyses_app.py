"""`flext-quality analyses`: its commands and options."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from flext_quality.cli.arguments import Format, Project, Server, run
from flext_quality.cli.exit_codes import EPILOG

analyses_app = typer.Typer(help="List and delete analyses.", no_args_is_help=True)


@analyses_app.command("list", epilog=EPILOG)
def list_(
    project: Project = ".",
    server: Server = "",
    branch: Annotated[
        str | None, typer.Option(help='Only of this branch; "" is the main line.')
    ] = None,
    commit: Annotated[str, typer.Option(help="Only of this commit, by its full id.")] = "",
    pull_request: Annotated[str, typer.Option(help="Only of this pull request.")] = "",
    state: Annotated[
        Literal["pending", "running", "succeeded", "failed", "cancelled"] | None,
        typer.Option(help="Only in this state."),
    ] = None,
    output_format: Format = "text",
) -> int:
    """List a project's analyses, newest first, one in a line."""
    from flext_quality.cli.analyses.analyses import AnalysisListOptions, list_analyses

    options = AnalysisListOptions(
        project, server, output_format, branch, commit, pull_request, state or ""
    )
    return run(list_analyses(options))


@analyses_app.command(epilog=EPILOG)
def delete(
    analysis: Annotated[
        str, typer.Argument(help='"projects/{project}/analyses/{analysis}", as list tells it.')
    ],
    server: Server = "",
) -> int:
    """Delete an analysis that has ended. Issues and metrics over time stay."""
    from flext_quality.cli.analyses.analyses import delete_analysis

    return run(delete_analysis(analysis, server))
