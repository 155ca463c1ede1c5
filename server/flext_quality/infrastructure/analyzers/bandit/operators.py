"""What the operator decides about Bandit; it wins over what projects say."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

import msgspec

from flext_quality.infrastructure.analyzers.bandit.configuration import (
    BanditConfiguration,
    accept_settings,
    read_configuration,
)
from flext_quality.infrastructure.analyzers.bandit.profile import ARGUMENTS_FILE, SETTINGS_FILES
from flext_quality.infrastructure.analyzers.bandit.rules import NAME
from flext_quality.infrastructure.analyzers.bandit.settings_file import parse_settings
from flext_quality.infrastructure.analyzers.operators import (
    OPERATOR_DECIDES,
    operators_file_error,
    read_operators_file,
)
from flext_quality.infrastructure.analyzers.tool import read_files

_LEVELS = {"all": 0, "low": 1, "medium": 2, "high": 3}
"""Indices of Bandit's RANKING."""


@dataclass(frozen=True, slots=True)
class BanditOperator:
    """What the operator says; None leaves it to the project.

    Attributes:
        config_file: what Bandit gets with `-c`, in place of all that projects bring.
        severity: "all", "low", "medium" or "high": findings below are not reported.
        confidence: the same for confidence.
    """

    config_file: Path | None = None
    severity: str | None = None
    confidence: str | None = None

    def configuration(self, root: Path) -> BanditConfiguration:
        """What is in effect in a working copy. Blocks, for it reads files.

        Raises:
            ToolFailedError: the operator's file, or one of the project's, cannot be read.
        """
        if self.config_file is None:
            configuration = read_configuration(root)
        else:
            configuration = _of_file(self.config_file, root)
        self._set_levels(configuration, root)
        return configuration

    def _set_levels(self, configuration: BanditConfiguration, root: Path) -> None:
        if self.severity is not None:
            if configuration.severity:
                configuration.ignore(_arguments_path(root), "level", OPERATOR_DECIDES)
            configuration.severity = _LEVELS[self.severity]
        if self.confidence is not None:
            if configuration.confidence:
                configuration.ignore(_arguments_path(root), "confidence", OPERATOR_DECIDES)
            configuration.confidence = _LEVELS[self.confidence]


def _of_file(file: Path, root: Path) -> BanditConfiguration:
    configuration = BanditConfiguration()
    content = read_operators_file(NAME, file)
    try:
        settings = parse_settings(file.name, content)
    except (ValueError, msgspec.DecodeError) as error:
        raise operators_file_error(NAME, file, str(error)) from None
    configuration.settings = accept_settings(configuration, file.name, settings or {})
    for path, found in read_files(root, frozenset({ARGUMENTS_FILE, *SETTINGS_FILES})).items():
        if posixpath.basename(path) == ARGUMENTS_FILE:
            configuration.ignore(path, "[bandit]", OPERATOR_DECIDES)
        elif path in SETTINGS_FILES and _has_settings(path, found):
            configuration.ignore(path, "bandit", OPERATOR_DECIDES)
    return configuration


def _has_settings(path: str, content: bytes) -> bool:
    try:
        return parse_settings(path, content) is not None
    except (ValueError, msgspec.DecodeError):
        return path != "pyproject.toml"  # everybody's file: it may not be about Bandit at all


def _arguments_path(root: Path) -> str:
    """The file that the project's arguments come from: the only one, or else the one in the root."""
    paths = list(read_files(root, frozenset({ARGUMENTS_FILE})))
    return paths[0] if len(paths) == 1 else ARGUMENTS_FILE
