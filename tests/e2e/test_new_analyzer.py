"""What it takes to add an analyzer to the server: a folder and a line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import flext_quality
from tests.e2e.commands import Commands

FOLDER = {
    "__init__.py": '"""Lines that are too long."""\n',
    "settings.py": '''
from flext_quality.infrastructure.analyzers.tool_settings import AnalyzerSettings


class LengthSettings(AnalyzerSettings):
    """How long lines may be."""

    characters: int = 100
    """Longer lines are found."""
''',
    "profile.py": """
from flext_quality.domain.findings.finding import Category
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule_table import RuleTable

PROFILE = AnalyzerProfile(
    "length",
    categories=RuleTable(Category.STYLE),
    efforts=RuleTable(3),
    capabilities=frozenset({"length_check"}),
    configuration_names=frozenset({".length"}),
)
""",
    "analyzer.py": """
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.length.profile import PROFILE


class LengthAnalyzer:
    name = PROFILE.name
    profile = PROFILE

    def __init__(self, characters):
        self.characters = characters

    async def version(self):
        return FlextResult.ok("1")

    async def run(self, workspace, sink):
        own = workspace.root / ".length"
        limit = int(own.read_text()) if own.exists() else self.characters
        await sink.started("1", len(workspace.files), "0" * 64)
        await sink.findings([
            Finding(PROFILE.name, "too-long", Severity.LOW, "too long", file.path, number)
            for file in workspace.files
            for number, line in enumerate((workspace.root / file.path).read_text().split("\\n"), 1)
            if len(line) > limit
        ])
        return FlextResult.ok(None)


def create(settings, server):
    return LengthAnalyzer(settings.characters)
""",
}
IMPORT = "from flext_quality.infrastructure.analyzers.length.settings import LengthSettings\n"
LINE = "    length: LengthSettings = LengthSettings()\n"


@pytest.fixture
def extended(commands: Commands) -> Commands:
    """The command of a server that has one more analyzer."""
    server = commands.directory / "server" / "flext_quality"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(flext_quality.__file__).parent, server, ignore=ignored)
    folder = server / "infrastructure" / "analyzers" / "length"
    folder.mkdir()
    for name, text in FOLDER.items():
        (folder / name).write_text(text)
    tools = server / "settings" / "groups" / "external_tools.py"
    before, group, after = tools.read_text().partition("class ExternalToolsSettings(Group):\n")
    documented, quotes, fields = after.partition('"""\n\n')
    tools.write_text(
        f"{before}{group}{documented}{quotes}{LINE}{fields}".replace(
            "from pydantic import", f"{IMPORT}from pydantic import", 1
        )
    )
    commands.environment["PYTHONPATH"] = str(server.parent)
    commands.leave_unmeasured()  # a copy is not the server that is to be covered
    return commands


def test_an_analyzer_is_a_folder_and_a_line(extended: Commands) -> None:
    """Its settings, capability, category and effort work, and the file that it reads is there."""
    project = extended.directory / "shop"
    project.mkdir()
    (project / "app.py").write_text("x = 1\n" + f"y = '{'a' * 20}'\n")

    def rules_found(**environment: str) -> set[tuple[int, str, int]]:
        done = extended.run("analyze", project, "--analyzers", "length", **environment)
        assert done.returncode in {0, 1}, done.stderr
        listed = extended.run("issues", project, "--format", "json", **environment).stdout
        issues = [json.loads(line) for line in listed.splitlines()]
        return {
            (one["finding"]["line"], one["finding"]["category"], one["effortMinutes"])
            for one in issues
        }

    assert set() == rules_found()
    variable = "FLEXT_API_EXTERNAL_TOOLS__LENGTH__CHARACTERS"
    assert {(2, "CATEGORY_STYLE", 3)} == rules_found(**{variable: "20"})
    (project / ".length").write_text("4")
    assert {(1, "CATEGORY_STYLE", 3), (2, "CATEGORY_STYLE", 3)} == rules_found()
    info = json.loads(extended.run("info", "--format", "json").stdout)
    assert "length_check" in info["capabilities"]
    assert "length" in [analyzer["name"] for analyzer in info["analyzers"]]
    off = {"FLEXT_API_EXTERNAL_TOOLS__LENGTH__ENABLED": "false"}
    told = json.loads(extended.run("info", "--format", "json", **off).stdout)
    assert [False] == [one["enabled"] for one in told["analyzers"] if one["name"] == "length"]
    assert "length_check" not in told["capabilities"]
