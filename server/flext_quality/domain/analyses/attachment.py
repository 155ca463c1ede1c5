"""Files that a client sends along with an analysis."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from flext_quality.domain.errors import FieldViolation, InvalidFieldError

MAX_ATTACHMENT_BYTES = 48 * 1024**2
"""What all attachments of an analysis may have together."""


class AttachmentKind(IntEnum):
    """What a client sent along with an analysis. The numbers are the contract's."""

    COVERAGE = 1
    SARIF = 2


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a client sent along: its base name, as the client called it, and its content."""

    kind: AttachmentKind
    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, over everything."""
        head = f"{self.kind.name}:{len(self.name)}:{self.name}:"
        return hashlib.sha256(head.encode() + self.content).hexdigest()


def check_attachments(attachments: Sequence[Attachment]) -> None:
    """Holds attachments to their rules.

    Raises:
        InvalidFieldError: they are too large together, or a name is more than a base name.
    """
    violations = list(_violations(attachments))
    if violations:
        raise InvalidFieldError(violations)


def _violations(attachments: Sequence[Attachment]) -> Iterator[FieldViolation]:
    size = sum(len(attachment.content) for attachment in attachments)
    if size > MAX_ATTACHMENT_BYTES:
        limit = f"at most {MAX_ATTACHMENT_BYTES:,} bytes in all attachments together"
        yield FieldViolation("attachments", f"{limit}, not {size:,}")
    for position, attachment in enumerate(attachments):
        if not _is_base_name(attachment.name):
            rule = 'a base name, without "/" and control characters'
            yield FieldViolation(f"attachments[{position}].name", rule)


def _is_base_name(name: str) -> bool:
    return name not in {"", ".", ".."} and not any(
        character == "/" or unicodedata.category(character) in ("Cc", "Cs") for character in name
    )
