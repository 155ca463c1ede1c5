"""Feature flags."""

from __future__ import annotations

from typing import Protocol

from flext_quality.domain.identifiers import ProjectName


class FeatureFlags(Protocol):
    """What the operator switches for single projects."""

    def is_on(self, flag: str, project: ProjectName, *, default: bool) -> bool:
        """Whether the flag is on for the project; `default` if the operator says nothing of it."""
        ...
