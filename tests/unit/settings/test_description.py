from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flext_quality.settings import load_settings
from flext_quality.settings.description import allowed, description, group_description, template
from flext_quality.settings.options import groups, options
from tests.settings_files import write

ROOT = Path(__file__).resolve().parents[3]


def test_every_option_and_group_is_described() -> None:
    """By the text below it."""
    assert [o.name for o in options().values() if not description(o)] == []
    assert [path for path in groups() if path and not group_description(path)] == []


def test_what_is_allowed_is_told() -> None:
    """Choices, types and bounds."""
    found = {option.name: allowed(option) for option in options().values()}
    assert found["observability.log_format"] == "`json`, `console`"
    assert found["max_retries"] == "whole number, ≥ 0, ≤ 10"
    assert found["security.secret_encryption_key"] == "secret"
    assert found["external_tools.mypy.strict_mode"] == "`true` or `false`"
    assert found["external_tools.ruff.config_file"] == "path"
    assert found["features.flags"] == "mapping"


def test_the_page_is_up_to_date() -> None:
    """The same check as in make check; it fails for a page that differs."""
    command = [sys.executable, str(ROOT / "tools/settings_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_template_says_the_defaults(environment: str) -> None:
    """Commented out it says nothing; with all comment signs gone it says what is so without it."""
    before = load_settings(file=write("x/a.yml", "")).unwrap().settings
    text = template(environment)
    assert load_settings(file=write("x/b.yml", text)).unwrap().settings == before
    lines = [line.removeprefix("#").removeprefix(" ") for line in text.splitlines()[3:]]
    bare = [line for line in lines if "${" not in line]
    loaded = load_settings(file=write("x/c.yml", "\n".join(bare))).unwrap()
    assert loaded.settings == before
    assert len(loaded.origins) > 30
