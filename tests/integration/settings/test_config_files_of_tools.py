"""From a setting to what the tool does."""

from __future__ import annotations

from pathlib import Path

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.container import build_container
from flext_quality.settings import create_api_settings
from tests.recording import RecordingReport
from tests.settings_files import write
from tests.workspaces import make_workspace


async def test_ruff_uses_the_file_beside_the_configuration(tmp_path: Path) -> None:
    """In place of the project's: `external_tools.ruff.config_file: pyproject.toml`."""
    write("config/development.yml", "external_tools: {ruff: {config_file: pyproject.toml}}\n")
    write("config/pyproject.toml", "[tool.ruff.lint]\nselect = ['E401']\n")
    container = build_container(create_api_settings(data_dir=tmp_path / "data").unwrap())
    ruff = (await container.get(Analyzers)).by_name["ruff"]
    files = {"a.py": "import os, sys\n", "pyproject.toml": "[tool.ruff.lint]\nselect = ['F']\n"}
    report = RecordingReport()
    (await ruff.run(make_workspace(tmp_path, files), report)).unwrap()
    await container.close()
    assert report.by_rule == {"E401": 1}
    assert [(one.path, one.option) for one in report.ignored] == [("pyproject.toml", "*")]
