import io
import tokenize

import pytest

from flext_quality.domain.sources.file_facts import file_facts, suppressions
from tests.properties import given, st


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("x = 1  # noqa\n", 1),
        ("x = 1  # NOQA: E501\n", 1),
        ("# ruff: noqa: D100\n# flake8: noqa\n", 2),
        ("x = 1  #nosec B101\n", 1),
        ("x = 1  # type: ignore[attr-defined]  # noqa: F821\n", 2),
        ("if x:  # pragma: no cover\n    y\n", 1),
        ("x = 1  # why  # nosec\n", 1),
        ("x = 1  # this says noqa, and means nothing\n", 0),
        ("x = '# noqa'\n", 0),
        ('x = """\n# noqa\n"""\n', 0),
        ("x = r'\\'  # noqa\n", 0),  # not closed: the rest of the line is still the string
        ("x = 'it\\'s # noqa'  # noqa\n", 1),
        ('x = "\'"  # noqa\n', 1),
        ('x = """ " "" \\""" # noqa """  # noqa\n', 1),
        ("# typed: ignored\n# nosecret\n# noqaa\n", 0),
        ("x = 1\r# noqa\r\n# nosec\r\n", 2),
        ("", 0),
    ],
)
def test_suppressions_are_comments_that_silence_a_tool(code: str, count: int) -> None:
    """Each marker counts, in the ways in which the tools read them; text in strings does not."""
    assert count == suppressions(code.encode())


_PARTS = (
    "x = 1",
    "'# noqa'",
    '"""a # nosec\n"""',
    "'''\n# type: ignore\n'''",
    '"\\"# noqa"',
    "f'{x}# noqa'",
    "  # noqa\n",
    " # nosec\n",
    "\n",
    "#\n",
    "# ' noqa # noqa\n",
)


@given(st.lists(st.sampled_from(_PARTS)))
def test_comments_are_found_as_the_tokenizer_finds_them(parts: list[str]) -> None:
    """Whatever strings and comments stand side by side."""
    code = "(" + " ".join(parts) + "\n)\n"
    comments = (
        token.string.encode()
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.type == tokenize.COMMENT
    )
    assert sum(map(suppressions, comments)) == suppressions(code.encode())


@pytest.mark.parametrize(
    ("content", "lines", "code"),
    [
        (b"", 0, 0),
        (b"x = 1", 1, 1),
        (b"x = 1\n", 1, 1),
        (b"\xef\xbb\xbfx = 1\r\n\r\n# c\r\n", 3, 1),
        (b"a\rb\r", 2, 1),
    ],
)
def test_lines_are_counted_whatever_ends_them(content: bytes, lines: int, code: int) -> None:
    """The last one counts whether or not its end is there."""
    assert {"lines": lines, "lines_of_code": code, "suppressions": 0} == file_facts(content)


def test_a_notebook_has_no_lines_of_its_own() -> None:
    """Its code is inside JSON: not measured is not zero."""
    assert file_facts(b'{"source": ["x = 1  # noqa"]}', "a.ipynb") == {}
