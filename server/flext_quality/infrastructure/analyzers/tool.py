"""What the adapters of all tools need: options, versions, digests, and a look at the working copy."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from flext_quality.application.ports.analyzers import FileResultCache
from flext_quality.domain.errors import ToolNotInstalledError
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.process import GIBIBYTE
from flext_quality.infrastructure.analyzers.tool_settings import ToolSettings


@dataclass(frozen=True, slots=True)
class ToolOptions:
    """What the operator decides about a tool.

    Attributes:
        timeout_seconds: for the tool's whole work on one analysis.
        memory_limit_bytes: of address space, for each process.
        processes: how many may run at once, where the work can be divided.
    """

    enabled: bool = True
    timeout_seconds: float = 600.0
    memory_limit_bytes: int = 4 * GIBIBYTE
    processes: int = 1

    @classmethod
    def of(cls, settings: ToolSettings, processes: int) -> ToolOptions:
        """What the settings say."""
        return cls(
            enabled=settings.enabled,
            timeout_seconds=settings.timeout,
            memory_limit_bytes=settings.memory_limit_mb << 20,
            processes=processes,
        )


@dataclass(frozen=True, slots=True)
class AnalyzerContext:
    """What the server gives its analyzers.

    Attributes:
        processes: how many processes one of them may run at once.
        data_dir: the server's; an analyzer keeps what it wants to keep in `cache` there.
        cache: for results of single files.
    """

    processes: int
    data_dir: Path
    cache: FileResultCache


def installed_version(profile: AnalyzerProfile) -> FlextResult[str]:
    """The versions of the analyzer's packages beside the server, such as "6.0.1/8.3.0".

    Fails with `ToolNotInstalledError`.
    """
    found = [_version(package) for package in profile.packages]
    if None in found:
        return FlextResult.fail(ToolNotInstalledError(profile.name))
    return FlextResult.ok("/".join(map(str, found)))


def brought_program(package: str) -> Path | None:
    """The program of the package's own name that it brought; None if it has none, or is not installed."""
    try:
        brought = [file for file in metadata.files(package) or () if file.name == package]
    except PackageNotFoundError:
        return None
    return Path(str(brought[0].locate())).resolve() if brought else None


@cache
def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except PackageNotFoundError:
        return None


def config_digest(parts: Iterable[str], files: Mapping[str, bytes]) -> str:
    """SHA-256, in hexadecimal, over words (tool, version, options) and configuration files by path."""
    digest = hashlib.sha256()
    for word in parts:
        _add(digest, word.encode())
    for path in sorted(files):
        _add(digest, path.encode())
        _add(digest, files[path])
    return digest.hexdigest()


def _add(digest: hashlib._Hash, content: bytes) -> None:
    # With its length before it, no content can pass for two.
    digest.update(f"{len(content)}:".encode())
    digest.update(content)


def read_files(root: Path, names: frozenset[str]) -> dict[str, bytes]:
    """The content of all files of these names in a working copy, by relative path, in its order."""
    found: dict[str, bytes] = {}
    for directory, subdirectories, files in os.walk(root):
        if directory == str(root) and ".git" in subdirectories:
            subdirectories.remove(".git")
        for name in names.intersection(files):
            path = Path(directory, name)
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return dict(sorted(found.items()))
