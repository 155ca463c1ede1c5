"""Projects between the domain and protobuf."""

from __future__ import annotations

from typing import cast

from flext.quality.v1 import branch_pb2, project_pb2, quality_gate_pb2
from flext.quality.v1.project_service_pb2 import UpdateProjectRequest
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.projects.branch import Branch
from flext_quality.domain.projects.project import (
    PUBLIC_NAMES,
    Project,
    ProjectDetails,
    ProjectValues,
    Thresholds,
)
from flext_quality.rpc.field_masks import changed_fields
from flext_quality.rpc.issues.mapping import issue_counts_to_proto
from flext_quality.rpc.metrics.score_mapping import score_to_proto
from flext_quality.rpc.values_mapping import timestamp

_UPDATABLE = (
    *("display_name", "source", "thresholds", "description", "owner", "labels", "repository_url"),
)


def project_to_proto(project: Project) -> project_pb2.Project:
    """The message of a project."""
    return project_pb2.Project(
        name=str(project.name),
        display_name=project.display_name,
        source=project_pb2.Source(local_path=project_pb2.LocalPath(path=project.local_path)),
        create_time=timestamp(project.created_at),
        update_time=timestamp(project.updated_at),
        etag=project.etag,
        thresholds=thresholds_to_proto(project.thresholds),
        description=project.description,
        owner=project.owner,
        labels=project.labels,
        repository_url=project.repository_url,
    )


def details_from_proto(project: project_pb2.Project) -> ProjectDetails:
    """What a message says about a project; what it leaves out is as if it were empty."""
    return ProjectDetails(
        description=project.description,
        owner=project.owner,
        labels=dict(project.labels),
        repository_url=project.repository_url,
        thresholds=_thresholds_from_proto(project),
    )


def changes_from_proto(request: UpdateProjectRequest) -> ProjectValues:
    """The new values of the fields that the mask names.

    Raises:
        InvalidFieldError: the mask or the value of a field that it names is not acceptable.
    """
    paths = changed_fields(request.update_mask, _UPDATABLE)
    project = request.project
    if "display_name" in paths and not project.display_name:
        raise invalid_field("project.display_name", "must not be empty")
    if "source" in paths and not project.HasField("source"):
        raise invalid_field("project.source", "is required, since update_mask names it")
    values = ProjectValues(
        display_name=project.display_name,
        local_path=project.source.local_path.path,
        **details_from_proto(project),
    )
    wanted = {k: v for k, v in values.items() if PUBLIC_NAMES.get(k, k) in paths}
    return cast("ProjectValues", wanted)


def thresholds_to_proto(thresholds: Thresholds) -> project_pb2.ComplexityThresholds:
    """The message of thresholds."""
    return project_pb2.ComplexityThresholds(
        cyclomatic_complexity=thresholds.cyclomatic_complexity,
        cognitive_complexity=thresholds.cognitive_complexity,
        nesting_depth=thresholds.nesting_depth,
        maintainability_index=thresholds.maintainability_index,
    )


def _thresholds_from_proto(project: project_pb2.Project) -> Thresholds:
    """The thresholds in a project's message; the defaults if it has none."""
    if not project.HasField("thresholds"):
        return Thresholds()
    message = project.thresholds
    return Thresholds(
        cyclomatic_complexity=message.cyclomatic_complexity,
        cognitive_complexity=message.cognitive_complexity,
        nesting_depth=message.nesting_depth,
        maintainability_index=message.maintainability_index,
    )


def branch_to_proto(branch: Branch) -> branch_pb2.Branch:
    """The message of a branch."""
    latest = branch.latest_succeeded
    message = branch_pb2.Branch(
        branch_name=branch.name,
        analysis_count=branch.analysis_count,
        latest_analysis=str(branch.latest),
        latest_succeeded_analysis="" if latest is None else str(latest.name),
        create_time=timestamp(branch.created_at),
        update_time=timestamp(branch.updated_at),
    )
    if latest is not None and latest.results is not None:
        message.score.CopyFrom(score_to_proto(latest.results.score))
        message.issue_counts.CopyFrom(issue_counts_to_proto(latest.results.issue_counts))
        if latest.results.gate is not None:
            message.gate_status = cast("quality_gate_pb2.GateStatus", latest.results.gate.status)
    return message
