"""The analysis that a request names, in the place of a branch."""

from __future__ import annotations

from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import AnalysisName, ProjectName


def named_analysis(
    project: ProjectName, text: str, field: str = "analysis", *, has_branch: bool = False
) -> AnalysisName | None:
    """The analysis of the project that the request's `field` names; None where it names none.

    `has_branch`: the request names a branch too.

    Raises:
        InvalidFieldError: it is no analysis of the project, or there is a branch beside it.
    """
    if not text:
        return None
    name = AnalysisName.parse(text, field)
    if name.project != project:
        raise invalid_field(field, f"must be an analysis of {project}")
    if has_branch:
        branch = field.replace("analysis", "branch")
        raise invalid_field(branch, f"must not be set, since {field} is, which has a branch")
    return name
