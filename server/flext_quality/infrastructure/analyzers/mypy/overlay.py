"""A copy of a difficult project in which everything lies where MyPy can work with it.

The files are the working copy's own, by hard links; nothing in the working copy is changed, which
other analyzers read at the same time.
"""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

PLACEHOLDER = "from typing import Any\n\ndef __getattr__(name: str) -> Any: ...\n"
"""Stands for a file that MyPy cannot read: whatever is imported from it is taken to be there."""


class Overlay:
    """A directory that is filled and refilled for the runs of one analysis."""

    def __init__(self, source: Path, directory: Path) -> None:
        self.directory = directory
        self._source = source
        self._placed: dict[str, str] = {}
        self._replaced: set[str] = set()

    def fill(self, placed: Mapping[str, str], replaced: Collection[str]) -> None:
        """Puts each file of the working copy where `placed` says, or a placeholder there.

        Args:
            placed: paths in the overlay by paths in the working copy.
            replaced: paths in the working copy.
        """
        if placed != self._placed:
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory.mkdir(parents=True)
            for directory in sorted({posixpath.dirname(place) for place in placed.values()}):
                (self.directory / directory).mkdir(parents=True, exist_ok=True)
            for path, place in placed.items():
                _link(self._source / path, self.directory / place)
            self._placed, self._replaced = dict(placed), set()
        for path in set(replaced) - self._replaced:
            stand_in = self.directory / placed[path]
            stand_in.unlink()
            stand_in.write_text(PLACEHOLDER)
            self._replaced.add(path)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
