import gc
from collections.abc import Sequence
from pathlib import Path

import pytest

from flext_quality.infrastructure.analyzers.bandit import scanner
from tests.scanning import Said, scan

SCANNER = Path(scanner.__file__)


def run(
    directory: Path,
    contents: dict[str, str | bytes],
    changes: dict[str, object] | None = None,
    files: Sequence[str] = (),
) -> tuple[int, Said]:
    """Exit code, and what was said of each file."""
    settings = {
        "settings": "",
        "tests": [],
        "skips": [],
        "ignore_nosec": False,
        "severity": 0,
        "confidence": 0,
        **(changes or {}),
    }
    return scan(directory, SCANNER, contents, settings, files)


def rules(said: dict[str, object]) -> list[str]:
    """The rules of a file's findings."""
    results = said["results"]
    assert isinstance(results, list)
    return [result["rule"] for result in results]


def test_columns_are_characters_from_1(tmp_path: Path) -> None:
    """Whatever the encoding, a column tells how many characters stand before it."""
    _, said = run(
        tmp_path,
        {
            "ascii.py": "x = 1; assert x\n",
            "utf8.py": 'x = "äöü"; assert x\n',
            "bom.py": b'\xef\xbb\xbfx = "\xc3\xa4"; assert x\r\n',
            "latin.py": b'# coding: latin-1\nx = "\xe4\xf6"; assert x\n',
            "bidi.py": "x = 'ää\u200f'\n",
        },
    )

    def place(path: str) -> list[int]:
        results = said[path]["results"]
        assert isinstance(results, list)
        return [results[0][key] for key in ("line", "column", "end_line", "end_column")]

    assert [1, 8, 1, 16] == place("ascii.py")
    assert [1, 12, 1, 20] == place("utf8.py")
    assert [1, 10, 1, 18] == place("bom.py")
    assert [2, 11, 2, 19] == place("latin.py")
    assert [1, 8] == place("bidi.py")[:2]


def test_errors_are_told_by_kind(tmp_path: Path) -> None:
    """One file's trouble is told, and the next file is scanned."""
    _, said = run(
        tmp_path,
        {
            "syntax.py": "def f(:\n",
            "encoding.py": b'x = "\xe4"\n',
            "unknown.py": b"# coding: nonsense\n",
            "late.py": b"x = 1\n" * 100 + b'"\xe4"\n',
            "deep.py": "x = " + "(" * 5000 + ")" * 5000,
            "good.py": "assert x",
        },
        files=[
            "syntax.py",
            "encoding.py",
            "unknown.py",
            "late.py",
            "gone.py",
            "deep.py",
            "good.py",
        ],
    )

    kinds = {path: line.get("error") for path, line in said.items()}
    assert {"syntax.py": "syntax", "gone.py": "unreadable", "good.py": None} == {
        path: kinds[path] for path in ("syntax.py", "gone.py", "good.py")
    }
    assert {"encoding"} == {kinds[path] for path in ("encoding.py", "unknown.py", "late.py")}
    assert kinds["deep.py"] in {"syntax", "exception"}


def test_nosec_comments_count(tmp_path: Path) -> None:
    """A finding that its author waved through is none, unless the configuration says otherwise."""
    files: dict[str, str | bytes] = {
        "a.py": "assert x  # nosec\nassert y\n",
        "b.py": "# -*- coding: utf-8 -*-\nassert x  # nosec: B101\n",
        "c.py": "assert x\n",
    }

    _, said = run(tmp_path, files)
    assert [1, 0, 1] == [len(rules(said[path])) for path in files]

    _, said = run(tmp_path, files, {"ignore_nosec": True})
    assert [2, 1, 1] == [len(rules(said[path])) for path in files]


def test_tests_skips_and_levels_choose(tmp_path: Path) -> None:
    """Arguments and settings are added up."""
    files: dict[str, str | bytes] = {
        "a.py": "assert x\nexec(x)\nimport subprocess\nsubprocess.call(x, shell=True)\n"
    }

    def chosen(**changes: object) -> list[str]:
        return rules(run(tmp_path, files, changes)[1]["a.py"])

    assert ["B101", "B102", "B404", "B602"] == chosen()
    assert ["B102"] == chosen(tests=["B102"])
    assert ["B102", "B404", "B602"] == chosen(skips=["B101"])
    assert ["B102", "B602"] == chosen(severity=2)
    (tmp_path / "s.toml").write_text("tool = {bandit = {skips = ['B404']}}")
    assert ["B102", "B602"] == chosen(settings="s.toml", skips=["B101"])


@pytest.mark.parametrize("changes", [{"tests": ["B101"], "skips": ["B101"]}, {"tests": ["B9999"]}])
def test_a_profile_that_makes_no_sense_ends_it(tmp_path: Path, changes: dict[str, object]) -> None:
    """Bandit refuses it before anything is scanned."""
    assert (2, {}) == run(tmp_path, {"a.py": "assert x"}, changes)


def test_a_check_that_crashes_is_told(tmp_path: Path) -> None:
    """The file's other findings are there, and so is the name of the check."""
    (tmp_path / "s.toml").write_text("tool = {bandit = {hardcoded_tmp_directory = {tmp_dirs = 3}}}")

    _, said = run(tmp_path, {"a.py": "x = '/tmp/x'\nassert x\n"}, {"settings": "s.toml"})

    assert ["B101"] == rules(said["a.py"])
    messages = said["a.py"]["failed_checks"]
    assert isinstance(messages, list)
    assert ["hardcoded_tmp_directory" in message for message in messages] == [True]


def test_garbage_is_collected_in_time(tmp_path: Path) -> None:
    """However large the project, its trees do not pile up in memory."""
    before = gc.get_stats()[2]["collections"]

    run(tmp_path, dict.fromkeys(["a.py", "b.py", "c.py", "d.py", "e.py"], "#" * 1_000_000))

    assert 1 == gc.get_stats()[2]["collections"] - before
