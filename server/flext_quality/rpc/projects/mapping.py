"""Projects between the domain and protobuf."""

from __future__ import annotations

from flext.quality.v1 import project_pb2
from flext_quality.domain.projects.project import Project, Thresholds
from flext_quality.rpc.values_mapping import timestamp


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
    )


def thresholds_to_proto(thresholds: Thresholds) -> project_pb2.ComplexityThresholds:
    """The message of thresholds."""
    return project_pb2.ComplexityThresholds(
        cyclomatic_complexity=thresholds.cyclomatic_complexity,
        cognitive_complexity=thresholds.cognitive_complexity,
        nesting_depth=thresholds.nesting_depth,
        maintainability_index=thresholds.maintainability_index,
    )


def thresholds_from_proto(project: project_pb2.Project) -> Thresholds:
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
