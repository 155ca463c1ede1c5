"""The project's own Bandit configuration, as data.

There are two sources, as on Bandit's command line, and what both say is added up:

- arguments: the [bandit] section of the `.bandit` file, which Bandit finds by itself. It takes the
  only one in the tree; of several, where Bandit gives up, the one in the root is taken here.
- settings, which Bandit has to be pointed to with `-c`: the file that `.bandit` names as
  `configfile`, or else `[tool.bandit]` in the root's `pyproject.toml`, or else `bandit.yaml` or
  `bandit.yml` in the root.

Only what chooses checks and files, and the settings of checks, is taken; the rest is ignored.
"""

from __future__ import annotations

import configparser
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from flext_quality.domain.analyses.events import ConfigurationIgnored
from flext_quality.domain.errors import ToolFailedError
from flext_quality.infrastructure.analyzers.bandit.files import (
    DEFAULT_EXCLUDES,
    DEFAULT_INCLUDES,
    DEFAULT_INCLUDES_WITH_SETTINGS,
    BanditFiles,
)
from flext_quality.infrastructure.analyzers.bandit.profile import ARGUMENTS_FILE, SETTINGS_FILES
from flext_quality.infrastructure.analyzers.bandit.rules import NAME
from flext_quality.infrastructure.analyzers.bandit.settings_file import (
    CHECK_SETTINGS,
    LISTS,
    is_texts,
    parse_settings,
)
from flext_quality.infrastructure.analyzers.tool import read_files

_LEVELS = {"all": 0, "low": 1, "medium": 2, "high": 3, "1": 0, "2": 1, "3": 2, "4": 3}
"""Indices of Bandit's RANKING (UNDEFINED, LOW, MEDIUM, HIGH), by words and by Bandit's numbers."""

_NOT_TAKEN = "only what chooses checks and files, and the settings of checks, is taken"
_USAGE_ERROR = 2


@dataclass(slots=True)
class BanditConfiguration:
    """What is in effect.

    Attributes:
        settings: what Bandit gets with `-c`; None for nothing, which has defaults of its own.
        severity: findings below are not reported; an index of Bandit's RANKING.
        confidence: the same for confidence.
        excludes: what the argument `--exclude` takes.
        ignored: what is not used.
    """

    settings: dict[str, object] | None = None
    tests: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)
    ignore_nosec: bool = False
    severity: int = 0
    confidence: int = 0
    excludes: list[str] = field(default_factory=lambda: list(DEFAULT_EXCLUDES))
    ignored: list[ConfigurationIgnored] = field(default_factory=list)

    def files(self, root: Path) -> BanditFiles:
        """Which files of the working copy are scanned."""
        if self.settings is None:
            return BanditFiles.of(root, DEFAULT_INCLUDES, (), self.excludes)
        includes = self._texts("include") or DEFAULT_INCLUDES_WITH_SETTINGS
        return BanditFiles.of(root, includes, self._texts("exclude_dirs"), self.excludes)

    def canonical(self) -> str:
        """The same text for the same effect on a file, for digests."""
        checks = (self.settings, sorted(self.tests), sorted(self.skips), self.ignore_nosec)
        parts = (*checks, self.severity, self.confidence, self.excludes)
        return msgspec.json.encode(parts, order="deterministic").decode()

    def ignore(self, path: str, option: str, why: str) -> None:
        """Notes that an option is not used."""
        self.ignored.append(ConfigurationIgnored(NAME, path, option, why))

    def _texts(self, name: str) -> list[str]:
        value = (self.settings or {}).get(name)
        return [str(item) for item in value] if isinstance(value, list) else []


def read_configuration(root: Path) -> BanditConfiguration:
    """Reads what a working copy holds. Blocks, for it reads files.

    Raises:
        ToolFailedError: a settings file cannot be read; it says which and why.
    """
    configuration = BanditConfiguration()
    files = read_files(root, frozenset({ARGUMENTS_FILE, *SETTINGS_FILES}))
    named = _take_arguments(configuration, files)
    if named and named not in files and (root / named).is_file():
        files[named] = (root / named).read_bytes()
    if named and named not in files:
        configuration.ignore(ARGUMENTS_FILE, "configfile", f"the server does not read {named}")
    _take_settings(configuration, files, dict.fromkeys((named, *SETTINGS_FILES)))
    configuration.ignored.sort(key=lambda ignored: (ignored.path, ignored.option))
    return configuration


def _take_arguments(configuration: BanditConfiguration, files: Mapping[str, bytes]) -> str:
    """Takes the arguments; returns the settings file that they name, or nothing."""
    paths = [path for path in files if posixpath.basename(path) == ARGUMENTS_FILE]
    taken = paths[0] if len(paths) == 1 else ARGUMENTS_FILE
    for path in paths:
        if path != taken:
            configuration.ignore(path, "[bandit]", "there are several files of this name")
    arguments = _parse_arguments(configuration, taken, files)
    configuration.skips = _texts(arguments.pop("skips", ""))
    configuration.tests = _texts(arguments.pop("tests", ""))
    configuration.excludes = _texts(arguments.pop("exclude", "")) or configuration.excludes
    configuration.ignore_nosec = bool(arguments.pop("ignore-nosec", ""))  # any text is a yes
    configuration.severity = _level(arguments, "level")
    configuration.confidence = _level(arguments, "confidence")
    named = arguments.get("configfile", "")
    if named and _is_inside(named):
        del arguments["configfile"]
    arguments.pop("recursive", "")  # as always
    for option in arguments:
        configuration.ignore(taken, option, _NOT_TAKEN)
    return posixpath.normpath(named) if named and "configfile" not in arguments else ""


def _texts(value: str) -> list[str]:
    return value.split(",") if value else []


def _level(arguments: dict[str, str], option: str) -> int:
    """Takes a level, if it is one."""
    if arguments.get(option, "").lower() not in _LEVELS:
        return 0
    return _LEVELS[arguments.pop(option).lower()]


def _parse_arguments(
    configuration: BanditConfiguration, path: str, files: Mapping[str, bytes]
) -> dict[str, str]:
    if path not in files:
        return {}
    parser = configparser.ConfigParser()
    try:
        parser.read_string(files[path].decode())
        return {option: value for option, value in parser.items("bandit") if value}
    except (configparser.Error, UnicodeDecodeError):
        # Bandit goes on without it, too.
        configuration.ignore(path, "[bandit]", "the file cannot be read, or has no such section")
        return {}


def _is_inside(path: str) -> bool:
    return not path.startswith("/") and not posixpath.normpath(path).startswith("..")


def _take_settings(
    configuration: BanditConfiguration, files: Mapping[str, bytes], candidates: Mapping[str, None]
) -> None:
    """Takes the first of the candidates that has settings."""
    taken = ""
    for path in candidates:
        if path not in files:
            continue
        try:
            settings = parse_settings(path, files[path])
        except (ValueError, msgspec.DecodeError) as error:
            if path == "pyproject.toml":  # everybody's file: it may not be about Bandit at all
                configuration.ignore(path, "tool.bandit", f"the file cannot be read: {error}")
                continue
            detail = f"{path} cannot be read: {error}"
            raise ToolFailedError(NAME, _USAGE_ERROR, detail) from None
        if settings is None:
            continue
        if taken:
            configuration.ignore(path, "bandit", f"{taken} is used")
        else:
            taken = path
            configuration.settings = accept_settings(configuration, path, settings)


def accept_settings(
    configuration: BanditConfiguration, path: str, settings: Mapping[str, object]
) -> dict[str, object]:
    """What is taken of the settings in a file; notes what is not."""
    accepted = {}
    for option, value in settings.items():
        if option in LISTS and not is_texts(value):
            configuration.ignore(path, option, "it is not a list of texts")
        elif option in LISTS or option in CHECK_SETTINGS:
            accepted[option] = value
        else:
            configuration.ignore(path, option, _NOT_TAKEN)
    return accepted
