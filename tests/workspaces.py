"""Working copies as the Sources adapter makes them, written by the tests themselves."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from flext_quality.application.ports.sources import SourceFile, Workspace
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.project import Thresholds

PYTHON_SUFFIXES = (".py", ".pyi", ".pyw", ".ipynb")


def make_workspace(
    tmp_path: Path,
    source: Mapping[str, str | bytes] | Path,
    thresholds: Thresholds | None = None,
) -> Workspace:
    """A working copy in `tmp_path` of the files in `source` (content by path) or of a directory."""
    root = tmp_path / "copy"
    scratch = tmp_path / "scratch"
    scratch.mkdir(parents=True)
    if isinstance(source, Path):
        shutil.copytree(source, root)
    else:
        root.mkdir()
        write_files(root, source)
    # As in every working copy: keeps Ruff and MyPy from .gitignore files above it.
    (root / ".git" / "info").mkdir(parents=True, exist_ok=True)
    files = tuple(_source_files(root))
    return Workspace(
        project=ProjectName("sample"),
        root=root,
        scratch=scratch,
        files=files,
        skipped=(),
        lines_of_code=0,
        byte_count=sum(file.size for file in files),
        thresholds=thresholds or Thresholds(),
    )


def write_files(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Writes files by their paths relative to `root`; text as UTF-8, its newlines as they are."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


def _source_files(root: Path) -> list[SourceFile]:
    found = []
    for directory, _, names in os.walk(root):
        for name in names:
            if name.endswith(PYTHON_SUFFIXES):
                path = Path(directory, name)
                content = path.read_bytes()
                relative = path.relative_to(root).as_posix()
                digest = hashlib.sha256(content).hexdigest()
                found.append(SourceFile(relative, len(content), digest))
    return sorted(found, key=lambda file: file.path)
