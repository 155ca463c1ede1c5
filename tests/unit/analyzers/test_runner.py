from pathlib import Path

import pytest

from tests.scanning import Said, scan

SCANNER = """
import ast

def scanner(settings):
    if settings.get("refuse"):
        raise ValueError("refused")

    def scan(source):
        if source.path == "bug.py":
            raise KeyError("bug")
        return {"length": len(source.text()), "nodes": count(ast.parse(source.text()))}

    def count(node):
        return 1 + sum(count(child) for child in ast.iter_child_nodes(node))

    return scan
"""


def run(
    tmp_path: Path, contents: dict[str, str | bytes], files: tuple[str, ...] = (), limit: int = 0
) -> Said:
    """What is said of each file by a scanner that works."""
    scanner = tmp_path / "scanner.py"
    scanner.write_text(SCANNER)
    code, said = scan(tmp_path / "copy", scanner, contents, {}, files, limit)
    assert 0 == code
    return said


def test_errors_are_told_by_kind(tmp_path: Path) -> None:
    """One file's trouble is told, and the next file is scanned."""
    contents: dict[str, str | bytes] = {
        "syntax.py": "x = 1\ndef f(:\n",
        "nul.py": b"x\0",
        "encoding.py": b'x = "\xe4"\n',
        "unknown.py": b"# coding: nonsense\n",
        "late.py": b"x = 1\n" * 100 + b'"\xe4"\n',
        "bug.py": "",
        "deep.py": "x = " + "-" * 990 + "1\n",
        "good.py": "x = 1\r\n",
    }

    said = run(tmp_path, contents, (*contents, "gone.py"))

    assert {
        "syntax.py": "syntax",
        "nul.py": "syntax",
        "encoding.py": "encoding",
        "unknown.py": "encoding",
        "late.py": "encoding",
        "bug.py": "exception",
        "deep.py": "exception",
        "good.py": None,
        "gone.py": "unreadable",
    } == {path: line.get("error") for path, line in said.items()}
    assert str(said["syntax.py"]["detail"]).endswith("(line 2)")
    assert "KeyError: 'bug'" == said["bug.py"]["detail"]
    assert 6 == said["good.py"]["length"]


def test_a_higher_limit_reads_deeper_trees(tmp_path: Path) -> None:
    """Where a scanner asks for it, with a stack that bears it."""
    contents: dict[str, str | bytes] = {"deep.py": "x = " + "y + " * 2000 + "y\n"}

    assert "exception" == run(tmp_path, contents)["deep.py"]["error"]
    assert 6000 < int(str(run(tmp_path, contents, limit=10_000)["deep.py"]["nodes"]))


def test_a_scanner_that_refuses_its_settings_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In its own words, and before anything is scanned."""
    scanner = tmp_path / "scanner.py"
    scanner.write_text(SCANNER)

    assert (2, {}) == scan(tmp_path / "copy", scanner, {"a.py": ""}, {"refuse": True})
    assert "refused\n" == capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_scanner_that_breaks_is_no_success(tmp_path: Path) -> None:
    """Its process ends with an error, though it worked in a thread of its own."""
    scanner = tmp_path / "scanner.py"
    scanner.write_text("def scanner(settings): raise KeyError\n")

    assert (1, {}) == scan(tmp_path / "copy", scanner, {"a.py": ""}, {}, recursion_limit=10_000)
