"""What can be switched for single projects."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from flext_quality.option_group import Group
from flext_quality.settings.groups.external_tools import BUILT_IN_ANALYZERS

ANALYZER_FLAG_PREFIX = "analyzer."
"""Before an analyzer's name: the flag that says for which projects it runs."""


class FlagSettings(Group):
    """For which projects a flag is on. Projects are named as `projects/{project}`."""

    enabled: bool = True
    """Whether it is on for the projects that the other two do not decide about."""
    on_for: frozenset[str] = frozenset()
    """Projects for which it is on."""
    off_for: frozenset[str] = frozenset()
    """Projects for which it is off."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> FlagSettings:
        both = sorted(self.on_for & self.off_for)
        if both:
            raise ValueError(f"it is on and off for {', '.join(both)}")
        for name in self.on_for | self.off_for:
            if not name.startswith("projects/"):
                raise ValueError(f"{name!r} does not name a project as projects/{{project}}")
        return self


class FeatureSettings(Group):
    """What can be switched for single projects."""

    flags: dict[str, FlagSettings] = Field(default_factory=dict)
    """By name; `analyzer.mypy` says for which projects MyPy runs. As an environment variable: JSON, as in
    `{"analyzer.mypy": {"off_for": ["projects/shop"]}}`."""

    @field_validator("flags")
    @classmethod
    def _are_known(cls, value: dict[str, FlagSettings]) -> dict[str, FlagSettings]:
        for flag in value:
            if not flag.startswith(ANALYZER_FLAG_PREFIX) or flag == ANALYZER_FLAG_PREFIX:
                names = ", ".join(f"{ANALYZER_FLAG_PREFIX}{n}" for n in sorted(BUILT_IN_ANALYZERS))
                raise ValueError(
                    f"there is no flag {flag!r}; there are {names} and those of commands"
                )
        return value
