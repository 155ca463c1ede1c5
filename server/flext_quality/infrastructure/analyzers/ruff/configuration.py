"""The project's own Ruff configuration, made safe in the working copy.

Ruff reads the nearest configuration above each file, or else a user-wide one. So the copy's root
always gets one, and nothing above the copy is looked for. Whatever reaches outside of the copy is
taken out of the files themselves: Ruff has no argument for that. What only says how Ruff is to be
run needs no rewriting, as arguments have precedence.

What is left of a file is written to `.ruff.toml` beside it, which has precedence over `ruff.toml`
and `pyproject.toml`, so that other tools find the latter as it was. Ruff takes `requires-python`
from a `pyproject.toml` in the same directory in either case.
"""

from __future__ import annotations

import posixpath
import tomllib
from dataclasses import dataclass
from pathlib import Path

from flext_quality.domain.analyses.events import ConfigurationIgnored
from flext_quality.infrastructure.analyzers.operators import (
    OPERATOR_DECIDES,
    read_operators_file,
)
from flext_quality.infrastructure.analyzers.ruff.profile import CONFIGURATION_NAMES
from flext_quality.infrastructure.analyzers.ruff.rules import NAME
from flext_quality.infrastructure.analyzers.toml import to_toml
from flext_quality.infrastructure.analyzers.tool import read_files

_OWN_NAME = CONFIGURATION_NAMES[0]

_HOW_TO_RUN = {
    "cache-dir": "nothing is kept beside the analysed code",
    "fix": "an analysis changes nothing",
    "fix-only": "an analysis changes nothing",
    "output-format": "the server reads the output itself",
    "show-fixes": "the server reads the output itself",
    "unsafe-fixes": "an analysis changes nothing, and each fix says whether it is safe",
}
_ANY_VERSION = "the server's own Ruff is used, whatever its version"
_OUTSIDE = "it reaches outside of the project"
_NOT_READ = f"the server reads configuration from {', '.join(CONFIGURATION_NAMES)} only"
_EXTENDS_UNSAFE = "the file that it names reaches outside of the project, or cannot be read"


@dataclass(frozen=True, slots=True)
class RuffConfiguration:
    """What is in effect: the files by path, as Ruff reads them, and what of them is not used."""

    files: dict[str, bytes]
    ignored: tuple[ConfigurationIgnored, ...]


@dataclass(frozen=True, slots=True)
class _Cleaned:
    options: dict[str, object]
    ignored: tuple[ConfigurationIgnored, ...]
    is_changed: bool


def prepare_configuration(root: Path) -> RuffConfiguration:
    """Makes the configuration in a working copy safe. Blocks, for it reads and writes files."""
    cleaner = _Cleaner(root, read_files(root, frozenset(CONFIGURATION_NAMES)))
    files = dict(cleaner.files)
    ignored: list[ConfigurationIgnored] = []
    for path in sorted(cleaner.effective.values()):
        replacement = cleaner.replacement(path)
        if replacement is not None:
            beside = posixpath.join(posixpath.dirname(path), _OWN_NAME)
            (root / beside).write_bytes(replacement)
            files[beside] = replacement
    for cleaned in cleaner.cleaned.values():
        ignored += cleaned.ignored
    if "" not in cleaner.effective:
        (root / _OWN_NAME).touch()
    return RuffConfiguration(files, tuple(sorted(ignored, key=lambda i: (i.path, i.option))))


def operators_configuration(file: Path, root: Path) -> RuffConfiguration:
    """The operator's file in place of all that the project brings. Blocks, for it reads files.

    Raises:
        ToolFailedError: the operator's file cannot be read.
    """
    content = read_operators_file(NAME, file)
    project = _Cleaner(root, read_files(root, frozenset(CONFIGURATION_NAMES)))
    unused = sorted(project.effective.values())
    return RuffConfiguration(
        {file.name: content},
        tuple(ConfigurationIgnored(NAME, path, "*", OPERATOR_DECIDES) for path in unused),
    )


class _Cleaner:
    """Cleans files and whatever they extend, each once.

    Attributes:
        effective: the file that Ruff takes in a directory, by directory; the root is "".
        cleaned: the files that were looked at, by path.
    """

    def __init__(self, root: Path, files: dict[str, bytes]) -> None:
        self._root = root
        self.files = files
        self._tables: dict[str, dict[str, object] | Exception | None] = {}
        self.effective: dict[str, str] = {}
        self.cleaned: dict[str, _Cleaned] = {}
        for name in reversed(CONFIGURATION_NAMES):
            for path in files:
                if posixpath.basename(path) == name and self._table(path) is not None:
                    self.effective[posixpath.dirname(path)] = path

    def replacement(self, path: str) -> bytes | None:
        """What Ruff is to read in place of the file; None for the file itself."""
        table = self._table(path)
        if isinstance(table, Exception):
            # Ruff says what is wrong, unless it could take more for TOML than we do (TOML 1.1) and
            # follow it out of the project: then it gets, as a line it stumbles over, our own words.
            content = self._content(path) or b""
            suspicious = b"extend" in content or b"\\" in content
            return f"{path} cannot be read: {table}\n".encode() if suspicious else None
        cleaned = self._clean(path)
        return to_toml(cleaned.options).encode() if cleaned.is_changed else None

    def _table(self, path: str) -> dict[str, object] | Exception | None:
        """Ruff's options; None for a file without any; an exception for one that cannot be read."""
        if path not in self._tables:
            self._tables[path] = self._parse(path)
        return self._tables[path]

    def _parse(self, path: str) -> dict[str, object] | Exception | None:
        try:
            table = tomllib.loads((self._content(path) or b"").decode("utf-8-sig"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            return error
        if posixpath.basename(path) != "pyproject.toml":
            return table
        tools = table.get("tool")
        options = tools.get("ruff") if isinstance(tools, dict) else None
        return options if isinstance(options, dict) else None

    def _content(self, path: str) -> bytes | None:
        if path not in self.files and (self._root / path).is_file():
            self.files[path] = (self._root / path).read_bytes()
        return self.files.get(path)

    def _clean(self, path: str) -> _Cleaned:
        if path not in self.cleaned:
            options = self._table(path)
            kept = dict(options) if isinstance(options, dict) else {}
            self.cleaned[path] = _Cleaned(kept, (), is_changed=False)  # if it extends itself
            ignored = [(option, why) for option, why in _HOW_TO_RUN.items() if option in kept]
            if kept.pop("required-version", None) is not None:
                ignored.append(("required-version", _ANY_VERSION))
            ignored += _clean_src(path, kept)
            ignored += self._clean_extend(path, kept)
            self.cleaned[path] = _Cleaned(
                kept,
                tuple(ConfigurationIgnored(NAME, path, *entry) for entry in ignored),
                is_changed=kept != options,
            )
        return self.cleaned[path]

    def _clean_extend(self, path: str, options: dict[str, object]) -> list[tuple[str, str]]:
        """Takes `extend` out unless it leads to a clean file; returns what is ignored, and why."""
        value = options.get("extend")
        if not isinstance(value, str):
            return []
        target = _inside(path, value)
        if target is None:
            why = _OUTSIDE
        elif self._content(target) is None:
            why = _NOT_READ
        elif isinstance(self._table(target), Exception):
            why = _EXTENDS_UNSAFE
        elif not self._clean(target).is_changed:
            return []
        elif self.effective.get(posixpath.dirname(target)) == target:
            clean = posixpath.join(posixpath.dirname(target), _OWN_NAME)
            options["extend"] = posixpath.relpath(clean, posixpath.dirname(path) or ".")
            return []
        else:
            why = _EXTENDS_UNSAFE
        del options["extend"]
        return [("extend", why)]


def _clean_src(path: str, options: dict[str, object]) -> list[tuple[str, str]]:
    """Takes directories outside of the copy out of `src`: Ruff looks for modules there."""
    value = options.get("src")
    if not isinstance(value, list):
        return []
    kept = [item for item in value if not isinstance(item, str) or _inside(path, item) is not None]
    if kept == value:
        return []
    options["src"] = kept
    return [("src", _OUTSIDE)]


def _inside(path: str, value: str) -> str | None:
    """What `value` means in the file `path`, relative to the copy; None if it leads outside.

    Ruff expands "~" and environment variables, so neither is inside.
    """
    if value.startswith(("/", "~")) or "$" in value:
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), value))
    return None if target == ".." or target.startswith("../") else target
