"""Revisions as users give them and as they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flext.quality.v1.revision_pb2 import Revision
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality.cli.text import clean

_SHOWN_DIGITS = 12
"""Of a commit's id."""


def revision_of(labels: Iterable[str], **told: Any) -> Revision:
    """The revision with what was told, and with labels such as "job=lint".

    Raises:
        CommandFailedError: USAGE, if a label has no name or no "=".
    """
    revision = Revision(**told)
    for label in labels:
        name, equals, value = label.partition("=")
        if not name or not equals:
            raise CommandFailedError(
                ExitCode.USAGE, f"--label takes NAME=VALUE, such as job=lint, not {label!r}"
            )
        revision.labels[name] = value
    return revision


def branch_word(branch: str) -> str:
    """What people call a branch."""
    return clean(branch) or "main line"


def revision_words(revision: Revision) -> str:
    """Which branch, commit and pull request it is: `release/2, commit 4b825dc642cb`."""
    words = [branch_word(revision.branch)]
    if revision.commit:
        words.append(f"commit {clean(revision.commit)[:_SHOWN_DIGITS]}")
    if revision.pull_request:
        words.append(f"pull request {clean(revision.pull_request)}")
    return ", ".join(words)
