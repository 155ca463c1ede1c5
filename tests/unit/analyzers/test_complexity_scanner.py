import ast
import sys
from pathlib import Path
from typing import Any

import pytest
from radon.raw import analyze  # type: ignore[import-untyped]  # ships no types

from flext_quality.infrastructure.analyzers.complexity import scanner
from flext_quality.infrastructure.analyzers.per_file.runner import Source
from tests.scanning import scan

SCANNER = Path(scanner.__file__)


def measured(tmp_path: Path, code: str) -> dict[str, Any]:
    """What is said of a file."""
    return scan(tmp_path, SCANNER, {"a.py": code}, {})[1]["a.py"]


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        ("pass", 0),
        ("with x: pass", 0),
        ("if x: pass\nelif y: pass\nelif z: pass", 1),
        ("if x: pass\nelse:\n    if y: pass", 2),
        ("for x in y:\n    with z:\n        while x: pass", 2),
        ("try: pass\nexcept E:\n    if x: pass", 2),
        ("match x:\n    case 1:\n        if y: pass", 2),
        ("async for x in y: pass", 1),
        ("if x:\n    def g():\n        if y: pass\n    class C:\n        if z: pass", 1),
        ("return [a for b in c if d] if e else lambda: f", 0),
    ],
)
def test_nesting_counts_what_branches(body: str, depth: int) -> None:
    """`elif` is no level, and functions and classes inside count by themselves."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    (function,) = ast.parse(f"async def f():\n{indented}").body
    assert isinstance(function, ast.AsyncFunctionDef)

    assert depth == scanner.nesting_depth(function.body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n# one\n",
        "x = 1  # one\n# two\n",
        "x = 1; y = 2\n",
        "if x: y = 1\n",
        "x = a[1:2]\ny = {1:\n 2}\n",
        'def f(a: int = 1) -> int:\n    """Doc\n\n    string."""\n    return (a +\n\n  1)\n',
        '"""one"""\n',
        'x = """a\n\nb"""\n',
        "x = 1 \\\n  + 2\n",
        "x = 1\n\x0cy = 2\n",
        "class C:\n    x: int\n\n    @property\n    def y(self): ...\n",
        "f(\n  # one\n  a,  # two\n)\n",
        "x = lambda: 1\n",
        "x = 1",
    ],
)
def test_lines_are_counted_as_radon_counts_them(text: str) -> None:
    """In a quarter of the time."""
    raw = analyze(text)

    assert (raw.lloc, raw.sloc, raw.comments, raw.multi) == scanner.raw_counts(text)


def test_functions_have_their_names_and_places(tmp_path: Path) -> None:
    """Dotted names, the line of `def`, and all three figures; closures have no cognitive one."""
    code = (
        "@decorator\ndef f(x):\n    if x:\n        def g(): ...\n    class D:\n"
        "        def h(self): return x or 1\n"
        "class C:\n    class E:\n        async def m(self): ...\n"
    )

    said = measured(tmp_path, code)

    assert [
        ("f", 2, 1, 2, 1),
        ("f.g", 4, 9, 1, 0),
        ("f.D.h", 6, 9, 2, 0),
        ("C.E.m", 9, 9, 1, 0),
    ] == [
        (one["name"], one["line"], one["column"], one["cyclomatic"], one["nesting"])
        for one in said["functions"]
    ]
    assert 3 == said["classes"]
    assert [True, False, False] == [one["cognitive"] is not None for one in said["functions"][:3]]


def test_what_complexipy_cannot_read_is_measured_by_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its words are told."""

    def give_up(_text: str, *, with_plans: bool) -> None:
        raise ValueError(f"no {with_plans}")

    monkeypatch.setattr("complexipy.code_complexity", give_up)

    said = scanner.measure(Source("a.py", b"def f(): ...\n"))

    assert "complexipy: no False" == said["failure"]
    assert said["has_cognitive"] is False
    assert isinstance(said["maintainability"], float)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 mended its tokenizer")
def test_what_radon_cannot_read_is_measured_by_the_others(tmp_path: Path) -> None:
    """The index is missing, and why is told."""
    said = measured(tmp_path, "x\U000e0100 = 1\n")

    assert said["maintainability"] is None
    assert str(said["failure"]).startswith("radon: ")
