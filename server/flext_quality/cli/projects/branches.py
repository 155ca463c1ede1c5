"""`flext-quality branches`: lists a project's branches and deletes one."""

from __future__ import annotations

from datetime import UTC

from flext.quality.v1.branch_pb2 import Branch
from flext_quality.cli import words
from flext_quality.cli.analyses.revisions import branch_word
from flext_quality.cli.command import asking, print_json
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.project_argument import find_project
from flext_quality.cli.text import clean, counted


async def list_branches(project: str, server: str, output_format: str) -> ExitCode:
    """Prints the branches, the main line first, one in a line."""
    async with asking(server) as (reached, output):
        found = await find_project(reached.client, project)
        async for branch in reached.client.projects.branches(found.name):
            if output_format == "json":
                print_json(output, branch)
            else:
                output.write(branch_line(branch) + "\n")
    return ExitCode.OK


def branch_line(branch: Branch) -> str:
    """A branch in one line, with its name first."""
    parts = [branch_word(branch.branch_name)]
    if not branch.latest_succeeded_analysis:
        parts.append("never succeeded")
    if branch.score.HasField("overall"):
        parts.append(f"{branch.score.overall:.1f} {words.grade(branch.score.grade)[0]}")
    if branch.gate_status:
        parts.append(f"gate {words.gate_status(branch.gate_status)}")
    if branch.HasField("issue_counts"):
        parts.append(f"{counted(branch.issue_counts.open_count, 'issue')}")
    when = branch.update_time.ToDatetime(UTC).strftime("%Y-%m-%d %H:%M")
    number = branch.analysis_count
    count = f"{number:,} analyses" if number != 1 else "1 analysis"
    return ", ".join([*parts, count, f"last {when}"])


async def delete_branch(project: str, branch: str, server: str) -> ExitCode:
    """Deletes a branch."""
    async with asking(server) as (reached, output):
        found = await find_project(reached.client, project)
        await reached.client.projects.delete_branch(found.name, branch)
        output.write(f"deleted branch {clean(branch)} of {found.name}\n")
    return ExitCode.OK
