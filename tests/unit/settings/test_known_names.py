"""Names of options that operators know from the system before, and from our own earlier versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from flext_quality.settings import create_api_settings
from tests.settings_files import write, wrong

FILE = "config/production.yml"
HOOK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def test_a_file_with_the_known_names_is_taken_as_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All of them at once, in production."""
    write("config/pyproject.toml", "[tool.ruff]\nline-length = 100\n")
    write(
        FILE,
        f"""
database:
  url: ${{DATABASE_URL}}
  pool_size: 20
  max_overflow: 10
redis:
  url: redis://:secret@cache:6379/0
  connection_pool_size: 30
external_tools:
  ruff:
    enabled: true
    timeout: 60
    config_file: pyproject.toml
observability:
  tracing_endpoint: http://collector:4317
  service_name: quality
notifications:
  slack:
    webhook_url: {HOOK}
    default_channel: "#quality"
  email:
    smtp_server: mail.example.com
    smtp_port: 587
    from_email: quality@example.com
security:
  secret_encryption_key: MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=
""",
    )
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@db:5432/quality")
    monkeypatch.setenv("FLEXT_API_ENVIRONMENT", "production")
    settings = create_api_settings().unwrap()
    database, observability = settings.database, settings.observability
    assert settings.effective_database_url == "postgresql+psycopg://user:secret@db:5432/quality"
    assert (database.pool_size, database.max_overflow) == (20, 10)
    assert settings.redis.connection_pool_size == 30
    ruff = settings.external_tools.ruff
    assert (ruff.config_file, ruff.timeout) == (tmp_path / "config" / "pyproject.toml", 60)
    assert observability.tracing_endpoint == "http://collector:4317"
    assert observability.service_name == "quality"
    slack, email = settings.notifications.slack, settings.notifications.email
    assert slack.webhook_url is not None
    assert slack.webhook_url.get_secret_value() == HOOK
    assert slack.default_channel == "#quality"
    assert (email.smtp_server, email.smtp_port) == ("mail.example.com", 587)
    assert email.from_email == "quality@example.com"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DATABASE_URL", "DATABASE__URL"),
        ("DATABASE_POOL_SIZE", "DATABASE__POOL_SIZE"),
        ("REDIS__MAX_CONNECTIONS", "REDIS__CONNECTION_POOL_SIZE"),
        ("OBSERVABILITY__TRACING__ENDPOINT", "OBSERVABILITY__TRACING_ENDPOINT"),
        ("OBSERVABILITY__TRACING__SAMPLE_RATIO", "OBSERVABILITY__TRACING_SAMPLE_RATIO"),
        ("OBSERVABILITY__METRICS_ENDPOINT", "OBSERVABILITY__HTTP_HOST"),
    ],
)
def test_a_name_that_is_no_more_tells_the_new_one(
    monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    """Rather than that nobody reads what it says."""
    monkeypatch.setenv(f"FLEXT_API_{old}", "1")
    found = wrong()
    assert found.keys() == {f"FLEXT_API_{old}"}
    assert f"there is no such option any more; set FLEXT_API_{new} " in found[f"FLEXT_API_{old}"]


def test_old_names_in_files_tell_the_new_ones_as_they_stand_there() -> None:
    """Metrics are read from the server, at an address that it listens on: they are sent nowhere."""
    write(
        "config/development.yml",
        "database_url: x\nobservability: {metrics_endpoint: 'http://prometheus:9090', tracing: {}}\n",
    )
    write("secrets/database_pool_size", "3")
    found = wrong()
    assert found["FLEXT_API_DATABASE_URL"].endswith(
        "set database.url (from config/development.yml, key database_url, line 1)"
    )
    assert "set database.pool_size (from" in found["FLEXT_API_DATABASE_POOL_SIZE"]
    told = found["FLEXT_API_OBSERVABILITY__METRICS_ENDPOINT"]
    assert "set observability.http_host and observability.http_port" in told
    told = found["FLEXT_API_OBSERVABILITY__TRACING"]
    assert "set observability.tracing_endpoint and observability.tracing_sample_ratio" in told


def test_a_postgresql_url_needs_no_driver() -> None:
    """The server has one only; another one is refused."""
    for url in ("postgresql://u:p@db/q", "postgresql+psycopg://u:p@db/q"):
        database = create_api_settings(database={"url": url}).unwrap().database
        assert database.url == "postgresql+psycopg://u:p@db/q"
    told = wrong(database={"url": "postgresql+asyncpg://u:canary@db/q"})["FLEXT_API_DATABASE__URL"]
    assert "has to be postgresql://" in told
    assert "canary" not in told


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"slack": {"default_channel": "#x"}}, "default_channel needs webhook_url"),
        ({"slack": {"webhook_url": "https://x.example/canary"}}, "https://hooks.slack.com/"),
        ({"slack": {"webhook_url": HOOK, "default_channel": "a b"}}, "pattern"),
        ({"email": {"smtp_port": 25}}, "smtp_port and user need smtp_server"),
        ({"email": {"smtp_server": "m.example", "password": "canary"}}, "password needs user"),
        ({"email": {"from_email": "canary"}}, "pattern"),
        ({"email": {"smtp_server": "smtp://m"}}, "pattern"),
    ],
)
def test_defaults_of_channels_that_say_nothing_are_refused(
    values: dict[str, object], told: str
) -> None:
    """When the server starts, not when a message is to be sent."""
    found = str(wrong(notifications=values))
    assert told in found
    assert "canary" not in found
