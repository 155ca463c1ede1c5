import msgspec
import pytest

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.findings.finding import Applicability, Edit, Finding, Fix, Severity
from flext_quality.infrastructure.analyzers.ruff.output import (
    decode_diagnostic,
    skip_reason,
    to_finding,
    unread_file,
)

LINE = rb"""{"cell":3,"code":"F401","end_location":{"column":10,"row":1},
"filename":"/copy/a.ipynb","fix":{"applicability":"unsafe","edits":[{"content":"",
"end_location":{"column":1,"row":2},"location":{"column":1,"row":1}}],
"message":"Remove unused import: `os`"},"location":{"column":8,"row":1},
"message":"`os` imported but unused","name":"unused-import","noqa_row":1,"severity":"error",
"url":"https://docs.astral.sh/ruff/rules/unused-import"}"""


def test_a_finding_has_all_that_ruff_says() -> None:
    """Place, cell, page and the fix with its edits arrive."""
    assert Finding(
        analyzer="ruff",
        rule="F401",
        severity=Severity.LOW,
        message="`os` imported but unused",
        path="a.ipynb",
        line=1,
        column=8,
        end_line=1,
        end_column=10,
        cell=3,
        documentation_url="https://docs.astral.sh/ruff/rules/unused-import",
        fix=Fix("Remove unused import: `os`", Applicability.UNSAFE, (Edit(1, 1, 2, 1, ""),)),
    ) == to_finding(decode_diagnostic(LINE), "a.ipynb")


def test_a_syntax_error_has_a_rule() -> None:
    """Older versions of Ruff give it none; it is as sure to break as ever."""
    line = b'{"code":null,"filename":"/a.py","message":"Expected `)`","fix":null}'

    finding = to_finding(decode_diagnostic(line), "a.py")

    assert ("invalid-syntax", Severity.CRITICAL) == (finding.rule, finding.severity)
    assert (0, 0) == (finding.line, finding.column)


@pytest.mark.parametrize(
    ("word", "applicability"),
    [
        ("safe", Applicability.SAFE),
        ("display", Applicability.DISPLAY_ONLY),
        ("new", Applicability.UNSPECIFIED),
    ],
)
def test_a_fix_says_whether_it_can_be_applied(word: str, applicability: Applicability) -> None:
    """The words of Ruff map to ours; one that we do not know promises nothing."""
    line = LINE.replace(b'"unsafe"', f'"{word}"'.encode())

    fix = to_finding(decode_diagnostic(line), "a.py").fix

    assert fix is not None
    assert applicability is fix.applicability


def test_something_else_is_refused() -> None:
    """What is no diagnostic is not taken for one."""
    with pytest.raises(msgspec.DecodeError):
        decode_diagnostic(b'{"filename": 3}')


def test_warnings_tell_of_files_that_were_not_read() -> None:
    """The path may hold what it likes; other warnings tell of no file."""
    warning = "warning: Failed to lint a: b.py: stream did not contain valid UTF-8"

    assert ("a: b.py", "stream did not contain valid UTF-8") == unread_file(warning)
    assert unread_file("warning: something is deprecated") is None


def test_a_wrong_encoding_is_told_apart() -> None:
    """A file in Latin-1 is not the same as one that cannot be opened."""
    assert SkipReason.ENCODING is skip_reason("stream did not contain valid UTF-8")
    assert SkipReason.UNREADABLE is skip_reason("Permission denied (os error 13)")
