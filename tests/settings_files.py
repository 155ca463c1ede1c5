"""Writes settings' sources, and reads what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flext_quality.domain.errors import InvalidFieldError
from flext_quality.settings import load_settings


def write(file: Path | str, text: str) -> Path:
    """Writes a file and the directories above it."""
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def wrong(**overrides: object) -> dict[str, str]:
    """What is wrong, by full name; nothing may be wrong twice."""
    error = load_settings(**overrides).error  # type: ignore[arg-type]  # by their names
    assert isinstance(error, InvalidFieldError)
    found = {violation.field: violation.description for violation in error.violations}
    assert len(found) == len(error.violations)
    return found


def isolate(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    """Leaves no variables, secret files or configuration but those in `directory`, where the test runs."""
    for name in list(os.environ):
        if name.startswith("FLEXT_API_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FLEXT_API_SECRETS_DIR", str(directory / "secrets"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(directory / "home"))
    monkeypatch.chdir(directory)
