from __future__ import annotations

import pytest

from flext_quality.infrastructure.security.secret_box import new_key
from flext_quality.settings import load_settings
from flext_quality.settings.secret_values import as_rows, secret_values


def test_secrets_are_hidden_wherever_settings_are_shown() -> None:
    """Passwords in URLs, keys and tokens: in rows, in repr, in str; all of them are known to be secret."""
    first, second = new_key(), new_key()
    hook = "https://hooks.slack.com/services/T1/B1/canary"
    mail = {"smtp_server": "mail.example", "user": "ci", "password": "p4ssword3"}
    loaded = load_settings(
        database={"url": "postgresql+psycopg://u:p%40ssword1@db/q"},
        redis={"url": "redis://:p4ssword2@cache/0"},
        security={"secret_encryption_key": f"{first},{second}"},
        notifications={"slack": {"webhook_url": hook}, "email": mail},
    ).unwrap()
    secrets = secret_values(loaded.settings)
    assert {"p%40ssword1", "p@ssword1", "p4ssword2", "p4ssword3", hook, first, second} <= secrets
    rows = {row["name"]: row["value"] for row in as_rows(loaded)}
    assert rows["database.url"] == "postgresql+psycopg://u:********@db/q"
    assert rows["redis.url"] == "redis://:********@cache/0"
    assert rows["security.secret_encryption_key"] == "********"
    for text in (str(rows), repr(loaded), str(loaded.settings), repr(loaded.settings.redis)):
        assert not [secret for secret in secrets if secret in text]


@pytest.mark.parametrize(
    "url", ["", "sqlite+aiosqlite:///x", "postgresql+psycopg://db/0", "postgresql+psycopg://[bad"]
)
def test_urls_without_a_password_are_shown_as_they_are(url: str) -> None:
    """And hold no secret."""
    loaded = load_settings(database={"url": url}).unwrap()
    assert next(r["value"] for r in as_rows(loaded) if r["name"] == "database.url") == url
    assert secret_values(loaded.settings) == frozenset()


def test_values_are_shown_as_text() -> None:
    """As a variable would hold them."""
    loaded = load_settings(
        security={"allowed_project_paths": ["/srv/b", "/srv/a"]},
        external_tools={
            "sarif_tools": [{"name": "x", "command": ["y"], "success_exit_codes": [1]}]
        },
        features={"flags": {"analyzer.mypy": {"off_for": ["projects/b", "projects/a"]}}},
        heartbeat_interval=2.5,
    ).unwrap()
    rows = {row["name"]: row for row in as_rows(loaded)}
    assert rows["security.allowed_project_paths"]["value"] == '["/srv/b", "/srv/a"]'
    assert '"command": ["y"]' in rows["external_tools.sarif_tools"]["value"]
    assert '"off_for": ["projects/' in rows["features.flags"]["value"]
    assert rows["heartbeat_interval"]["value"] == "2.5"
    assert rows["heartbeat_interval"]["source"] == "command line"
    assert rows["security.network_is_trusted"]["value"] == "false"
