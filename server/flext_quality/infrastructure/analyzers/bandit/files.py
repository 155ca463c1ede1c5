"""Which files Bandit scans: the rules of its own walk (`bandit.core.manager`, 1.9), over a list.

They match whole paths of the form "./package/module.py", and have their surprises: an excluding
pattern excludes every path that holds it anywhere, and the name of a directory in the project's
root, without "./" before it, excludes next to nothing.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_INCLUDES = ("*.py", "*.pyw")
DEFAULT_INCLUDES_WITH_SETTINGS = ("*.py",)
"""What Bandit takes instead as soon as it has a settings file."""
DEFAULT_EXCLUDES = (
    *(".svn", "CVS", ".bzr", ".hg", ".git", "__pycache__", ".tox", ".eggs", "*.egg"),
)


@dataclass(frozen=True, slots=True)
class BanditFiles:
    """Decides on paths."""

    included: re.Pattern[str]
    excluded: re.Pattern[str]
    excluded_parts: tuple[str, ...]

    @classmethod
    def of(
        cls,
        root: Path,
        includes: Sequence[str],
        excluded_by_settings: Sequence[str],
        excluded_by_arguments: Sequence[str],
    ) -> BanditFiles:
        """The decision in the project at `root`."""
        excluded = [
            *excluded_by_settings,
            *(
                posixpath.join(pattern, "*") if _is_directory(root, pattern) else pattern
                for pattern in excluded_by_arguments
            ),
        ]
        return cls(_any_of(includes), _any_of(excluded), tuple(excluded))

    def __contains__(self, path: str) -> bool:
        """Whether Bandit scans the file of this relative path."""
        name = f"./{path}"
        return (
            self.included.match(name) is not None
            and self.excluded.match(name) is None
            and not any(part in name for part in self.excluded_parts)
        )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    # One pattern that never matches, so that there is always one.
    return re.compile("|".join([*map(fnmatch.translate, patterns), r"(?!)"]))


def _is_directory(root: Path, pattern: str) -> bool:
    # Nothing outside of the project is looked at.
    inside = not pattern.startswith("/") and ".." not in pattern.split("/")
    try:
        return inside and bool(pattern) and (root / pattern).is_dir()
    except (OSError, ValueError):  # too long, or a NUL in it
        return False
