from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc

from flext.quality.v1 import metrics_pb2
from flext.quality.v1 import metrics_service_pb2 as pb
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.domain.metrics.metric_keys import METRICS
from flext_quality.domain.sources.measures import FileMeasures
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.rpc.calls import Calls, refused
from tests.rpc.test_quality_gate_service import analyze, expire


def listed(calls: Calls, parent: str, **fields: Any) -> pb.ListPathMeasuresResponse:
    return calls.metrics.ListPathMeasures(pb.ListPathMeasuresRequest(parent=parent, **fields))


def values(measures: metrics_pb2.PathMeasures) -> dict[str, float]:
    return {one.metric: one.value for one in measures.measures}


def test_every_metric_is_described(calls: Calls) -> None:
    """In the order of the keys, with name, direction and meaning."""
    answer = calls.metrics.ListMetricDescriptors(pb.ListMetricDescriptorsRequest())
    assert [one.metric for one in answer.metric_descriptors] == sorted(METRICS)
    for one in answer.metric_descriptors:
        assert one.display_name
        assert one.description
        assert one.direction != metrics_pb2.METRIC_DIRECTION_UNSPECIFIED
    by_key = {one.metric: one for one in answer.metric_descriptors}
    assert by_key["line_coverage"].unit == "%"
    assert by_key["line_coverage"].direction == metrics_pb2.METRIC_DIRECTION_HIGHER_IS_BETTER
    assert by_key["line_coverage"].for_paths
    assert not by_key["new_issues"].for_paths


def project_with_files(start_server: StartServer, project_dir: Path) -> tuple[Calls, str]:
    (project_dir / "pkg" / "sub").mkdir(parents=True)
    (project_dir / "pkg" / "one.py").write_text("a = 1  # noqa\n\nb = 2\n")
    (project_dir / "pkg" / "sub" / "two.py").write_text("c = 3\n")
    found = [
        Finding("ruff", "F821", Severity.HIGH, "m", "pkg/one.py", 1),
        Finding("ruff", "E501", Severity.INFO, "m", "pkg/sub/two.py", 1),
    ]
    coverage = FakeAnalyzer(
        "coverage",
        measured=[FileMeasures("pkg/one.py", {"lines_to_cover": 2.0, "covered_lines": 1.0})],
    )
    calls = Calls(start_server(FakeAnalyzer("ruff", [found]), coverage).address)
    return calls, calls.create(project_dir).name


def test_files_and_directories_have_measures(start_server: StartServer, project_dir: Path) -> None:
    """A directory those of all that lies below it; what was not measured is absent; scores too."""
    calls, project = project_with_files(start_server, project_dir)
    analysis = analyze(calls, project)
    answer = listed(calls, project)
    assert answer.analysis == analysis.name
    found = {one.path: one for one in answer.paths}
    assert ["", "app.py", "pkg", "pkg/one.py", "pkg/sub", "pkg/sub/two.py"] == list(found)
    assert {p for p, one in found.items() if one.is_directory} == {"", "pkg", "pkg/sub"}
    whole, package = values(found[""]), values(found["pkg"])
    assert (whole["files"], whole["lines_of_code"], whole["issues"]) == (3, 4, 2)
    assert (package["files"], package["lines_of_code"], package["suppressions"]) == (2, 3, 1)
    assert (package["issues_high"], package["line_coverage"]) == (1, 50)
    assert "line_coverage" not in values(found["pkg/sub"])
    assert values(found["app.py"])["score"] == 100 > values(found["pkg/one.py"])["score"]
    request = pb.GetProjectMetricsRequest(parent=project)
    metrics = calls.metrics.GetProjectMetrics(request).metrics
    assert whole == {one.metric: one.value for one in metrics.measures}
    assert metrics.score.overall == whole["score"]
    keys = [one.metric for one in found[""].measures]
    assert keys == sorted(keys)


def test_paths_are_listed_by_pages(start_server: StartServer, project_dir: Path) -> None:
    """With any size; below a prefix, as deep as is asked for."""
    calls, project = project_with_files(start_server, project_dir)
    analyze(calls, project)
    everything = list(listed(calls, project).paths)
    for size in (1, 2, 5, 6, 7):
        pages, token = [], ""
        while True:
            answer = listed(calls, project, page_size=size, page_token=token)
            pages.append(len(answer.paths))
            token = answer.next_page_token
            if not token:
                break
        assert (sum(pages), max(pages)) == (len(everything), min(size, len(everything)))
    below = listed(calls, project, path_prefix="pkg", depth=1)
    assert [one.path for one in below.paths] == ["pkg", "pkg/one.py", "pkg/sub"]
    token = listed(calls, project, page_size=1).next_page_token
    with refused() as error:
        listed(calls, project, page_token=token, depth=1)
    assert error.reason == "INVALID_PAGE_TOKEN"


def test_a_past_analysis_has_the_measures_of_its_time(
    start_server: StartServer, project_dir: Path
) -> None:
    """Files and issues as it saw them, though they are gone by now."""
    (project_dir / "old.py").write_text("a = 1\n")
    analyzer = FakeAnalyzer("ruff", [[Finding("ruff", "F821", Severity.HIGH, "m", "old.py", 1)]])
    calls = Calls(start_server(analyzer).address)
    project = calls.create(project_dir).name
    past = analyze(calls, project)
    (project_dir / "old.py").unlink()
    analyzer.findings = ()
    analyze(calls, project)
    assert [one.path for one in listed(calls, project).paths] == ["", "app.py"]
    then = {one.path: values(one) for one in listed(calls, project, analysis=past.name).paths}
    assert then["old.py"]["issues"] == 1


def test_measures_that_are_not_there_are_refused(
    start_server: StartServer, project_dir: Path
) -> None:
    """Unknown projects, no analysis, another project's, and details that retention removed."""
    server = start_server(FakeAnalyzer("ruff"))
    calls = Calls(server.address)
    with refused() as error:
        listed(calls, "projects/nobody")
    assert error.reason == "PROJECT_NOT_FOUND"
    project = calls.create(project_dir).name
    with refused() as error:
        listed(calls, project)
    assert error.reason == "NO_FINISHED_ANALYSIS"
    on_branch = analyze(calls, project, branch="dev")
    with refused() as error:
        listed(calls, project)
    assert error.reason == "NO_FINISHED_ANALYSIS"
    assert listed(calls, project, analysis=on_branch.name).analysis == on_branch.name
    other = calls.create(project_dir).name
    with refused() as error:
        listed(calls, other, analysis=on_branch.name)
    assert error.fields == ("analysis",)
    expire(server, on_branch.name)
    with refused() as error:
        listed(calls, project, analysis=on_branch.name)
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "DATA_EXPIRED")
    assert error.metadata == {"analysis": on_branch.name, "kept": ""}
