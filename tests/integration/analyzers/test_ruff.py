import asyncio
import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]  # ships no types

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    ToolFailedError,
    ToolTimedOutError,
)
from flext_quality.domain.findings.finding import Finding
from flext_quality.infrastructure.analyzers.ruff.analyzer import RuffAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.recording import RecordingReport
from tests.waiting import until
from tests.workspaces import make_workspace, write_files

Files = dict[str, str | bytes]

NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# hi"]},
            {
                "cell_type": "code",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": ["x = 1\n", "import os"],
            },
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)

ODD_FILES: Files = {
    "syntax.py": "def f(:\n    import os\n",
    "latin.py": b"# coding: latin-1\nimport os\nx = '\xe4'\n",
    "bom.py": b"\xef\xbb\xbfimport os\r\nprint( 1)\r\n",
    "crlf.py": b"import os\r\nimport sys\r\n",
    "note.ipynb": NOTEBOOK,
    "broken.ipynb": '{"cells": 3}',
    "a file.py": "import os\n",
    "quo'te\".py": "import os\n",
    "-dash.py": "import os\n",
    "unicode/\u00fc\u4e2d\U0001f600.py": "import os\n",
    "stub.pyi": "import os\n",
    "empty.py": "",
    "nul.py": b"import os\0\n",
}


async def analyze(tmp_path: Path, files: Files, **options: object) -> RecordingReport:
    """What is reported of a project with these files, whose analysis succeeds."""
    report = RecordingReport()
    analyzer = RuffAnalyzer(ToolOptions(**options))  # type: ignore[arg-type]  # by their names
    (await analyzer.run(make_workspace(tmp_path, files), report)).unwrap()
    return report


def bare(tmp_path: Path, files: Files) -> Counter[tuple[object, ...]]:
    """Rule and place of all that plain Ruff finds in the same files elsewhere."""
    project, home = tmp_path / "bare", tmp_path / "home"
    home.mkdir()
    write_files(project, files)
    (project / ".git").mkdir()
    done = subprocess.run(
        [find_ruff_bin(), "check", "--no-cache", "--output-format", "json", "."],
        cwd=project,
        env={"HOME": str(home), "PATH": os.defpath},
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return Counter(
        (
            found["code"],
            Path(found["filename"]).relative_to(project).as_posix(),
            found["location"]["row"],
            found["location"]["column"],
            found["end_location"]["row"],
            found["end_location"]["column"],
            found["cell"] or 0,
            found["message"],
            len(found["fix"]["edits"]) if found["fix"] else 0,
        )
        for found in json.loads(done.stdout)
    )


def ours(findings: list[Finding]) -> Counter[tuple[object, ...]]:
    """The same of our findings."""
    return Counter(
        (
            found.rule,
            found.path,
            found.line,
            found.column,
            found.end_line,
            found.end_column,
            found.cell,
            found.message,
            len(found.fix.edits) if found.fix else 0,
        )
        for found in findings
    )


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"ruff.toml": "lint.select = ['ALL']\n"},
        {"pyproject.toml": "[tool.ruff]\nlint.select = ['F']\nextend-exclude = ['unicode']\n"},
        {"pyproject.toml": "[project]\nname = 'x'\nrequires-python = '>=3.8'\n"},
        {
            "ruff.toml": "lint.select = ['E', 'F', 'W']\n",
            "unicode/.ruff.toml": "extend = '../ruff.toml'\nlint.ignore = ['F401']\n",
            ".gitignore": "crlf.py\n",
        },
        {"ruff.toml": "lint = {\n  select = ['F'],\n}\n"},
    ],
)
async def test_the_findings_are_ruffs_own(tmp_path: Path, configuration: Files) -> None:
    """Whatever the files and their configuration, plain Ruff finds the same in the same places."""
    files = ODD_FILES | configuration

    report = await analyze(tmp_path, files)

    assert bare(tmp_path, files) == ours(report.all_findings)


async def test_files_that_ruff_cannot_decode_are_told(tmp_path: Path) -> None:
    """Ruff reads UTF-8 only, whether or not the rule that says so is selected."""
    expected = {"latin.py": SkipReason.ENCODING}
    files: Files = {name: ODD_FILES[name] for name in ("latin.py", "bom.py")}

    with_rule = await analyze(tmp_path / "1", files)
    without = await analyze(tmp_path / "2", files | {"ruff.toml": "lint.select = ['F']"})

    assert expected == with_rule.skipped_paths == without.skipped_paths
    assert 1 == with_rule.by_rule["E902"]
    assert 0 == without.by_rule["E902"]


async def test_files_that_are_left_out_are_told(tmp_path: Path) -> None:
    """Counts are of what is checked; the rest is named."""
    report = await analyze(
        tmp_path,
        {
            "a.py": "",
            "w.pyw": "",
            "dist/b.py": "",
            "docs/c.py": "",
            "d.py": "",
            "ruff.toml": "extend-exclude = ['docs']",
            ".gitignore": "d.py",
        },
    )

    excluded = dict.fromkeys(["d.py", "dist/b.py", "docs/c.py", "w.pyw"], SkipReason.EXCLUDED)
    assert excluded == report.skipped_paths
    assert 1 == report.starts[0][1]
    assert [(1, 1)] == report.progress


async def test_configuration_above_the_working_copy_is_not_read(tmp_path: Path) -> None:
    """What lies on the server's disk around the copy changes no finding."""
    above: Files = {
        "ruff.toml": "lint.select = ['D']\n",
        "home/.config/ruff/ruff.toml": "lint.select = ['D']\n",
        ".gitignore": "*.py\n",
    }
    write_files(tmp_path, above)
    (tmp_path / ".git").mkdir()

    report = await analyze(tmp_path / "data", {"a.py": "import os\n"})

    assert {"F401": 1} == report.by_rule


async def test_configuration_that_reaches_out_is_neutralised(tmp_path: Path) -> None:
    """Nothing outside is read or written, and the rest of the configuration is in effect."""
    outside = tmp_path / "outside"
    write_files(outside, {"evil.toml": "lint.ignore = ['F401']\n", "module.py": ""})
    files: Files = {
        "pyproject.toml": f"""
            [tool.ruff]
            extend = "{outside}/evil.toml"
            cache-dir = "{outside}/cache"
            src = ["{outside}", "lib"]
            fix = true
            fix-only = true
            output-format = "github"
            required-version = ">=99"
            lint.select = ["F", "I"]
            """,
        "a.py": "import os\n",
    }

    report = await analyze(tmp_path / "data", files)

    assert {"F401": 1, "I001": 0} == {rule: report.by_rule[rule] for rule in ("F401", "I001")}
    assert [
        ("pyproject.toml", option)
        for option in (
            *("cache-dir", "extend", "fix", "fix-only", "output-format"),
            *("required-version", "src"),
        )
    ] == report.ignored_options
    assert ["evil.toml", "module.py"] == sorted(path.name for path in outside.iterdir())
    assert b"import os\n" == (tmp_path / "data/copy/a.py").read_bytes()


async def test_the_clean_form_of_a_configuration_finds_the_same(tmp_path: Path) -> None:
    """Taking a harmless option out changes no finding."""
    rest = """
        line-length = 60
        lint.select = ["ALL"]
        lint.ignore = ["D", "CPY"]
        lint.per-file-ignores = {"bom.py" = ["F401"], "unicode/*" = ["ALL"]}
        lint.isort.known-first-party = ["a", "b c"]
        """
    original: Files = {"ruff.toml": rest}
    to_be_cleaned: Files = {"ruff.toml": f"required-version = '>=0.1'\n{rest}"}

    report = await analyze(tmp_path, ODD_FILES | to_be_cleaned)

    assert [("ruff.toml", "required-version")] == report.ignored_options
    assert bare(tmp_path, ODD_FILES | original) == ours(report.all_findings)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"ruff.toml": "lint.select = ['NOPE1']\n"}, "Unknown rule selector `NOPE1`"),
        ({"ruff.toml": "line-length = 'x'\n"}, "invalid type"),
        ({"ruff.toml": "extend-select = [\n"}, "ruff.toml cannot be read: "),
        ({"sub/ruff.toml": "a = [\n", "sub/a.py": ""}, "Failed to parse sub/ruff.toml"),
    ],
)
async def test_broken_configuration_fails_with_ruffs_words(
    tmp_path: Path, files: Files, words: str
) -> None:
    """The project's people read what to mend, and no path of the server."""
    report = RecordingReport()
    workspace = make_workspace(tmp_path, {"a.py": "", **files})

    error = (await RuffAnalyzer(ToolOptions()).run(workspace, report)).error

    assert isinstance(error, ToolFailedError)
    assert words in error.message
    assert str(tmp_path) not in error.message


async def test_nothing_to_check_is_an_outcome_of_its_own(tmp_path: Path) -> None:
    """A project without Python, or with all of it left out, is no failure of Ruff."""
    for number, files in enumerate(
        ({"pyproject.toml": "[tool.ruff]\n"}, {"ruff.toml": "exclude = ['*.py']", "a.py": ""})
    ):
        workspace = make_workspace(tmp_path / str(number), files)
        result = await RuffAnalyzer(ToolOptions()).run(workspace, RecordingReport())
        assert isinstance(result.error, NothingToAnalyzeError)


async def test_a_switched_off_analyzer_does_nothing(tmp_path: Path) -> None:
    """The operator decides which tools run."""
    report = RecordingReport()
    workspace = make_workspace(tmp_path, {"a.py": "import os"})

    result = await RuffAnalyzer(ToolOptions(enabled=False)).run(workspace, report)

    assert isinstance(result.error, AnalyzerDisabledError)
    assert RecordingReport() == report


async def test_a_time_limit_ends_it(tmp_path: Path) -> None:
    """The limit is for all of Ruff's work together, and the error tells it."""
    workspace = make_workspace(tmp_path, {"a.py": "import os"})

    result = await RuffAnalyzer(ToolOptions(timeout_seconds=0.001)).run(
        workspace, RecordingReport()
    )

    assert isinstance(result.error, ToolTimedOutError)
    assert 0.001 == result.error.timeout_seconds


async def test_cancelling_ends_it(tmp_path: Path) -> None:
    """The task ends as cancelled, and the working copy can be removed at once."""
    files: Files = {f"{i}.py": "import os\n" * 500 for i in range(200)}
    workspace = make_workspace(tmp_path, files | {"ruff.toml": "lint.select = ['ALL']"})
    report = RecordingReport()
    running = asyncio.create_task(RuffAnalyzer(ToolOptions()).run(workspace, report))
    await until(lambda: bool(report.starts))

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    shutil.rmtree(workspace.root)


async def test_many_findings_come_in_batches(tmp_path: Path) -> None:
    """Two thousand small files: counts are exact, and nothing waits for the end."""
    files: Files = {f"p{i % 20}/m{i}.py": "import os\nimport sys\n" for i in range(2000)}

    report = await analyze(tmp_path, files, processes=2)

    assert {"F401": 4000} == report.by_rule
    assert 2000 == report.starts[0][1]
    assert len(report.batches) > 1
    assert report.all_findings == sorted(report.all_findings, key=lambda f: (f.path, f.line))


async def test_the_digest_follows_the_configuration(tmp_path: Path) -> None:
    """Two analyses with the same configuration have the same digest, whatever the code."""
    configurations: list[Files] = [
        {"a.py": ""},
        {"a.py": "x = 1"},
        {"a.py": "", "ruff.toml": "line-length = 9"},
        {"a.py": "", "sub/ruff.toml": "line-length = 9"},
    ]
    digests = [
        (await analyze(tmp_path / str(number), files)).starts[0][2]
        for number, files in enumerate(configurations)
    ]

    assert digests[0] == digests[1]
    assert 3 == len(set(digests))
