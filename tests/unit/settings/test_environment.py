"""`FlextApiSettings()` by itself, and which variables it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from flext_quality.settings import FlextApiSettings, create_api_settings, settings_of
from flext_quality.settings.groups.database import DatabaseSettings
from tests.settings_files import write, wrong


def test_the_settings_read_the_environment_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every class of pydantic-settings does; what is given by name wins, within groups one by one."""
    monkeypatch.setenv("FLEXT_API_API_PORT", "6000")
    monkeypatch.setenv("flext_api_redis__timeout", "7")
    write("config/development.yml", "max_retries: 9\n")
    write("secrets/redis__url", "redis://:pw@cache/0\n")
    settings = FlextApiSettings(
        redis={"connect_timeout": 3}, database=DatabaseSettings(pool_size=2)
    )
    assert (settings.api_port, settings.max_retries, settings.database.pool_size) == (6000, 9, 2)
    assert (settings.redis.timeout, settings.redis.connect_timeout) == (7, 3)
    assert settings.redis.url == "redis://:pw@cache/0"


def test_the_settings_tell_all_that_is_wrong_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one error of pydantic's, with the place of each and the values of none."""
    monkeypatch.setenv("FLEXT_API_API_PORT", "canary")
    monkeypatch.setenv("FLEXT_API_FEATURES__FLAGS", "{canary")
    monkeypatch.setenv("FLEXT_API_REDIS__ULR", "canary")
    write(
        "config/development.yml",
        "max_retries: canary\nredis: canary\nsource: {max_files: {a: b}}\n",
    )
    write("secrets/api_socket/x", "canary")
    with pytest.raises(ValidationError) as raised:
        FlextApiSettings(heartbeat_interval="canary", canary="x")
    found = {line["loc"]: line["msg"] for line in raised.value.errors()}
    assert found.keys() == {
        *(("api_port",), ("api_socket",), ("features", "flags"), ("heartbeat_interval",)),
        *(("max_retries",), ("redis",), ("redis", "ulr"), ("source", "max_files"), ("canary",)),
    }
    assert found["max_retries",].endswith("(from config/development.yml, key max_retries, line 1)")
    assert "the variable FLEXT_API_REDIS__ULR" in found["redis", "ulr"]
    everything = f"{raised.value!r} {raised.value} {raised.value.errors()}"
    assert "canary" not in everything.replace("('canary',)", "").replace("\ncanary\n", "\n")


def test_settings_can_be_made_of_given_values_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """For tests and programs: neither environment, nor files, nor Vault say anything."""
    monkeypatch.setenv("FLEXT_API_API_PORT", "x")
    monkeypatch.setenv("FLEXT_API_VAULT__ADDRESS", "https://127.0.0.1:1")
    write("config/development.yml", "max_retries: 9\n")
    write("secrets/redis__url", "x")
    settings = settings_of(data_dir=tmp_path, database={"pool_size": 3}).unwrap()
    assert (settings.api_port, settings.max_retries, settings.redis.url) == (50051, 2, "")
    assert (settings.data_dir, settings.database.pool_size) == (tmp_path, 3)
    assert "FLEXT_API_API_PORT: " in str(settings_of(api_port=-1).error)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("DATABASE_ULR", "DATABASE__URL"),
        ("REDIS__ULR", "REDIS__URL"),
        ("PORT", "API_PORT"),
        ("api_hots", "API_HOST"),
        ("EXTERNAL_TOOLS__RUFF__ENABELD", "EXTERNAL_TOOLS__RUFF__ENABLED"),
        ("DISCOVERY__SERVICE_HOST", "DISCOVERY__SERVICE_NAME"),
    ],
)
def test_a_misspelt_variable_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: str, meant: str
) -> None:
    """With the name that it may be misspelt for: an operator's wish is not dropped in silence."""
    monkeypatch.setenv(f"FLEXT_API_{given}", "x")
    (words,) = wrong().values()
    assert words.startswith(f"there is no such option; did you mean FLEXT_API_{meant}? ")
    assert words.endswith(f"(from the variable FLEXT_API_{given})")


def test_a_variable_below_an_option_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Like nothing that there is, it gets no proposal."""
    monkeypatch.setenv("FLEXT_API_API_PORT__X", "1")
    monkeypatch.setenv("FLEXT_API_", "1")
    monkeypatch.setenv("FLEXT_API_QQQQQQQQ", "1")
    found = wrong()
    assert found.keys() == {"FLEXT_API_API_PORT__X", "FLEXT_API_", "FLEXT_API_QQQQQQQQ"}
    assert "did you mean" not in found["FLEXT_API_QQQQQQQQ"]


def test_variables_that_kubernetes_sets_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """For services that are called flext-api, or begin so."""
    for name, text in {
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "50051",
        "SERVICE_PORT_GRPC": "50051",
        "PORT": "tcp://10.0.0.1:50051",
        "PORT_50051_TCP": "tcp://10.0.0.1:50051",
        "PORT_50051_TCP_PROTO": "tcp",
        "PORT_50051_TCP_PORT": "50051",
        "PORT_50051_TCP_ADDR": "10.0.0.1",
        "METRICS_SERVICE_HOST": "10.0.0.2",
        "METRICS_PORT": "tcp://10.0.0.2:9464",
        "METRICS_PORT_9464_TCP_ADDR": "10.0.0.2",
    }.items():
        monkeypatch.setenv(f"FLEXT_API_{name}", text)
    assert create_api_settings().unwrap().api_port == 50051


def test_entries_of_mappings_have_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """So has what plugins are told, and what is different for a dependency."""
    monkeypatch.setenv("FLEXT_API_PLUGINS__OPTIONS__TODO__WORD", "fix")
    monkeypatch.setenv("FLEXT_API_RESILIENCE__DEPENDENCIES__HTTP__TIMEOUT", "3")
    settings = create_api_settings().unwrap()
    assert settings.plugins.options == {"todo": {"word": "fix"}}
    assert settings.resilience.policy_of("http").timeout == 3
