"""Which plugins are loaded."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from flext_quality.option_group import Group


class PluginSettings(Group):
    """Which plugins are loaded, and what they are told: docs/plugins.md."""

    enabled: bool = True
    """False: none at all."""
    disabled: frozenset[str] = frozenset()
    """Names of plugins that are left out. As an environment variable: a JSON list."""
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """What each plugin is told, by its name. As an environment variable: a JSON object of objects."""
