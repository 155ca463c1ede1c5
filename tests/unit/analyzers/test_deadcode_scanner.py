from pathlib import Path

import vulture  # type: ignore[import-untyped]  # ships no types

from flext_quality.infrastructure.analyzers.deadcode import scanner
from tests.scanning import Said, scan

SCANNER = Path(scanner.__file__)


def run(tmp_path: Path, contents: dict[str, str | bytes], **changes: list[str]) -> Said:
    """What was said of each file."""
    settings = {"exclude": [], "ignore_names": [], "ignore_decorators": [], **changes}
    code, said = scan(tmp_path, SCANNER, contents, settings)
    assert 0 == code
    return said


def names(said: dict[str, object]) -> list[str]:
    """Kind and name of all that a file defines and does not use, by line."""
    unused = said["unused"]
    assert isinstance(unused, list)
    return [f"{one[0]} {one[1]}" for one in unused]


def test_what_a_file_defines_and_uses(tmp_path: Path) -> None:
    """Each definition once; code that is never reached is told whatever its name."""
    code = (
        "import os\nclass C:\n    def m(self): return self.a\n        \n"
        "def f(x):\n    if 0:\n        return g\n    return 1\n    return 2\nv = w = [v for w in []]\n"
    )

    said = run(tmp_path, {"a.py": code})["a.py"]

    assert [
        "import os",
        "class C",
        "method m",
        "function f",
        "variable x",
        "unreachable_code if",
        "unreachable_code return",
        "variable w",
    ] == names(said)
    assert ["a", "g", "v"] == said["used"]


def test_options_leave_definitions_out(tmp_path: Path) -> None:
    """By name and by decorator; comments do too."""
    code = "@app.route\ndef a(): ...\ndef b(): ...\ndef c(): ...  # noqa\ndef d(): ...\n"

    said = run(tmp_path, {"a.py": code}, ignore_names=["b*"], ignore_decorators=["@app.*"])

    assert ["function d"] == names(said["a.py"])


def test_what_vulture_knows_of_a_module_is_used(tmp_path: Path) -> None:
    """As soon as a file imports it, unless the patterns leave that out."""
    files: dict[str, str | bytes] = {"a.py": "import ast\n", "b.py": "x = 1\n"}

    said = run(tmp_path, files)
    without = run(tmp_path, files, exclude=["*whitelists/ast_*"])

    assert "visit_Name" in str(said["a.py"]["used"])
    assert [] == said["b.py"]["used"] == without["a.py"]["used"]


def test_vultures_own_lists_define_nothing_dead() -> None:
    """Else plain vulture would tell of it, and we would not."""
    lists = sorted((Path(vulture.__file__).parent / "whitelists").glob("*_whitelist.py"))
    assert lists
    for path in lists:
        reader = vulture.Vulture()
        reader.scan(path.read_text(), filename=path.name)
        assert [] == reader.get_unused_code()


def test_what_is_a_test_is_said_by_the_path_in_the_project(tmp_path: Path) -> None:
    """Not by where the working copy lies."""
    code = "def test_it(): ...\n"

    said = run(tmp_path / "tests", {"a.py": code, "tests/a.py": code, "test_a.py": code})

    assert [["function test_it"], [], []] == [names(one) for one in said.values()]


def test_what_stands_before_a_wrong_type_comment_is_kept(tmp_path: Path) -> None:
    """And the error is told."""
    code = "def f(x): # type: (int) -> str\n    return x\ndef g(): ...\ny = [] # type: (\nz = 1\n"

    said = run(tmp_path, {"a.py": code, "b.py": "x = [] # type: list[C]\n", "c.py": "def (\n"})

    assert ["syntax", None, "syntax"] == [one.get("error") for one in said.values()]
    assert {"function f", "function g"} <= {*names(said["a.py"])}
    assert ["C", "list"] == said["b.py"]["used"]
    assert ([], []) == (said["c.py"]["unused"], said["c.py"]["used"])
