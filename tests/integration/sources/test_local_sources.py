"""Projects on a real disk, with everything that can lie there."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flext_quality.application.ports.sources import Workspace
from flext_quality.container.analyzers import built_in_profiles
from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import (
    InvalidFieldError,
    SourceNotAllowedError,
    SourceNotFoundError,
    SourceTooLargeError,
    SourceUnreadableError,
)
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.infrastructure.sources.copying import CopyingCancelledError, TreeCopier
from flext_quality.infrastructure.sources.limits import MAX_DEPTH
from flext_quality.infrastructure.sources.local import LocalSources, SourceLimits
from flext_quality.infrastructure.sources.selection import ToolFiles
from flext_quality.infrastructure.sources.working_copy import WorkingCopy
from tests.waiting import PATIENCE_SECONDS
from tests.workspaces import write_files

ANALYSIS = AnalysisName("sample", "0" * 26)
OTHER = AnalysisName("sample", "1" * 26)
PROFILES = built_in_profiles()
TOOL_FILES = ToolFiles(PROFILES.configuration_names, PROFILES.report_names)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The one allowed path."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def project(home: Path) -> Path:
    """A project's directory, still empty."""
    project = home / "project"
    project.mkdir()
    return project


@pytest.fixture
def sources(tmp_path: Path, home: Path) -> LocalSources:
    """Sources with the usual limits."""
    return LocalSources(tmp_path / "data", [home], tool_files=TOOL_FILES)


async def prepare(sources: LocalSources, path: Path) -> Workspace:
    """The working copy."""
    return (await sources.prepare(ANALYSIS, str(path))).unwrap()


def skipped(workspace: Workspace) -> dict[str, SkipReason]:
    """Why each path was left out."""
    return {path: skip.reason for skip in workspace.skipped for path in skip.paths}


def contents(workspace: Workspace) -> list[str]:
    """All files of the working copy but those of its mark as a repository."""
    paths = (
        path.relative_to(workspace.root) for path in workspace.root.rglob("*") if path.is_file()
    )
    return sorted(path.as_posix() for path in paths if path.parts[0] != ".git")


def names_in(directory: Path) -> list[str]:
    """What lies in a directory."""
    return [path.name for path in directory.iterdir()]


@contextmanager
def bound_socket(path: Path) -> Iterator[None]:
    """A socket at a path that may be longer than sockets' paths can be."""
    before = Path.cwd()
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(path.parent)
        server.bind(path.name)
        os.chdir(before)
        yield


def make_deep(top: Path, depth: int) -> None:
    """Directories within directories, with a file in the last one."""
    before = Path.cwd()
    os.chdir(top)
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.py").touch()
    os.chdir(before)


@contextmanager
def no_privileges(directory: Path) -> Iterator[None]:
    """Within, the process may read no more than its files' modes say; root may read anything."""
    if os.geteuid() != 0:
        yield
        return
    nobody = 65534
    for path in [directory, *directory.rglob("*")]:
        os.chown(path, nobody, nobody, follow_symlinks=False)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)


# --- what may be registered -----------------------------------------------------------------------


async def test_a_path_is_stored_without_detours(sources: LocalSources, project: Path) -> None:
    """So that one directory is one project."""
    checked = await sources.check(f"/{project.parent}/./other/..//project/")
    assert str(project) == checked.unwrap()


@pytest.mark.parametrize("path", ["relative/path", "", "~/project", "/with\0nul", "/half\udcff"])
async def test_a_path_that_is_none_is_an_invalid_field(sources: LocalSources, path: str) -> None:
    """It says which field."""
    error = (await sources.check(path)).error
    assert isinstance(error, InvalidFieldError)
    assert "project.source.local_path.path" == error.metadata["fields"]


async def test_whether_something_lies_elsewhere_is_not_told(
    sources: LocalSources, home: Path, project: Path
) -> None:
    """What is there, is missing, or may not be read: the answer is the same."""
    (home.parent / "home-2").mkdir()
    (project / "way-out").symlink_to(home.parent)
    (project / "way-to-nothing").symlink_to("/no/such/place")
    elsewhere = [
        "/",
        "/etc/passwd",
        "/no/such/place",
        f"{home}-2",
        f"{home}-3",
        f"{home}/../home-2",
        f"{project}/way-out",
        f"{project}/way-out/home-2",
        f"{project}/way-out/missing",
        f"{project}/way-to-nothing",
    ]
    errors = [(await sources.check(path)).error for path in elsewhere]
    assert {SourceNotAllowedError} == {type(error) for error in errors}
    prepared = [(await sources.prepare(ANALYSIS, path)).error for path in elsewhere]
    assert {SourceNotAllowedError} == {type(error) for error in prepared}


async def test_going_by_names_alone_nothing_is_looked_at(sources: LocalSources, home: Path) -> None:
    """Quick, and true for what does not exist as well."""
    assert sources.is_allowed(f"{home}/missing")
    assert sources.is_allowed(str(home))
    assert not sources.is_allowed(f"{home}/../x")
    assert not sources.is_allowed(f"{home}x")
    assert not sources.is_allowed("home")


async def test_an_allowed_path_may_lie_behind_a_link(
    tmp_path: Path, home: Path, project: Path
) -> None:
    """As /tmp does on some systems. The project may be named by either way."""
    alias = tmp_path / "alias"
    alias.symlink_to(home)
    sources = LocalSources(tmp_path / "data", [alias])
    write_files(project, {"a.py": "x\n"})
    workspace = await prepare(sources, alias / "project")
    assert ["a.py"] == contents(workspace)


async def test_what_is_missing_is_told(sources: LocalSources, project: Path) -> None:
    """Under an allowed path that is no secret."""
    write_files(project, {"a.py": ""})
    for path in (project / "missing", project / "a.py" / "deeper", project / ("x" * 300)):
        assert isinstance((await sources.check(str(path))).error, SourceNotFoundError)


async def test_what_cannot_be_analysed_is_told(sources: LocalSources, project: Path) -> None:
    """Neither a directory nor a Python file; nothing waits for a FIFO."""
    write_files(project, {"a.txt": "", "pyproject.toml": ""})
    os.mkfifo(project / "fifo.py")
    (project / "circle").symlink_to("circle")
    for name in ("a.txt", "pyproject.toml", "fifo.py", "circle"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            error = (await sources.check(str(project / name))).error
        assert isinstance(error, SourceUnreadableError)
        assert str(project) not in error.message


async def test_a_path_that_may_not_be_read_is_told() -> None:
    """A directory or a file without the right to read it."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        write_files(top, {"closed/a.py": "", "closed.py": ""})
        for path in (top / "closed", top / "closed.py"):
            path.chmod(0)
        sources = LocalSources(top / "data", [top])
        with no_privileges(top):
            for path in (top / "closed", top / "closed.py"):
                assert isinstance((await sources.check(str(path))).error, SourceUnreadableError)
        (top / "closed").chmod(0o700)


# --- what is copied ---------------------------------------------------------------------------------


async def test_python_and_configuration_files_are_copied(
    sources: LocalSources, project: Path
) -> None:
    """With what is known of them; nothing else is."""
    files: dict[str, str | bytes] = {
        "pkg/__init__.py": "",
        "pkg/a.py": "# comment\nx = 1\n\ny = 2\n",
        "pkg/a.pyi": "x: int\n",
        "pkg/gui.pyw": b"caf\xe9 = 1\n",
        "pkg/data.json": "{}",
        "note.ipynb": "{}\n",
        "pyproject.toml": "[tool]\n",
        "pkg/py.typed": "",
    }
    write_files(project, files)
    workspace = await prepare(sources, project)
    copied = sorted(set(files) - {"pkg/data.json"})
    python = [path for path in copied if path not in ("pyproject.toml", "pkg/py.typed")]
    assert copied == contents(workspace)
    assert python == [file.path for file in workspace.files]
    for file in workspace.files:
        content = (project / file.path).read_bytes()
        assert content == (workspace.root / file.path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)
    assert 4 == workspace.lines_of_code
    assert sum(file.size for file in workspace.files) == workspace.byte_count
    assert ((), ANALYSIS.project) == (workspace.skipped, workspace.project)
    assert [] == names_in(workspace.scratch)


async def test_a_copy_has_the_name_of_the_original(sources: LocalSources, project: Path) -> None:
    """Tools derive names of packages and modules from it."""
    assert "project" == (await prepare(sources, project)).root.name


async def test_time_of_change_and_executable_bit_are_kept(
    sources: LocalSources, project: Path
) -> None:
    """MyPy's cache goes by the one, rules of Ruff by the other; no other right is taken over."""
    write_files(project, {"a.py": "", "b.py": ""})
    (project / "a.py").chmod(0o4755)
    os.utime(project / "a.py", ns=(1, 1_234_567_890_123_456_789))
    workspace = await prepare(sources, project)
    status = (workspace.root / "a.py").stat()
    assert (0o700, 1_234_567_890_123_456_789) == (stat.S_IMODE(status.st_mode), status.st_mtime_ns)
    assert 0o600 == stat.S_IMODE((workspace.root / "b.py").stat().st_mode)


async def test_what_nobody_wrote_is_left_out(sources: LocalSources, project: Path) -> None:
    """Without a word: the project did not write it."""
    names = [
        ".git",
        ".hg",
        ".svn",
        ".tox",
        ".nox",
        ".eggs",
        "node_modules",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
    ]
    write_files(project, {f"deep/{name}/a.py": "x\n" for name in names})
    write_files(project, {"env/pyvenv.cfg": "", "env/lib/a.py": "x\n", "build/a.py": "x\n"})
    workspace = await prepare(sources, project)
    assert (["build/a.py"], ()) == (contents(workspace), workspace.skipped)


async def test_ignore_rules_of_the_repository_are_kept_and_those_above_the_copy_are_not(
    sources: LocalSources, project: Path
) -> None:
    """The copy is the top of a repository, so no tool looks for .gitignore files above it."""
    write_files(project, {".git/info/exclude": "secret.py\n", ".gitignore": "x\n", "a.py": ""})
    workspace = await prepare(sources, project)
    assert b"secret.py\n" == (workspace.root / ".git" / "info" / "exclude").read_bytes()
    assert [".gitignore", "a.py"] == contents(workspace)


async def test_a_single_file_is_a_project(sources: LocalSources, project: Path) -> None:
    """Its neighbours are none of it."""
    write_files(
        project, {"a.py": "x\n", "b.py": "", "pyproject.toml": "", ".git/info/exclude": "x"}
    )
    workspace = await prepare(sources, project / "a.py")
    assert (["a.py"], 1) == (contents(workspace), workspace.lines_of_code)
    assert not (workspace.root / ".git" / "info").exists()


async def test_an_empty_directory_is_a_project(sources: LocalSources, project: Path) -> None:
    """With nothing in it."""
    workspace = await prepare(sources, project)
    assert ((), (), 0) == (workspace.files, workspace.skipped, workspace.byte_count)


# --- what is left out, and told -----------------------------------------------------------------------


async def test_links_are_copied_as_files_if_they_stay_inside(
    sources: LocalSources, home: Path, project: Path
) -> None:
    """Bare tools read them as well. Links to directories are not followed, so circles do no harm."""
    write_files(home, {"outside.py": "secret\n", "outside/a.py": "secret\n"})
    write_files(project, {"sub/a.py": "x\n", "tool": "y\n"})
    links = {
        "linked.py": "sub/a.py",
        "tool.py": "tool",
        "absolute.py": str(project / "sub" / "a.py"),
        "sub/circle": "..",
        "again": "sub",
        "out.py": "../outside.py",
        "out": "../outside",
        "out.txt": "../outside.py",
        "gone.py": "missing.py",
        "gone": "missing",
        "round.py": "round.py",
        "directory.py": "sub",
        "pyproject.toml": "/etc/passwd",
    }
    for name, target in links.items():
        (project / name).symlink_to(target)
    workspace = await prepare(sources, project)
    assert ["absolute.py", "linked.py", "sub/a.py", "tool.py"] == contents(workspace)
    assert b"y\n" == (workspace.root / "tool.py").read_bytes()
    assert not any(path.is_symlink() for path in workspace.root.rglob("*"))
    assert dict.fromkeys(
        ("gone.py", "out", "out.py", "pyproject.toml", "round.py"), SkipReason.LINK
    ) == skipped(workspace)


async def test_what_is_no_file_is_never_opened(sources: LocalSources, project: Path) -> None:
    """A FIFO would make the reader wait for ever, a device may do anything."""
    os.mkfifo(project / "fifo.py")
    os.mkfifo(project / "mypy.ini")
    os.mkfifo(project / "fifo.txt")
    (project / "link.py").symlink_to("fifo.txt")
    with bound_socket(project / "socket.py"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            workspace = await prepare(sources, project)
    names = ("fifo.py", "link.py", "mypy.ini", "socket.py")
    assert dict.fromkeys(names, SkipReason.SPECIAL_FILE) == skipped(workspace)


def test_what_is_swapped_while_it_is_read_leads_nowhere(tmp_path: Path) -> None:
    """A file that has become a link or a FIFO since it was seen is neither followed nor waited for."""
    write_files(tmp_path, {"secret.py": "secret\n", "project/dir/a.py": ""})
    (tmp_path / "project" / "link.py").symlink_to("../secret.py")
    os.mkfifo(tmp_path / "project" / "fifo.py")
    (tmp_path / "copy").mkdir()
    copy = WorkingCopy(tmp_path / "copy", SourceLimits())
    project = os.open(tmp_path / "project", os.O_RDONLY)
    path = str(tmp_path / "project")
    copier = TreeCopier(project, path, copy, SourceLimits(), threading.Event())
    for name in ("link.py", "fifo.py", "gone.py"):
        copier.copy_file(name, name)
    os.close(project)
    assert [(SkipReason.LINK, ("link.py",)), (SkipReason.SPECIAL_FILE, ("fifo.py",))] == [
        (skip.reason, skip.paths) for skip in copy.skipped
    ]
    assert () == copy.files


async def test_names_that_could_do_harm_are_told_in_disguise(
    sources: LocalSources, project: Path
) -> None:
    """A whole directory, if the name is its own."""
    names_on_disk = ("caf\udce9.py", "a\nb.py", "dir\x1b/a.py", "harmless\n.txt")
    write_files(project, dict.fromkeys(names_on_disk, ""))
    workspace = await prepare(sources, project)
    names = (r"a\x0ab.py", r"caf\xe9.py", r"dir\x1b")
    assert dict.fromkeys(names, SkipReason.NAME) == skipped(workspace)


async def test_what_may_not_be_read_is_told() -> None:
    """The rest is analysed."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        write_files(
            top, {"p/ok.py": "x\n", "p/closed.py": "", "p/closed/a.py": "", "p/blind/a.py": ""}
        )
        sources = LocalSources(top / "data", [top])
        (top / "p" / "closed.py").chmod(0)
        (top / "p" / "closed").chmod(0)
        (top / "p" / "blind").chmod(0o400)
        with no_privileges(top):
            workspace = await prepare(sources, top / "p")
            assert dict.fromkeys(
                ("blind/a.py", "closed", "closed.py"), SkipReason.UNREADABLE
            ) == skipped(workspace)
            assert ["ok.py"] == contents(workspace)
        for closed in ("closed", "blind"):
            (top / "p" / closed).chmod(0o700)


async def test_large_files_are_left_out(tmp_path: Path, home: Path, project: Path) -> None:
    """The detail names the limit."""
    sources = LocalSources(
        tmp_path / "data", [home], SourceLimits(max_file_bytes=10), tool_files=TOOL_FILES
    )
    write_files(project, {"fits.py": "x" * 10, "large.py": "x" * 11, "mypy.ini": "x" * 11})
    workspace = await prepare(sources, project)
    assert ["fits.py"] == contents(workspace)
    (skip,) = workspace.skipped
    assert (SkipReason.TOO_LARGE, ("large.py", "mypy.ini"), "max_file_bytes is 10") == (
        skip.reason,
        skip.paths,
        skip.detail,
    )


async def test_deep_directories_are_left_out(sources: LocalSources, project: Path) -> None:
    """However deep they go, nothing breaks."""
    make_deep(project, MAX_DEPTH + 50)
    workspace = await prepare(sources, project)
    assert {"/".join(["d"] * (MAX_DEPTH + 1)): SkipReason.TOO_LARGE} == skipped(workspace)


# --- limits, and an end before the end ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "limit", "allowed"),
    [
        (SourceLimits(max_files=2), "max_files", 2),
        (SourceLimits(max_total_bytes=20), "max_total_bytes", 20),
    ],
)
async def test_a_project_past_the_limits_is_refused(
    tmp_path: Path, home: Path, project: Path, limits: SourceLimits, limit: str, allowed: int
) -> None:
    """The error names the limit, and nothing of the copy stays."""
    sources = LocalSources(tmp_path / "data", [home], limits, tool_files=TOOL_FILES)
    write_files(project, {f"{name}.py": "x" * 10 for name in "abc"})
    error = (await sources.prepare(ANALYSIS, str(project))).error
    assert isinstance(error, SourceTooLargeError)
    assert (limit, allowed) == (error.limit, error.allowed)
    assert [] == names_in(tmp_path / "data" / "work")


async def test_a_copy_that_is_no_longer_wanted_is_removed(
    tmp_path: Path, sources: LocalSources, project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Cancelling ends the copying between two files, without a word in the log."""
    write_files(project, {f"d{n // 100}/{n}.py": "x = 1\n" for n in range(5000)})
    tree = tmp_path / "data" / "work" / ANALYSIS.analysis_id / "tree" / "project"
    task = asyncio.create_task(sources.prepare(ANALYSIS, str(project)))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (tree / "d0").is_dir():  # noqa: ASYNC110  # of a thread, and quick
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert [] == names_in(tmp_path / "data" / "work")
    del task
    await asyncio.sleep(0)
    gc.collect()
    assert [] == caplog.messages


def test_copying_ends_between_two_files(tmp_path: Path) -> None:
    """As soon as nobody wants the copy any more."""
    write_files(tmp_path, {"project/a.py": "", "copy/keep": ""})
    copy = WorkingCopy(tmp_path / "copy", SourceLimits())
    cancelled = threading.Event()
    cancelled.set()
    project = os.open(tmp_path / "project", os.O_RDONLY)
    copier = TreeCopier(project, str(tmp_path / "project"), copy, SourceLimits(), cancelled)
    with pytest.raises(CopyingCancelledError):
        copier.copy_all()
    os.close(project)
    assert () == copy.files


async def test_working_copies_go_when_they_are_discarded(
    tmp_path: Path, sources: LocalSources, project: Path
) -> None:
    """With all that tools left there, also without the right to change it."""
    write_files(project, {"a.py": ""})
    workspace = await prepare(sources, project)
    write_files(workspace.scratch, {"closed/deep/file": ""})
    (workspace.scratch / "closed" / "deep").chmod(0o500)
    (workspace.scratch / "closed").chmod(0)
    await sources.discard(ANALYSIS.analysis_id)
    await sources.discard(ANALYSIS.analysis_id)
    assert [] == names_in(tmp_path / "data" / "work")


async def test_a_second_attempt_begins_from_nothing(sources: LocalSources, project: Path) -> None:
    """What an attempt that was killed left is gone."""
    write_files(project, {"a.py": "", "b.py": ""})
    first = await prepare(sources, project)
    (first.scratch / "old").touch()
    (project / "b.py").unlink()
    second = await prepare(sources, project)
    assert (["a.py"], []) == (contents(second), names_in(second.scratch))


async def test_leftovers_of_a_killed_server_can_be_removed(
    tmp_path: Path, sources: LocalSources, project: Path
) -> None:
    """They are listed, and the others stay."""
    assert set() == await sources.copies()
    for analysis in (ANALYSIS, OTHER):
        (await sources.prepare(analysis, str(project))).unwrap()
    assert {ANALYSIS.analysis_id, OTHER.analysis_id} == await sources.copies()
    await sources.discard(ANALYSIS.analysis_id)
    assert [OTHER.analysis_id] == names_in(tmp_path / "data" / "work")


async def test_reports_of_test_coverage_are_taken_too(
    tmp_path: Path, home: Path, project: Path
) -> None:
    """In the usual places, up to a limit of their own; they are no source files."""
    write_files(
        project,
        {
            "a.py": "x = 1\n",
            ".coverage": b"SQLite format 3\0" + bytes(200),
            "reports/coverage.xml": "<coverage/>",
            "htmlcov/lcov.info": "x" * 301,
            "tests/data/coverage.xml": "<other/>",
            "big.py": "x" * 101,
        },
    )
    (project / "coverage.json").symlink_to("tests/data/coverage.xml")
    (project / "lcov.info").symlink_to("/etc/passwd")
    limits = SourceLimits(max_file_bytes=100, max_report_bytes=300)

    workspace = (
        await LocalSources(tmp_path / "data", [home], limits, tool_files=TOOL_FILES).prepare(
            ANALYSIS, str(project)
        )
    ).unwrap()

    copied = {p.relative_to(workspace.root).as_posix() for p in workspace.root.rglob("*.*")}
    assert {".coverage", "coverage.json", "reports/coverage.xml", "a.py"} == copied - {".git"}
    assert ["a.py"] == [file.path for file in workspace.files]
    assert (6, 1) == (workspace.byte_count, workspace.lines_of_code)
    told = {path: (skip.reason, skip.detail) for skip in workspace.skipped for path in skip.paths}
    assert {
        "big.py": (SkipReason.TOO_LARGE, "max_file_bytes is 100"),
        "htmlcov/lcov.info": (SkipReason.TOO_LARGE, "max_report_bytes is 300"),
        "lcov.info": (SkipReason.LINK, "it leads out of the project"),
    } == told
