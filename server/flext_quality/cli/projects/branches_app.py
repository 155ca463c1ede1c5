"""`flext-quality branches`: its commands and options."""

from __future__ import annotations

from typing import Annotated

import typer

from flext_quality.cli.arguments import Format, Project, Server, run
from flext_quality.cli.exit_codes import EPILOG

branches_app = typer.Typer(help="List and delete branches.", no_args_is_help=True)


@branches_app.command("list", epilog=EPILOG)
def list_(project: Project = ".", server: Server = "", output_format: Format = "text") -> int:
    """List a project's branches, the main line first, one in a line."""
    from flext_quality.cli.projects.branches import list_branches

    return run(list_branches(project, server, output_format))


@branches_app.command(epilog=EPILOG)
def delete(
    project: Project,
    branch: Annotated[str, typer.Argument(help="The branch; the main line stays.")],
    server: Server = "",
) -> int:
    """Delete a branch with its analyses, and the issues that were never seen elsewhere."""
    from flext_quality.cli.projects.branches import delete_branch

    return run(delete_branch(project, branch, server))
