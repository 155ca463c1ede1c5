from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings_files import isolate


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only the test's own settings."""
    isolate(monkeypatch, tmp_path)
