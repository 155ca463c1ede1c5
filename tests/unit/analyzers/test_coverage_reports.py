from __future__ import annotations

from pathlib import Path

import pytest

from flext_quality.infrastructure.analyzers.coverage.file_coverage import Branches, FileCoverage
from flext_quality.infrastructure.analyzers.coverage.messages import (
    Beyond,
    Broken,
    Ignored,
    Job,
    Measured,
    Message,
    ReportFile,
    Started,
    Unknown,
    Unparsed,
    Unwanted,
)
from flext_quality.infrastructure.analyzers.coverage.runner import Reading, main
from flext_quality.infrastructure.analyzers.coverage.source_file import functions_of, line_count
from tests.integration.analyzers.test_coverage import FORMATS, PROJECT, run_coverage
from tests.workspaces import write_files

SOURCE = "def f(x):\n    if x:\n        return 1\n    return 2\n\n\ndef g(): return 1\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory: a project of one file."""
    root = tmp_path / "project"
    write_files(root, {"src/a.py": SOURCE})
    monkeypatch.chdir(root)
    return root


def read(*contents: str | bytes, files: tuple[str, ...] = ("src/a.py",)) -> list[Message]:
    """What is said of reports of this content."""
    reports = []
    for number, content in enumerate(contents):
        path = Path(f"../report-{number}")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        reports.append(ReportFile(f"r{number}", str(path)))
    return list(Reading(Job(reports, list(files))).run())


def measured(messages: list[Message]) -> Measured:
    """What is said of the only file."""
    (found,) = [message for message in messages if isinstance(message, Measured)]
    return found


@pytest.mark.usefixtures("project")
def test_lcov_of_either_version() -> None:
    """Functions come in two forms; what is not known is passed over."""
    lines = "DA:1,1\nDA:2,3,sum\nDA:3,0\nBRDA:2,0,0,3\nBRDA:2,0,1,-\nBRF:2\nBRH:1\nLF:3\nX:1\n"
    old = f"TN:t\nSF:src/a.py\nFN:1,f\nFN:7,7,g,h\nFNDA:2,f\nFNDA:0,g,h\nFNDA:1,?\n{lines}end_of_record\n"
    new = f"SF:src/a.py\nFNL:0,1,4\nFNA:0,2,f\nFNL:1,7\nFNA:1,0,g\n{lines}end_of_record\n"

    for content in (old, new):
        file = measured(read(content))
        assert ([1, 2], [3]) == (file.covered, file.uncovered)
        assert [(2, 1, 2)] == file.partial
        assert ((2, 1), (2, 1)) == (file.branches, file.functions)


@pytest.mark.usefixtures("project")
def test_sums_that_contradict_the_lines_do_not_count() -> None:
    """A report may count branches that it does not list, but only such as are never missed."""
    listed = "SF:src/a.py\nDA:2,1\nBRDA:2,0,0,1\nBRDA:2,0,1,0\n"
    assert (3, 2) == measured(read(f"{listed}BRF:3\nBRH:2\nend_of_record\n")).branches
    assert (2, 1) == measured(read(f"{listed}BRF:9\nBRH:2\nend_of_record\n")).branches


@pytest.mark.usefixtures("project")
def test_cobertura_of_other_tools() -> None:
    """A file of several classes, lines without conditions, and sources of another machine."""
    xml = """<coverage><sources><source>/ci/lib</source><source>/ci/src/</source></sources>
      <packages><package><classes>
        <class filename="a.py"><methods><method><lines><line number="9" hits="1"/></lines></method></methods>
          <lines><line number="1" hits="1"/>
            <line number="2" hits="0" branch="true" condition-coverage="50% (1/2)"/></lines></class>
        <class filename="a.py"><lines><line number="2" hits="4" branch="true"/></lines></class>
        <class filename="b.py"><lines/></class>
      </classes></package></packages></coverage>"""

    messages = read(xml)

    assert Unknown("r0", ["b.py"]) in messages
    assert ([1, 2], []) == (measured(messages).covered, measured(messages).uncovered)
    assert (2, 1) == measured(messages).branches


@pytest.mark.usefixtures("project")
def test_json_of_older_versions() -> None:
    """Without functions, or without their first lines, they are found in the source."""
    file = '{"executed_lines": [1, 7], "missing_lines": [2, 3, 4], "summary": {}%s}'
    report = '{"meta": {}, "files": {"src/a.py": %s}}'
    functions = ', "functions": {"f": {"executed_lines": [], "missing_lines": [2]}, "": %s}'
    for more in ("", functions % '{"executed_lines": [], "missing_lines": []}'):
        found = measured(read(report % (file % more)))
        assert ((2, 1), None) == (found.functions, found.branches)


@pytest.mark.usefixtures("project")
def test_reports_are_merged() -> None:
    """What any of them says is covered is; named branches are added up."""
    one = "SF:src/a.py\nDA:1,1\nDA:2,0\nBRDA:2,0,0,1\nBRDA:2,0,1,0\nend_of_record\n"
    two = "SF:src/a.py\nDA:2,1\nDA:4,0\nBRDA:2,0,0,0\nBRDA:2,0,1,1\nend_of_record\n"

    file = measured(read(one, two))

    assert ([1, 2], [4], (2, 2), []) == (file.covered, file.uncovered, file.branches, file.partial)
    # f has lines in both, and ran in the second.
    assert (1, 1) == file.functions
    assert file == measured(read(two, one))


@pytest.mark.usefixtures("project")
def test_the_first_broken_report_ends_it() -> None:
    """Half of the truth is none."""
    (broken,) = read("SF:src/a.py\nDA:1,1\nend_of_record\n", "SF:src/a.py\nDA:x\n")
    assert Broken("r1", "line 2 is not of an LCOV tracefile") == broken


@pytest.mark.usefixtures("project")
def test_whatever_happens_is_told_of_the_report() -> None:
    """Also what nobody foresaw: here, a file of the project is not where it should be."""
    (broken,) = read("SF:gone.py\nDA:1,1\nend_of_record\n", files=("gone.py",))
    assert Broken("r0", "reading it ended with FileNotFoundError") == broken


@pytest.mark.usefixtures("project")
def test_lines_that_are_not_there_are_counted() -> None:
    """Of lines, branches and functions alike; zero and less are none either."""
    messages = read(
        "SF:src/a.py\nFN:50,h\nFNDA:1,h\nDA:0,1\nDA:-4,1\nDA:50,1\nDA:7,1\nBRDA:50,0,0,1\nend_of_record\n"
    )

    assert Beyond("r0", "src/a.py", 3) in messages
    file = measured(messages)
    assert ([7], (0, 0), (0, 0)) == (file.covered, file.branches, file.functions)


def test_branches_that_are_not_named_alike() -> None:
    """The report that knows of more covered ones decides; there are never more than there are."""
    branches = Branches(3, 1, frozenset({("arc", "5")}))
    branches.add(Branches(3, 1, frozenset({("lcov", "a")})))
    assert (3, 1) == (branches.total, branches.covered)
    branches.add(Branches(3, 2))
    assert (3, 2) == (branches.total, branches.covered)
    branches.add(Branches(2, 2, frozenset({("arc", name) for name in "678"})))
    assert (3, 3) == (branches.total, branches.covered)


def test_declared_branches_do_not_add_up_over_reports() -> None:
    """Two formats of the same run are one run."""
    listed, summed = FileCoverage(has_branches=True), FileCoverage(has_branches=True)
    listed.branch(1, Branches(2, 2))
    summed.branch(1, Branches(1, 1, frozenset({("arc", "2")})))
    summed.declare_branches(2, 2)
    assert (2, 2) == listed.branch_counts == summed.branch_counts
    listed.add(summed)
    assert (2, 2) == listed.branch_counts


@pytest.mark.parametrize(
    ("content", "count"),
    [(b"", 0), (b"x", 1), (b"x\n", 1), (b"x\r\ny\rz", 3), (b"x\n\n", 2), (b"x\fy\n", 1)],
)
def test_lines_are_counted_as_python_does(tmp_path: Path, content: bytes, count: int) -> None:
    """Whatever ends them."""
    (tmp_path / "a.py").write_bytes(content)
    assert count == line_count(str(tmp_path / "a.py"))


def test_functions_of_source_that_cannot_be_parsed(tmp_path: Path) -> None:
    """They are not known; None is not zero."""
    for number, content in enumerate((b"def (:\n", b"x = 1\0\n", b"(" * 100_000)):
        path = tmp_path / f"{number}.py"
        path.write_bytes(content)
        assert functions_of(str(path), {1: True}) is None


def test_all_formats_of_a_real_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one by one or all together, they say the same."""
    project = tmp_path / "project"
    write_files(project, PROJECT)
    run_coverage(project, "run", "--branch", "--source=.,src", "run.py")
    monkeypatch.chdir(project)
    reports = []
    for name, arguments in FORMATS.items():
        if arguments:
            run_coverage(project, *arguments)
        reports.append(ReportFile(name, name))
    files = [path for path in PROJECT if path.endswith(".py")]

    each = [list(Reading(Job([report], files)).run()) for report in reports]
    together = list(Reading(Job(reports, files)).run())

    assert Started(len(files)) == together[0]
    assert [together] * len(reports) == each


def test_what_the_project_says_about_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that it leaves out, files that cannot be parsed, options that are not used."""
    project = tmp_path / "project"
    write_files(project, PROJECT | {"broken.py": "x = 1\n"})
    run_coverage(project, "run", "--source=.,src", "run.py")
    monkeypatch.chdir(project)
    (project / "broken.py").write_text("def (:\n")
    files = [*PROJECT, "broken.py"]
    job = Job([ReportFile("data", ".coverage")], files)
    options = "omit = src/shop/unused.py\ncontexts = x\n"
    (project / ".coveragerc").write_text(f"[run]\nplugins = evil\n[report]\n{options}")

    omitting = list(Reading(job).run())
    (project / ".coveragerc").write_text("[report]\ninclude = run.py\n")
    including = list(Reading(job).run())
    (project / ".coveragerc").write_text("[report]\nexclude_lines = (\n")
    broken = list(Reading(job).run())

    assert Unparsed(["broken.py"]) in omitting
    assert Unwanted(["src/shop/unused.py"]) in omitting
    ignored = [message.option for message in omitting if isinstance(message, Ignored)]
    assert ["plugins", "contexts"] == ignored
    assert ["run.py"] == [message.path for message in including if isinstance(message, Measured)]
    assert ["coverage"] == [message.option for message in broken if isinstance(message, Ignored)]


def test_the_process_prints_a_line_for_each_thing(
    project: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """JSON, as the server reads it."""
    report, job = project / "r", project / "job.json"
    report.write_text("SF:src/a.py\nDA:1,1\nend_of_record\n")
    job.write_text('{"reports": [{"name": "r", "path": "r"}], "files": ["src/a.py"]}')

    main(str(job))

    lines = capfdbinary.readouterr().out.splitlines()
    assert b'{"type":"started","file_count":1}' == lines[0]
    assert 2 == len(lines)
