from __future__ import annotations

import pytest

from flext_quality.domain.analyses.attachment import (
    MAX_ATTACHMENT_BYTES,
    Attachment,
    AttachmentKind,
    check_attachments,
)
from flext_quality.domain.errors import InvalidFieldError


def attachment(name: str = "x.sarif", content: bytes = b"") -> Attachment:
    return Attachment(AttachmentKind.SARIF, name, content)


def test_attachments_have_a_limit_together() -> None:
    """The error names limit and size; exactly the limit passes."""
    half = bytes(MAX_ATTACHMENT_BYTES // 2)
    check_attachments([attachment(content=half), attachment(content=half)])
    with pytest.raises(InvalidFieldError) as raised:
        check_attachments([attachment(content=half), attachment(content=half + b"x")])
    assert "50,331,648" in raised.value.message
    assert "50,331,649" in raised.value.message


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "a\nb", "a\x00", "\x1b[0m"])
def test_names_are_base_names(name: str) -> None:
    """Which of them breaks the rule is told."""
    with pytest.raises(InvalidFieldError) as raised:
        check_attachments([attachment(), attachment(name)])
    assert [v.field for v in raised.value.violations] == ["attachments[1].name"]


@pytest.mark.parametrize("name", [".coverage", "lcov.info", "“ü”\\ x.sarif", "..."])
def test_odd_base_names_pass(name: str) -> None:
    """They are data and never a path."""
    check_attachments([attachment(name)])


def test_the_digest_covers_everything() -> None:
    """Kind, name and content, none of which passes for a part of another."""
    variants = [
        Attachment(kind, name, content)
        for kind in AttachmentKind
        for name, content in (("a", b""), ("a:", b""), ("a", b":"), ("ab", b"c"), ("a", b"bc"))
    ]
    assert len({variant.digest for variant in variants}) == len(variants)
