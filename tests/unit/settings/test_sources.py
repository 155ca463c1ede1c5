from __future__ import annotations

import json
from pathlib import Path

import pytest

from flext_quality.option_group import Group
from flext_quality.settings import create_api_settings, load_settings
from flext_quality.settings.groups.security import SecuritySettings
from tests.settings_files import write, wrong

PORT = "FLEXT_API_API_PORT"


def port() -> tuple[int, str]:
    """The port in effect and where it comes from."""
    loaded = load_settings().unwrap()
    return loaded.settings.api_port, loaded.origin(("api_port",)).place


def test_each_source_wins_over_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Default, file, secret file, environment, caller; each says where it stands."""
    assert port() == (50051, "the default")
    write("config/development.yml", "# mine\napi_port: 1001\n")
    assert port() == (1001, "config/development.yml, key api_port, line 2")
    file = write("secrets/api_port", "1002\n")
    assert port() == (1002, f"the secret file {tmp_path / file}")
    monkeypatch.setenv(PORT, "1003")
    assert port() == (1003, f"the variable {PORT}")
    assert create_api_settings(api_port=1004).unwrap().api_port == 1004


def test_sources_are_mixed_option_by_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also within a group."""
    write("config/development.yml", "external_tools: {mypy: {timeout: 5, enabled: false}}")
    write("secrets/external_tools__mypy__memory_limit_mb", "512")
    monkeypatch.setenv("FLEXT_API_EXTERNAL_TOOLS__MYPY__TIMEOUT", "7")
    mypy = create_api_settings(external_tools={"mypy": {"strict_mode": True}}).unwrap()
    tool = mypy.external_tools.mypy
    assert (tool.timeout, tool.enabled, tool.memory_limit_mb) == (7, False, 512)
    assert tool.strict_mode is True


def test_a_kubernetes_mount_is_read(tmp_path: Path) -> None:
    """Files are links into ..data, which is a link itself; neither is an option."""
    write("secrets/..2026_01/redis__url", "redis://:pw@cache:6379/0\n")
    (tmp_path / "secrets" / "..data").symlink_to("..2026_01")
    (tmp_path / "secrets" / "redis__url").symlink_to("..data/redis__url")
    assert create_api_settings().unwrap().redis.url == "redis://:pw@cache:6379/0"


def test_files_of_others_in_the_secrets_directory_are_left_alone() -> None:
    """It is shared by all that runs in a container; names may be as those of variables."""
    write("secrets/tls.key", "x")
    write("secrets/kubernetes.io/serviceaccount/token", "x")
    write("secrets/FLEXT_API_DATABASE__URL", "sqlite+aiosqlite:///x")
    assert create_api_settings().unwrap().database.url == "sqlite+aiosqlite:///x"


def test_a_secret_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Directories, binary files, huge ones, misspelt names, and options that only variables set."""
    (tmp_path / "secrets" / "api_port").mkdir(parents=True)
    (tmp_path / "secrets" / "database__url").write_bytes(b"\xff\xfe")
    (tmp_path / "secrets" / "redis__url").write_bytes(b"x" * (1024**2 + 1))
    write("secrets/security__secret_encryption_kye", "x")
    write("secrets/environment", "production")
    found = wrong()
    assert "cannot be read: Is a directory" in found["FLEXT_API_API_PORT"]
    assert "is not UTF-8" in found["FLEXT_API_DATABASE__URL"]
    assert "is larger than 1,048,576 bytes" in found["FLEXT_API_REDIS__URL"]
    assert "only be set in the environment" in found["FLEXT_API_ENVIRONMENT"]
    misspelt = found["FLEXT_API_SECURITY__SECRET_ENCRYPTION_KYE"]
    assert "did you mean security.secret_encryption_key?" in misspelt
    assert "secrets/security__secret_encryption_kye" in misspelt


def test_an_unreadable_secrets_directory_is_told(tmp_path: Path) -> None:
    """It is not taken for an empty one."""
    (tmp_path / "secrets").symlink_to("secrets")
    assert "cannot be read" in wrong()["FLEXT_API_SECRETS_DIR"]


def test_everything_wrong_is_told_at_once_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full name, where it comes from, what is allowed; wherever it is."""
    write("config/development.yml", "max_retries: many\nredis:\n  ulr: x\ndatabase: 3\n")
    write("secrets/heartbeat_interval", "0")
    monkeypatch.setenv("FLEXT_API_OBSERVABILITY__LOG_LEVEL", "loud")
    monkeypatch.setenv("FLEXT_API_FEATURES__FLAGS", "{")
    monkeypatch.setenv("FLEXT_API_VAULT", "[]")
    found = wrong(api_port=-1)
    assert {name.removeprefix("FLEXT_API_") for name in found} == {
        *("API_PORT", "DATABASE", "FEATURES__FLAGS", "HEARTBEAT_INTERVAL", "MAX_RETRIES"),
        *("OBSERVABILITY__LOG_LEVEL", "REDIS__ULR", "VAULT"),
    }
    assert found["FLEXT_API_API_PORT"] == "Input should be greater than or equal to 0"
    assert "valid integer" in found["FLEXT_API_MAX_RETRIES"]
    assert "config/development.yml, key max_retries, line 1" in found["FLEXT_API_MAX_RETRIES"]
    assert "did you mean redis.url?" in found["FLEXT_API_REDIS__ULR"]
    assert "key redis.ulr, line 3" in found["FLEXT_API_REDIS__ULR"]
    assert "greater than or equal to 0.1" in found["FLEXT_API_HEARTBEAT_INTERVAL"]
    assert "secrets/heartbeat_interval" in found["FLEXT_API_HEARTBEAT_INTERVAL"]
    assert "'debug', 'info'" in found["FLEXT_API_OBSERVABILITY__LOG_LEVEL"]
    assert "has to be JSON" in found["FLEXT_API_FEATURES__FLAGS"]
    assert "group of options" in found["FLEXT_API_VAULT"]
    assert "group of options" in found["FLEXT_API_DATABASE"]


def test_a_group_may_be_json_or_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a variable, and from a caller; only what is set in an object counts."""
    monkeypatch.setenv("FLEXT_API_OBSERVABILITY", json.dumps({"log_level": "error"}))
    monkeypatch.setenv("FLEXT_API_SECURITY__NETWORK_IS_TRUSTED", "true")
    security: Group = SecuritySettings(allowed_project_paths=(Path("/srv"),))
    settings = create_api_settings(security=security).unwrap()
    assert settings.observability.log_level == "error"
    assert settings.security.allowed_project_paths == (Path("/srv"),)
    assert settings.security.network_is_trusted


def test_flags_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown flags, contradictions and names that are no project's."""
    monkeypatch.setenv("FLEXT_API_FEATURES__FLAGS", '{"dark-mode": {}}')
    assert "there is no flag 'dark-mode'" in wrong()["FLEXT_API_FEATURES__FLAGS"]
    for rule in ({"on_for": ["shop"]}, {"on_for": ["projects/a"], "off_for": ["projects/a"]}):
        monkeypatch.setenv("FLEXT_API_FEATURES__FLAGS", json.dumps({"analyzer.mypy": rule}))
        (name,) = wrong()
        assert name.startswith("FLEXT_API_FEATURES__FLAGS")


def test_vault_needs_something_to_log_in_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told before anything is asked."""
    monkeypatch.setenv("FLEXT_API_VAULT__ADDRESS", "https://127.0.0.1:1")
    assert "token is needed" in wrong()["FLEXT_API_VAULT"]
    monkeypatch.setenv("FLEXT_API_VAULT__AUTH", "kubernetes")
    assert "role is needed" in wrong()["FLEXT_API_VAULT"]


@pytest.mark.parametrize("key", ["", ",", "abc", "x" * 44, "é" * 44])
def test_encryption_keys_are_checked_and_not_quoted(key: str) -> None:
    """Each has to be 32 bytes in URL-safe base64."""
    (words,) = wrong(security={"secret_encryption_key": key}).values()
    assert "config new-key" in words
    assert not key or key not in words.replace(",", "") or key == ","


def test_tool_configurations_are_absolute_or_beside_the_configuration_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The working directory says nothing to anybody: it may be the analysed project's."""
    write("config/development.yml", "external_tools: {ruff: {config_file: ../ruff.toml}}")
    settings = create_api_settings().unwrap()
    assert settings.external_tools.ruff.config_file == tmp_path / "config" / ".." / "ruff.toml"
    variable = "FLEXT_API_EXTERNAL_TOOLS__RUFF__CONFIG_FILE"
    assert "absolute path" in wrong(external_tools={"ruff": {"config_file": "x.toml"}})[variable]
    monkeypatch.setenv(variable, "ruff.toml")
    assert "absolute path" in wrong()[variable]
    monkeypatch.setenv(variable, "/etc/ruff.toml")
    assert create_api_settings().unwrap().external_tools.ruff.config_file == Path("/etc/ruff.toml")
