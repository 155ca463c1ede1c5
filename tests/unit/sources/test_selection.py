"""Which names matter, how lines are counted, and where ways lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from flext_quality.container.analyzers import built_in_profiles
from flext_quality.domain.sources.file_facts import lines_of_code
from flext_quality.infrastructure.sources.confinement import LeadsOutsideError, resolve
from flext_quality.infrastructure.sources.selection import Kind, ToolFiles, escaped, is_proper
from tests.properties import given, st


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.py", Kind.SOURCE),
        ("a.pyi", Kind.SOURCE),
        ("a.pyw", Kind.SOURCE),
        ("a.ipynb", Kind.NOTEBOOK),
        ("pyproject.toml", Kind.CONFIGURATION),
        (".gitignore", Kind.CONFIGURATION),
        ("py.typed", Kind.CONFIGURATION),
        (".jscpd.json", Kind.CONFIGURATION),
        (".coveragerc", Kind.CONFIGURATION),
        (".coverage", Kind.REPORT),
        ("coverage.xml", Kind.REPORT),
        ("lcov.info", Kind.REPORT),
        (".coverage.host.123", None),
        ("a.pyc", None),
        ("a.PY", None),
        ("py", None),
        ("other.toml", None),
    ],
)
def test_only_python_configuration_and_reports_matter(name: str, kind: Kind | None) -> None:
    """By name alone, as the analyzers' profiles say."""
    profiles = built_in_profiles()
    wanted = ToolFiles(profiles.configuration_names, profiles.report_names)
    assert kind is wanted.kind_of(name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain.py", "plain.py"),
        ("ü😀.py", "ü😀.py"),
        ("a\nb.py", r"a\x0ab.py"),
        ("a\x7f\x85.py", r"a\x7f\xc2\x85.py"),
        ("caf\udce9.py", r"caf\xe9.py"),
    ],
)
def test_names_are_shown_without_what_could_do_harm(name: str, shown: str) -> None:
    r"""Bytes that are not UTF-8 and control characters come as \xNN."""
    assert shown == escaped(name)
    assert (name == shown) == is_proper(name)


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"", 0),
        (b"x = 1", 1),
        (b"x = 1\n\n  # comment\n\t\n    y = 2  # code\n", 2),
        (b"# one\r\nx = 1\r\n\r\n", 1),
        (b"\xef\xbb\xbf# only a comment", 0),
        (b'"""Text.\n\nMore.\n"""\n', 3),
        (b"caf\xe9 = 1\n\0\n", 2),
    ],
)
def test_lines_of_code_are_neither_blank_nor_comments(content: bytes, count: int) -> None:
    """Docstrings count; no encoding is needed."""
    assert count == lines_of_code(content)


@given(st.lists(st.sampled_from(["", "  ", "# c", "  #", "x", "  y # z", "'# s'"])))
def test_lines_of_code_are_counted_one_by_one(lines: list[str]) -> None:
    """Whatever stands around them."""
    expected = sum(bool(line.strip()) and not line.strip().startswith("#") for line in lines)
    assert expected == lines_of_code("\n".join(lines).encode())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with links in and out; its parent holds a secret."""
    (tmp_path / "secret").mkdir()
    home = tmp_path / "home"
    (home / "a" / "b").mkdir(parents=True)
    (home / "a" / "b" / "file").touch()
    (home / "relative").symlink_to("a/b")
    (home / "absolute").symlink_to(home / "a")
    (home / "a" / "up").symlink_to("../a/b/../../relative")
    (home / "out").symlink_to("../secret")
    (home / "out-and-in").symlink_to("../home/a")
    (home / "nowhere").symlink_to("missing")
    (home / "circle").symlink_to("circle")
    (tmp_path / "alias").symlink_to(home)
    return home


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("", ()),
        ("a/b/file", ("a", "b", "file")),
        ("relative/file", ("a", "b", "file")),
        ("absolute/b", ("a", "b")),
        ("a/up/file", ("a", "b", "file")),
        ("out-and-in/b", ("a", "b")),
    ],
)
def test_links_are_followed_inside(home: Path, path: str, way: tuple[str, ...]) -> None:
    """To what they stand for."""
    assert (str(home), way) == resolve(f"{home}/{path}", [str(home)])


def test_a_home_may_itself_lie_behind_a_link(home: Path) -> None:
    """The operator's own paths are trusted."""
    alias = home.parent / "alias"
    assert (str(home), ("a", "b")) == resolve(f"{alias}/relative", [str(alias)])


@pytest.mark.parametrize("path", ["out", "out/anything", "a/../../secret", "../secret", ".."])
def test_ways_out_are_refused(home: Path, path: str) -> None:
    """Whether or not anything is there."""
    with pytest.raises(LeadsOutsideError):
        resolve(f"{home}/{path}", [str(home)])


def test_a_link_from_one_home_to_another_is_a_way_inside(home: Path) -> None:
    """Each of the directories may be entered."""
    secret = str(home.parent / "secret")
    assert (secret, ()) == resolve(f"{home}/out", [str(home), secret])


@pytest.mark.parametrize("path", ["nowhere", "circle", "a/b/file/deeper", "missing"])
def test_ways_to_nowhere_are_errors_of_the_system(home: Path, path: str) -> None:
    """Missing, in circles, or through a file."""
    with pytest.raises(OSError, match=r".+"):
        resolve(f"{home}/{path}", [str(home)])
