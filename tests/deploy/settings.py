"""Holds the variables that ship in deployments against the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from flext_quality.settings import FlextApiSettings, load_settings
from tests.settings_files import isolate

KNOWN = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()


def accepted(
    variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, directory: Path
) -> FlextApiSettings:
    """The settings of a server that has just these variables, all of which are known and right."""
    isolate(monkeypatch, directory)
    for name, value in variables.items():
        assert f"| `{name}` |" in KNOWN, f"there is no setting {name}"
        monkeypatch.setenv(name, value)
    return load_settings().unwrap().settings
