from __future__ import annotations

import json
from pathlib import Path

import pytest

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.container import build_container
from flext_quality.settings import BUILT_IN_ANALYZERS, FlextApiSettings, create_api_settings
from tests.settings_files import wrong

ALLOWED = "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS"


def test_defaults_are_safe() -> None:
    """Only this machine can connect, no project is allowed, five analyses at once."""
    settings = create_api_settings().unwrap()
    assert settings.api_host == "127.0.0.1"
    assert settings.security.allowed_project_paths == ()
    assert settings.max_concurrent_analyses == 5
    assert settings.data_dir.is_absolute()
    assert settings.effective_database_url == (
        f"sqlite+aiosqlite:///{settings.data_dir}/quality.db"
    )


@pytest.mark.parametrize("text", ["/srv/a:/srv/b", json.dumps(["/srv/a", "/srv/b"])])
def test_allowed_paths_are_given_as_in_path_or_as_json(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Whatever is handier."""
    monkeypatch.setenv(ALLOWED, text)
    paths = create_api_settings().unwrap().security.allowed_project_paths
    assert paths == (Path("/srv/a"), Path("/srv/b"))


def test_groups_are_set_field_by_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested names are joined by two underscores; what is not set keeps its default."""
    monkeypatch.setenv("FLEXT_API_EXTERNAL_TOOLS__MYPY__TIMEOUT", "12.5")
    monkeypatch.setenv("FLEXT_API_EXTERNAL_TOOLS__RUFF__ENABLED", "false")
    tools = create_api_settings().unwrap().external_tools
    assert (tools.mypy.timeout, tools.mypy.enabled) == (12.5, True)
    assert (tools.ruff.timeout, tools.ruff.enabled) == (600, False)


def test_overrides_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a group field by field."""
    monkeypatch.setenv("FLEXT_API_API_PORT", "7000")
    monkeypatch.setenv("FLEXT_API_OBSERVABILITY__LOG_LEVEL", "debug")
    settings = create_api_settings(api_port=0, observability={"log_format": "json"}).unwrap()
    assert settings.api_port == 0
    assert settings.observability.log_format == "json"
    assert settings.observability.log_level == "debug"


def test_every_wrong_value_is_named_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once, by the names of their variables."""
    monkeypatch.setenv("FLEXT_API_API_PORT", "70000")
    monkeypatch.setenv("FLEXT_API_OBSERVABILITY__LOG_LEVEL", "loud")
    monkeypatch.setenv(ALLOWED, "relative/path")
    found = wrong()
    assert set(found) == {
        "FLEXT_API_API_PORT",
        "FLEXT_API_OBSERVABILITY__LOG_LEVEL",
        ALLOWED,
    }
    assert "65535" in found["FLEXT_API_API_PORT"]
    assert "'debug', 'info', 'warning' or 'error'" in found["FLEXT_API_OBSERVABILITY__LOG_LEVEL"]
    assert "not an absolute path" in found[ALLOWED]


def test_broken_json_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback."""
    monkeypatch.setenv(ALLOWED, '["/srv/a"')
    assert ALLOWED in wrong()


def test_a_misspelt_option_is_found() -> None:
    """Nothing is ignored in silence."""
    assert wrong(security={"alowed": []}).keys() == {"FLEXT_API_SECURITY__ALOWED"}


def test_settings_are_frozen() -> None:
    """Nobody changes them behind the others' backs."""
    settings: FlextApiSettings = create_api_settings().unwrap()
    with pytest.raises(ValueError, match="frozen"):
        settings.api_port = 1  # type: ignore[misc]  # what is tried here


TOOLS = "FLEXT_API_EXTERNAL_TOOLS__SARIF_TOOLS"


def test_commands_that_print_sarif_are_a_json_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only name and command have to be given."""
    tools = [
        {"name": "lint", "command": ["/opt/lint", "{root}"]},
        {"name": "b_2-x", "command": ["x"], "timeout": 5, "memory_limit_mb": 512}
        | {"output": "out.sarif", "success_exit_codes": [0, 1]},
    ]
    monkeypatch.setenv(TOOLS, json.dumps(tools))
    first, second = create_api_settings().unwrap().external_tools.sarif_tools
    assert (first.command, first.timeout, first.output) == (("/opt/lint", "{root}"), 600, "stdout")
    assert (first.memory_limit_mb, first.success_exit_codes) == (4096, frozenset({0}))
    assert (second.timeout, second.output) == (5, "out.sarif")
    assert second.success_exit_codes == frozenset({0, 1})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Lint"),
        ("name", "ruff"),
        ("name", "sarif"),
        ("name", "coverage"),
        ("name", "a b"),
        ("name", ""),
        ("command", []),
        ("command", [""]),
        ("command", ["bin/lint"]),
        ("command", ["{root}/lint"]),
        ("command", ["/x/{scratch}/lint"]),
        ("command", "lint"),
        ("timeout", 0),
        ("memory_limit_mb", 1),
        ("output", "../x"),
        ("output", ".."),
        ("output", ""),
        ("success_exit_codes", [-1]),
        ("unknown", 1),
    ],
)
def test_a_command_that_cannot_be_is_named_at_the_start(
    monkeypatch: pytest.MonkeyPatch, field: str, value: object
) -> None:
    """With its variable and field."""
    monkeypatch.setenv(TOOLS, json.dumps([{"name": "lint", "command": ["lint"], field: value}]))
    (variable,) = wrong()
    assert variable == f"{TOOLS}__{field.upper()}"


def test_two_commands_cannot_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could tell their findings apart."""
    monkeypatch.setenv(TOOLS, json.dumps([{"name": "lint", "command": ["x"]}] * 2))
    assert "two tools are called 'lint'" in wrong()[TOOLS]


async def test_the_names_of_all_analyzers_are_taken(tmp_path: Path) -> None:
    """So no command can stand in for an analyzer that the server has; the commands come beside them."""
    tools = {"sarif_tools": [{"name": "lint", "command": ["x"]}]}
    settings = create_api_settings(data_dir=tmp_path, external_tools=tools).unwrap()
    container = build_container(settings)
    names = set((await container.get(Analyzers)).by_name)
    await container.close()
    assert "lint" in names
    assert names - {"lint"} <= BUILT_IN_ANALYZERS


def test_retention_is_given_in_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 is for ever; less, or more than a century, is refused."""
    monkeypatch.setenv("FLEXT_API_RETENTION__DAILY_DAYS", "0.5")
    retention = create_api_settings().unwrap().retention
    assert (retention.all_days, retention.daily_days) == (1, 0.5)
    assert (retention.weekly_days, retention.monthly_days) == (730, 0)
    assert "FLEXT_API_RETENTION__ALL_DAYS" in wrong(retention={"all_days": -1})
    assert "FLEXT_API_RETENTION__WEEKLY_DAYS" in wrong(retention={"weekly_days": 36_501})


def test_nothing_is_observed_unless_asked_for() -> None:
    """Neither traces nor metrics; where they go is checked."""
    observability = create_api_settings().unwrap().observability
    assert (None, "") == (observability.http_port, observability.tracing_endpoint)
    given = {
        "http_port": -1,
        "tracing_endpoint": "collector:4317",
        "tracing_sample_ratio": 1.5,
    }
    assert {
        "FLEXT_API_OBSERVABILITY__HTTP_PORT",
        "FLEXT_API_OBSERVABILITY__TRACING_ENDPOINT",
        "FLEXT_API_OBSERVABILITY__TRACING_SAMPLE_RATIO",
    } == wrong(observability=given).keys()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:canary@h/db",
        "sqlite:///x.db",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:////x.db?mode=ro",
        "quality.db",
    ],
)
def test_a_database_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    """With what is allowed, and without the password."""
    error = create_api_settings(database={"url": url}).error
    assert error is not None
    assert "postgresql://" in error.message
    assert "sqlite+aiosqlite:///" in error.message
    assert "canary" not in error.message


def test_postgresql_without_its_driver_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to install it."""
    url = "postgresql+psycopg://u:canary@h/db"
    assert create_api_settings(database={"url": url}).is_success
    monkeypatch.setattr("flext_quality.settings.groups.database.find_spec", lambda _: None)
    error = create_api_settings(database={"url": url}).error
    assert error is not None
    assert "flext-quality[postgresql]" in error.message
    assert "canary" not in error.message
