import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from functools import partial
from pathlib import Path

import pytest

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    ToolFailedError,
    ToolTimedOutError,
)
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.infrastructure.analyzers.duplication.analyzer import DuplicationAnalyzer
from flext_quality.infrastructure.analyzers.duplication.configuration import CloneSize
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.recording import RecordingReport
from tests.waiting import until
from tests.workspaces import make_workspace, write_files

Files = dict[str, str | bytes]

JSCPD = Path(sys.executable).parent / "jscpd"


def block(name: str, steps: int = 8) -> str:
    """A function of 3 * `steps` + 2 lines, the same for the same name."""
    body = "".join(
        f"    {name}_{i} = compute({i}, other={i * 2})\n    if {name}_{i} > {i}:\n        go({name}_{i})\n"
        for i in range(steps)
    )
    return f"def {name}(go):\n{body}    return go\n"


ODD_FILES: Files = {
    "a.py": f"import os\n\n{block('one')}\n\n{block('two', 4)}",
    "b.py": f"import re\nimport sys\n\n\n{block('two', 4)}\n{block('one')}",
    "pkg/c.py": f"{block('one')}\n\n{block('one')}",
    "pkg/stub.pyi": block("two", 4),
    "window.pyw": block("two", 4),
    "crlf.py": block("one").replace("\n", "\r\n"),
    "bom.py": b"\xef\xbb\xbf" + block("one").encode(),
    "unicode/\u00fc\u4e2d\U0001f600.py": "# \u00fc\n" + block("one"),
    "a \"file'.py": block("two", 4),
    "-dash.py": block("two", 4),
    "empty.py": "",
    "small.py": "x = 1\n",
    "nul.py": block("one").encode() + b"\0",
    "broken.py": block("one") + "def (:\n",
}


async def analyze(
    tmp_path: Path, files: Files, size: CloneSize | None = None, **options: object
) -> RecordingReport:
    """What is reported of a project with these files, whose analysis succeeds."""
    report = RecordingReport()
    analyzer = DuplicationAnalyzer(ToolOptions(**options), size)  # type: ignore[arg-type]  # by name
    (await analyzer.run(make_workspace(tmp_path, files), report)).unwrap()
    return report


def bare(tmp_path: Path, files: Files) -> list[dict[str, tuple[str, int, int]]]:
    """The pairs that plain jscpd finds in the same files elsewhere."""
    project = tmp_path / "bare"
    write_files(project, files)
    subprocess.run(
        [
            *(JSCPD, "--reporters", "json", "--output", tmp_path / "out", "--silent"),
            *("--format", "python", "--formats-exts", "python:py,pyi,pyw", "."),
        ],
        cwd=project,
        env={"HOME": str(tmp_path), "PATH": os.defpath},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    found = json.loads((tmp_path / "out/jscpd-report.json").read_text())
    return [
        {
            side: (pair[side]["name"], pair[side]["start"], pair[side]["end"])
            for side in ("firstFile", "secondFile")
        }
        for pair in found["duplicates"]
    ]


async def test_the_clones_and_counts_are_jscpds_own(tmp_path: Path) -> None:
    """Every place that plain jscpd names is a place of a clone; the lines are counted once each."""
    pairs = bare(tmp_path, ODD_FILES)
    places = {place for pair in pairs for place in pair.values()}
    lines: defaultdict[str, set[int]] = defaultdict(set)
    for path, start, end in places:
        lines[path].update(range(start, end + 1))

    report = await analyze(tmp_path, ODD_FILES)

    told = [(found.path, found.line, found.end_line) for found in report.all_findings]
    told += [
        (place.path, place.line, place.end_line)
        for found in report.all_findings
        for place in found.related
    ]
    assert sorted(places) == sorted(told)
    assert set(ODD_FILES) == {measures.path for measures in report.measured}
    assert len(ODD_FILES) == len(report.measured) == report.starts[0][1]
    for measures in report.measured:
        assert lines[measures.path] == measures.duplicated
        assert len(lines[measures.path]) == measures.values["duplicated_lines"]
        blocks = sum(path == measures.path for path, _, _ in places)
        assert blocks == measures.values["duplicated_blocks"]


async def test_three_copies_are_one_finding(tmp_path: Path) -> None:
    """At the first place, with the others beside it, in a message that survives moved lines."""
    files: Files = {"c.py": block("f"), "a.py": block("f"), "b/b.py": block("f")}
    moved: Files = {path: f"\n\n{content!s}" for path, content in files.items()}

    (finding,) = (await analyze(tmp_path / "1", files)).all_findings
    (later,) = (await analyze(tmp_path / "2", moved)).all_findings

    assert ("duplication", "duplicated-block") == (finding.analyzer, finding.rule)
    assert (Category.DUPLICATION, Severity.LOW) == (finding.category, finding.severity)
    assert ("a.py", 1, 26) == (finding.path, finding.line, finding.end_line)
    assert [("b/b.py", 1, 26), ("c.py", 1, 26)] == [
        (place.path, place.line, place.end_line) for place in finding.related
    ]
    assert {"the same 26 lines"} == {place.message for place in finding.related}
    assert "26 lines (160 tokens) are duplicated in b/b.py and c.py" == finding.message
    assert (finding.message, 3) == (later.message, later.line)


async def test_a_larger_clone_is_more_severe(tmp_path: Path) -> None:
    """By its lines, as docs/severity.md says."""
    for steps, severity in ((8, Severity.LOW), (12, Severity.MEDIUM), (40, Severity.HIGH)):
        files: Files = {name: block("f", steps) for name in ("a.py", "b.py")}
        (finding,) = (await analyze(tmp_path / str(steps), files)).all_findings
        assert severity is finding.severity


async def test_sizes_come_from_operator_and_project(tmp_path: Path) -> None:
    """The project's own sizes and patterns win over the operator's; the rest is told as not used."""
    files: Files = {
        "a.py": block("f"),
        "b.py": block("f"),
        "old/c.py": block("f"),
        "old/deep/d.py": block("f"),
    }
    configuration = {
        "minLines": 25,
        "minTokens": 30,
        "ignore": ["**/old/**/*.{py,pyi}"],
        "threshold": 1,
        "output": "/etc",
        "reporters": ["html"],
    }

    plain = await analyze(tmp_path / "1", files)
    larger = await analyze(tmp_path / "2", files, CloneSize(min_lines=26))
    own = await analyze(
        tmp_path / "3", files | {".jscpd.json": json.dumps(configuration)}, CloneSize(27, 500)
    )
    package = await analyze(
        tmp_path / "4", files | {"package.json": json.dumps({"jscpd": {"minLines": 26}})}
    )

    assert [3, 0, 1, 0] == [
        sum(len(finding.related) for finding in report.all_findings)
        for report in (plain, larger, own, package)
    ]
    assert dict.fromkeys(["old/c.py", "old/deep/d.py"], SkipReason.EXCLUDED) == own.skipped_paths
    assert ["a.py", "b.py"] == [measures.path for measures in own.measured]
    assert [
        (".jscpd.json", option) for option in ("output", "reporters", "threshold")
    ] == own.ignored_options
    assert larger.starts[0][2] == package.starts[0][2]
    assert 3 == len({report.starts[0][2] for report in (plain, larger, own, package)})


@pytest.mark.parametrize(
    ("path", "content", "ignored"),
    [
        (".jscpd.json", "{", [(".jscpd.json", "jscpd")]),
        (".jscpd.json", '{"minLines": 1}', [(".jscpd.json", "minLines")]),
        (".jscpd.json", '{"minTokens": "9"}', [(".jscpd.json", "minTokens")]),
        (".jscpd.json", '{"minTokens": true}', [(".jscpd.json", "minTokens")]),
        (".jscpd.json", '{"ignore": "x"}', [(".jscpd.json", "ignore")]),
        (".jscpd.json", '{"ignore": ["[z-a]"]}', [(".jscpd.json", "ignore")]),
        (".jscpd.json", '{"ignore": ["*a*a*a*a*a*a*a*a*"]}', [(".jscpd.json", "ignore")]),
        (".config/jscpd.json", '{"blame": true}', [(".config/jscpd.json", "blame")]),
        ("package.json", "{", []),
        ("package.json", "[]", []),
    ],
)
async def test_configuration_that_makes_no_sense_is_told(
    tmp_path: Path, path: str, content: str, ignored: list[tuple[str, str]]
) -> None:
    """It changes nothing, and the project's people read why."""
    files: Files = {"a.py": block("f"), "b.py": block("f"), path: content}

    report = await analyze(tmp_path, files)

    assert ignored == report.ignored_options
    assert 1 == len(report.all_findings)


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("a?.py", {"b.py", "d/a1.py"}),
        ("**/a[!2].py", {"a2.py", "b.py"}),
        ("d/**", {"a1.py", "a2.py", "b.py"}),
        ("./{b,d/a1}.py", {"a1.py", "a2.py"}),
        ("*.(py)", {"a1.py", "a2.py", "b.py", "d/a1.py"}),
    ],
)
async def test_patterns_leave_files_out(tmp_path: Path, pattern: str, left: set[str]) -> None:
    """Globs over paths from the project's root."""
    names = ["a1.py", "a2.py", "b.py", "d/a1.py"]
    files: Files = dict.fromkeys(names, "x = 1\n")
    files[".jscpd.json"] = json.dumps({"ignore": [pattern]})

    report = await analyze(tmp_path, files)

    assert left == {measures.path for measures in report.measured}


async def test_only_the_projects_files_decide(tmp_path: Path) -> None:
    """Ignore files and configuration in the project and above it leave no file out."""
    everything: Files = {
        ".ignore": "*\n",
        ".gitignore": "*\n",
        ".jscpd.json": '{"ignore": ["**"]}',
        ".git/info/exclude": "*\n",
    }
    write_files(tmp_path, everything)
    files: Files = {
        "a.py": block("f"),
        "b.min.py": block("f"),
        ".hidden/node_modules/c.py": block("f"),
    }

    report = await analyze(
        tmp_path / "data", files | {".gitignore": "a.py\n", ".ignore": "b.min.py\n"}
    )

    (finding,) = report.all_findings
    assert 2 == len(finding.related)


async def test_other_encodings_are_compared_too(tmp_path: Path) -> None:
    """A declared encoding is honoured; a file that cannot be decoded is told, notebooks too."""
    files: Files = {
        "a.py": "\n# \u00e4\n" + block("f"),
        "latin.py": ("# coding: latin-1\n# \u00e4\n" + block("f")).encode("latin-1"),
        "wrong.py": b"# \xff\n" + block("f").encode(),
        "unknown.py": b"# coding: nope\n# \xff\n",
        "note.ipynb": "{}",
    }

    report = await analyze(tmp_path, files)

    (finding,) = report.all_findings
    assert ("a.py", 2) == (finding.path, finding.line)
    assert ["latin.py"] == [place.path for place in finding.related]
    assert {
        "wrong.py": SkipReason.ENCODING,
        "unknown.py": SkipReason.ENCODING,
        "note.ipynb": SkipReason.EXCLUDED,
    } == report.skipped_paths
    assert 2 == report.starts[0][1]


async def test_nothing_to_compare_is_an_outcome_of_its_own(tmp_path: Path) -> None:
    """A project without Python, or with all of it left out, is no failure of jscpd."""
    projects: list[Files] = [
        {"package.json": "{}"},
        {"note.ipynb": "{}"},
        {".jscpd.json": '{"ignore": ["**/*.py"]}', "a.py": ""},
    ]
    for number, files in enumerate(projects):
        workspace = make_workspace(tmp_path / str(number), files)
        result = await DuplicationAnalyzer(ToolOptions()).run(workspace, RecordingReport())
        assert isinstance(result.error, NothingToAnalyzeError)


async def test_a_switched_off_analyzer_does_nothing(tmp_path: Path) -> None:
    """The operator decides which tools run."""
    report = RecordingReport()
    workspace = make_workspace(tmp_path, {"a.py": ""})

    result = await DuplicationAnalyzer(ToolOptions(enabled=False)).run(workspace, report)

    assert isinstance(result.error, AnalyzerDisabledError)
    assert RecordingReport() == report


async def test_limits_end_it(tmp_path: Path) -> None:
    """Time and memory, each with an error that tells the limit."""
    files: Files = {f"{i}.py": block(f"f{i}", 200) for i in range(50)}
    slow, small = ToolOptions(timeout_seconds=0.001), ToolOptions(memory_limit_bytes=1 << 20)

    in_time = await DuplicationAnalyzer(slow).run(
        make_workspace(tmp_path / "1", files), RecordingReport()
    )
    in_memory = await DuplicationAnalyzer(small).run(
        make_workspace(tmp_path / "2", files), RecordingReport()
    )

    assert isinstance(in_time.error, ToolTimedOutError)
    assert isinstance(in_memory.error, ToolFailedError)
    assert str(tmp_path) not in in_memory.error.message


async def test_cancelling_ends_it(tmp_path: Path) -> None:
    """The task ends as cancelled, and the working copy can be removed at once."""
    files: Files = {f"{i}.py": block("f", 300) for i in range(300)}
    workspace = make_workspace(tmp_path, files)
    for is_early in (True, False):
        report = RecordingReport()
        running = asyncio.create_task(DuplicationAnalyzer(ToolOptions()).run(workspace, report))
        await asyncio.sleep(0)
        if not is_early:
            await until(partial(bool, report.starts))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        shutil.rmtree(workspace.scratch)
        workspace.scratch.mkdir()


def test_the_version_is_jscpds() -> None:
    """The one that the program prints."""
    printed = subprocess.check_output([JSCPD, "--version"], text=True)

    assert asyncio.run(DuplicationAnalyzer(ToolOptions()).version()).unwrap() in printed
