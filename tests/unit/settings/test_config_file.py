from __future__ import annotations

from pathlib import Path

import pytest

from flext_quality.settings import create_api_settings, load_settings
from tests.settings_files import write, wrong

FILE = "config/development.yml"


@pytest.mark.parametrize("environment", ["development", "staging", "production", "test"])
def test_each_environment_has_its_file(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    """FLEXT_API_ENVIRONMENT chooses; development is the default."""
    for number, name in enumerate(("development", "staging", "production", "test"), 1):
        write(f"config/{name}.yml", f"api_port: {number}\nnotifications: {{enabled: false}}")
    if environment != "development":
        monkeypatch.setenv("FLEXT_API_ENVIRONMENT", environment)
    expected = {"development": 1, "staging": 2, "production": 3, "test": 4}[environment]
    assert create_api_settings().unwrap().api_port == expected


def test_where_files_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The named directory alone; or else ./config, or else the user's."""
    write("home/flext-quality/development.yml", "api_port: 1")
    assert create_api_settings().unwrap().api_port == 1
    write(FILE, "api_port: 2")
    assert create_api_settings().unwrap().api_port == 2
    monkeypatch.setenv("FLEXT_API_CONFIG_DIR", str(tmp_path / "elsewhere"))
    loaded = load_settings().unwrap()
    assert (loaded.settings.api_port, loaded.file) == (50051, None)
    assert loaded.notes == ("there is no configuration file development.yml",)
    write("elsewhere/development.yml", "api_port: 3")
    assert create_api_settings().unwrap().api_port == 3


def test_references_stand_for_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a default for one that is missing or empty; two dollars for one; also within a text."""
    monkeypatch.setenv("HOST", "db.example")
    monkeypatch.setenv("NOTHING", "")
    monkeypatch.setenv("PATHS", "/srv/a:/srv/b")
    write(
        FILE,
        "database: {url: 'postgresql://${HOST}:${PORT:-5432}/${NOTHING:-q}$${x}'}\n"
        "api_port: ${PORT:-7000}\n"
        "api_host: '${NOTHING}'\n"
        "security: {allowed_project_paths: '${PATHS}'}\n"
        "external_tools: {ruff: {enabled: '${RUFF:-false}'}}\n",
    )
    settings = create_api_settings().unwrap()
    assert settings.database.url == "postgresql+psycopg://db.example:5432/q${x}"
    assert (settings.api_port, settings.api_host) == (7000, "")
    assert settings.security.allowed_project_paths == (Path("/srv/a"), Path("/srv/b"))
    assert not settings.external_tools.ruff.enabled


def test_a_missing_variable_is_an_error_with_its_place() -> None:
    """File, key, line and variable; and a reference that is none is one, too."""
    write(FILE, "api_host: x\nredis:\n  url: ${REDIS}\ndatabase:\n  url: ${not closed\n")
    found = wrong()
    assert found["FLEXT_API_REDIS__URL"] == (
        "the variable REDIS is not set and has no default "
        "(from config/development.yml, key redis.url, line 3)"
    )
    assert "${VAR} or ${VAR:-default}" in found["FLEXT_API_DATABASE__URL"]


def test_lists_and_mappings_are_written_as_yaml() -> None:
    """Items may have references, too."""
    write(
        FILE,
        "security:\n  allowed_project_paths: [/srv/a, '${B:-/srv/b}']\n"
        "external_tools:\n  sarif_tools:\n    - {name: lint, command: [lint, '{root}'], timeout: 5}\n"
        "features:\n  flags:\n    analyzer.mypy: {off_for: [projects/shop]}\n",
    )
    settings = create_api_settings().unwrap()
    assert settings.security.allowed_project_paths == (Path("/srv/a"), Path("/srv/b"))
    assert settings.external_tools.sarif_tools[0].command == ("lint", "{root}")
    assert settings.features.flags["analyzer.mypy"].off_for == {"projects/shop"}


def test_what_is_empty_says_nothing() -> None:
    """A file of comments, a group or an option without a value: the defaults."""
    for text in ("", "# nothing\n", "security:\napi_socket:\ndata_dir:\n"):
        write(FILE, text)
        assert create_api_settings().unwrap().api_port == 50051


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b: c", "is not YAML: mapping values are not allowed here in line 1"),
        ("- x", "has to be a mapping"),
        ("api_host: \x01", "characters that YAML does not allow"),
        ("a: " + "[" * 5000, "nested too deeply"),
        (
            "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b ["
            + "*a, " * 99
            + "]\nc: ["
            + "*b, " * 99
            + "]",
            "20,000",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named(text: str, words: str) -> None:
    """With what is wrong, and without what is in it."""
    write(FILE, text)
    assert words in wrong()[FILE]


def test_a_wrong_key_is_named_with_its_line() -> None:
    """Unknown, given twice, of a strange type, or not for files."""
    write(
        FILE,
        "api_prot: 1\nmax_retries: 1\nmax_retries: 2\napi_host: !!python/name:os.system x\n"
        "environment: test\nsource: 3\nshutdown_grace: !!int x\n",
    )
    found = wrong()
    assert found["FLEXT_API_API_PROT"] == (
        "there is no such option; did you mean api_port? "
        "(from config/development.yml, key api_prot, line 1)"
    )
    assert "given twice" in found["FLEXT_API_MAX_RETRIES"]
    assert "YAML type" in found["FLEXT_API_API_HOST"]
    assert "YAML type" in found["FLEXT_API_SHUTDOWN_GRACE"]
    assert "only be set in the environment" in found["FLEXT_API_ENVIRONMENT"]
    assert "group of options" in found["FLEXT_API_SOURCE"]


def test_production_refuses_what_is_insecure_and_says_which(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each with what to do; other environments take it."""
    write("config/production.yml", "observability: {log_level: debug}\napi_host: 0.0.0.0\n")
    write("config/staging.yml", "observability: {log_level: debug}\napi_host: 0.0.0.0\n")
    monkeypatch.setenv("FLEXT_API_ENVIRONMENT", "staging")
    assert create_api_settings().is_success
    monkeypatch.setenv("FLEXT_API_ENVIRONMENT", "production")
    found = wrong()
    assert found.keys() == {
        "FLEXT_API_API_HOST",
        "FLEXT_API_OBSERVABILITY__LOG_LEVEL",
        "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY",
    }
    assert "NETWORK_IS_TRUSTED" in found["FLEXT_API_API_HOST"]
    assert "config/production.yml" in found["FLEXT_API_OBSERVABILITY__LOG_LEVEL"]
    assert "the default" in found["FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_production_starts_when_it_is_secure(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """This machine alone, and no secrets to keep."""
    monkeypatch.setenv("FLEXT_API_ENVIRONMENT", "production")
    settings = create_api_settings(api_host=host, notifications={"enabled": False})
    assert settings.unwrap().environment == "production"
    assert create_api_settings(
        api_host="example.org",
        security={"network_is_trusted": True},
        notifications={"enabled": False},
    ).is_success
