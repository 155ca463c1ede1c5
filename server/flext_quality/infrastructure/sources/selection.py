"""Which names in a project matter to the analyzers, and which never do."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

SOURCE_SUFFIXES = (".py", ".pyi", ".pyw")
NOTEBOOK_SUFFIX = ".ipynb"

REPORT_DIRECTORIES = (
    *("", "coverage", "htmlcov", "reports", "test-reports", "test-results", "build"),
)
"""Where reports are looked for, from the project's root. Elsewhere they may be anything, such as data of
the project's own tests."""

LEFT_OUT_DIRECTORIES = frozenset(
    {
        # version control
        *(".git", ".hg", ".svn", ".bzr", "CVS", "_darcs"),
        # what Python and the tools keep for themselves
        *("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"),
        *(".pytype", ".pyre", ".ipynb_checkpoints"),
        # other people's code
        *(".tox", ".nox", ".eggs", "node_modules"),
    }
)
"""Never entered and not told one by one. So are directories that hold `ENVIRONMENT_MARKER`."""

ENVIRONMENT_MARKER = "pyvenv.cfg"
"""Lies at the top of every virtual environment (PEP 405)."""

_ENVIRONMENT_NAMES = frozenset({"venv", ".venv"})


class Kind(Enum):
    """What a file is to the analyzers."""

    SOURCE = auto()
    NOTEBOOK = auto()
    CONFIGURATION = auto()
    REPORT = auto()


@dataclass(frozen=True, slots=True)
class ToolFiles:
    """The files in a project that tools read beside Python files, by name.

    Attributes:
        configuration: their settings, wherever these lie in the project.
        reports: what test runs leave behind; of interest in `REPORT_DIRECTORIES` only.
    """

    configuration: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()

    def kind_of(self, name: str) -> Kind | None:
        """What a file of this name is; None if no analyzer wants it."""
        if is_python(name):
            return Kind.NOTEBOOK if name.endswith(NOTEBOOK_SUFFIX) else Kind.SOURCE
        if name in self.reports:
            return Kind.REPORT
        return Kind.CONFIGURATION if name in self.configuration else None


def is_python(name: str) -> bool:
    """Whether a file of this name is analysed: it is Python, or a notebook."""
    return name.endswith((*SOURCE_SUFFIXES, NOTEBOOK_SUFFIX))


def may_lead_to_code(name: str) -> bool:
    """Whether a link of this name that leads outside may hide a directory of code."""
    left_out = name in LEFT_OUT_DIRECTORIES or name in _ENVIRONMENT_NAMES
    return not left_out and not os.path.splitext(name)[1]  # noqa: PTH122  # a name, no path


def is_proper(name: str) -> bool:
    """Whether a name is UTF-8 without control characters."""
    if name.isascii():
        return name.isprintable()
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in name)


def escaped(path: str) -> str:
    r"""A path for people: bytes that are not UTF-8 and control characters as \xNN."""
    return "".join(
        "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
        if unicodedata.category(character) in ("Cc", "Cs")
        else character
        for character in path
    )
