"""Branches and revisions by both clients, against the real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flext.quality.v1.analysis_pb2 import AnalysisState
from flext.quality.v1.metrics_pb2 import Granularity
from flext.quality.v1.project_pb2 import Project
from flext.quality.v1.report_pb2 import ReportFormat, ReportKind
from flext.quality.v1.revision_pb2 import Revision
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality_client import FailedPreconditionError, NotFoundError, issue_filter
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.sdk.flavours import Connect

DEV = Revision(branch="dev", commit="c1", pull_request="7", labels={"job": "lint"})


def finding(line: int) -> Finding:
    """A rule of its own for each line."""
    return Finding("fake", f"R{line}", Severity.LOW, f"message {line}", "app.py", line=line)


async def analyzed(client: Any, path: Path, fake: FakeAnalyzer, *lines: int, **told: Any) -> str:
    """The name of an analysis that finds something in these lines."""
    fake.findings = [[finding(line) for line in lines]]
    analysis = await client.analyze(path, **told).wait()
    return str(analysis.name)


async def test_branches_are_analyzed_picked_and_removed(
    connect: Connect, start_server: StartServer, project_dir: Path
) -> None:
    """Lists, figures, trends, gates, reports and issues are of the branch that is named."""
    fake = FakeAnalyzer("fake")
    client = connect(start_server(fake).address)
    main = await analyzed(client, project_dir, fake, 1)
    first = await analyzed(client, project_dir, fake, 1, 2, revision=DEV)
    dev = await analyzed(client, project_dir, fake, 1, 2, 3, revision=DEV)
    project = main.partition("/analyses/")[0]
    assert (await client.analyses.get(dev)).revision == DEV
    branches = [branch async for branch in client.projects.branches(project, page_size=1)]
    assert [("", 1), ("dev", 2)] == [(b.branch_name, b.analysis_count) for b in branches]
    for wanted, names in (
        ({}, [dev, first, main]),
        ({"branch": ""}, [main]),
        ({"branch": "dev"}, [dev, first]),
        ({"commit": "c1", "pull_request": "7"}, [dev, first]),
        ({"branch": "dev", "states": [AnalysisState.ANALYSIS_STATE_FAILED]}, []),
    ):
        assert names == [one.name async for one in client.analyses.list(project, **wanted)]
    for branch, name, count in (("", main, 1), ("dev", dev, 3)):
        assert name == (await client.metrics(project, branch=branch)).analysis
        assert name == (await client.gates.check(project, branch=branch)).analysis
        (series,) = await client.metrics_over_time.query(
            project, ["issues"], granularity=Granularity.GRANULARITY_MONTH, branch=branch
        )
        assert count == series.points[0].value
        (trend,) = await client.metrics_over_time.trends(project, ["issues"], branch=branch)
        assert count == trend.last
        async for snapshot in client.metrics_over_time.watch(project, ["issues"], branch=branch):
            assert (name, count) == (snapshot.analysis, snapshot.measures[0].value)
            break
        report = client.report(
            project,
            ReportKind.REPORT_KIND_EXECUTIVE,
            ReportFormat.REPORT_FORMAT_MARKDOWN,
            branch=branch,
        )
        assert name.encode() in b"".join([piece async for piece in report])
        found = client.issues.list(project, issue_filter(branch=branch))
        assert count == len([issue async for issue in found])
    assert 3 == len([issue async for issue in client.issues.list(project, issue_filter())])

    await client.analyses.delete(first)
    with pytest.raises(NotFoundError):
        await client.analyses.delete(first)
    with pytest.raises(FailedPreconditionError, match="compared with it"):
        await client.analyses.delete(dev)
    await client.projects.delete_branch(project, "dev")
    assert [main] == [one.name async for one in client.analyses.list(project)]
    with pytest.raises(NotFoundError) as caught:
        await client.metrics(project, branch="dev")
    assert (caught.value.reason, caught.value.metadata["branch"]) == ("BRANCH_NOT_FOUND", "dev")


async def test_a_project_says_about_itself_what_it_is_made_with(
    connect: Connect, start_server: StartServer, project_dir: Path
) -> None:
    """And what is changed later."""
    client = connect(start_server(FakeAnalyzer("fake")).address)
    details = Project(
        description="Sells.",
        owner="team-a",
        labels={"tier": "1"},
        repository_url="https://git.example/shop",
    )
    made = await client.projects.create(project_dir, display_name="Shop", details=details)
    assert (made.display_name, made.source.local_path.path) == ("Shop", str(project_dir))
    assert (made.description, made.owner, dict(made.labels), made.repository_url) == (
        *("Sells.", "team-a", {"tier": "1"}),
        "https://git.example/shop",
    )
    changed = await client.projects.update(Project(name=made.name, owner="team-b"), ["owner"])
    assert (changed.owner, changed.description) == ("team-b", "Sells.")
