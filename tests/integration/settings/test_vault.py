from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from flext_quality.settings import load_settings
from flext_quality.settings.loading import LoadedSettings
from flext_quality.settings.sources.vault_session import VaultSession
from tests.logs import Line, captured_logs
from tests.settings_files import write, wrong
from tests.vault import FakeVault
from tests.waiting import until

ADDRESS = "FLEXT_API_VAULT__ADDRESS"
LOOK = "GET /v1/auth/token/lookup-self"
RENEW = "POST /v1/auth/token/renew-self"
LOGIN = "POST /v1/auth/kubernetes/login"
READ = "GET /v1/secret/data/flext-quality"


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVault]:
    """A Vault that the settings name, with a token that it knows."""
    vault = FakeVault({"secret/flext-quality": {}})
    monkeypatch.setenv(ADDRESS, vault.address)
    monkeypatch.setenv("FLEXT_API_VAULT__TOKEN", "root-token")
    monkeypatch.setenv("FLEXT_API_VAULT__TIMEOUT", "60")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield vault
    vault.stop()


@pytest.fixture
def kubernetes(monkeypatch: pytest.MonkeyPatch, vault: FakeVault, tmp_path: Path) -> FakeVault:
    """The same, where a service account logs in."""
    monkeypatch.delenv("FLEXT_API_VAULT__TOKEN")
    monkeypatch.setenv("FLEXT_API_VAULT__AUTH", "kubernetes")
    monkeypatch.setenv("FLEXT_API_VAULT__ROLE", "quality")
    jwt = write(tmp_path / "jwt", "service-account-jwt\n")
    monkeypatch.setenv("FLEXT_API_VAULT__KUBERNETES_TOKEN_FILE", str(jwt))
    return vault


def load() -> LoadedSettings:
    """The settings."""
    return load_settings().unwrap()


def session() -> VaultSession:
    """The session of loaded settings."""
    found = load().vault
    assert found is not None
    return found


def test_options_come_from_one_secret(monkeypatch: pytest.MonkeyPatch, vault: FakeVault) -> None:
    """Over the file, below secret files and variables; foreign keys are left alone, types kept."""
    vault.secrets["secret/flext-quality"] = {
        "FLEXT_API_REDIS__URL": "redis://vault/0",
        "max_retries": 4,
        "api_port": "1000",
        "database__url": "sqlite+aiosqlite:////vault.db",
        "external_tools": {"ruff": {"timeout": 9}},
        "of_another_program": "x",
    }
    write("config/development.yml", "max_retries: 1\nheartbeat_interval: 3")
    write("secrets/api_port", "1001")
    monkeypatch.setenv("FLEXT_API_DATABASE__URL", "sqlite+aiosqlite:////variable.db")
    loaded = load()
    settings = loaded.settings
    assert (settings.redis.url, settings.max_retries) == ("redis://vault/0", 4)
    assert (settings.api_port, settings.database.url) == (1001, "sqlite+aiosqlite:////variable.db")
    assert (settings.heartbeat_interval, settings.external_tools.ruff.timeout) == (3, 9)
    assert loaded.origin(("redis", "url")).place == (
        "Vault, secret/flext-quality, key FLEXT_API_REDIS__URL"
    )


def test_a_wrong_value_in_vault_is_named_with_its_key(vault: FakeVault) -> None:
    """So are options that say where to look, which Vault cannot hold."""
    vault.secrets["secret/flext-quality"] = {
        "api_port": "x",
        "environment": "test",
        "vault__token": "y",
        "redis__ulr": "z",
    }
    found = wrong()
    assert "Vault, secret/flext-quality, key api_port" in found["FLEXT_API_API_PORT"]
    assert "can only be set in the environment" in found["FLEXT_API_ENVIRONMENT"]
    assert "cannot be set in Vault" in found["FLEXT_API_VAULT__TOKEN"]
    assert "did you mean redis.url?" in found["FLEXT_API_REDIS__ULR"]


def test_a_service_account_logs_in(monkeypatch: pytest.MonkeyPatch, kubernetes: FakeVault) -> None:
    """With its token's file and a role, in a namespace, another mount and path if wanted."""
    kubernetes.namespace = "team"
    kubernetes.secrets["kv/our/quality"] = {"api_port": 7}
    monkeypatch.setenv("FLEXT_API_VAULT__NAMESPACE", "team")
    monkeypatch.setenv("FLEXT_API_VAULT__MOUNT", "kv")
    monkeypatch.setenv("FLEXT_API_VAULT__PATH", "our/quality")
    assert load().settings.api_port == 7


def test_what_passes_is_tried_again(vault: FakeVault) -> None:
    """A sealed Vault, an overloaded one: as often as max_retries says."""
    vault.failures = [(503, {"errors": ["sealed"]}), (500, {"errors": ["x"]})]
    assert load().settings.api_port == 50051
    assert vault.calls == [READ] * 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "does not let us in"),
        (404, "no such secret"),
        (503, "sealed or under maintenance"),
        (400, "answers with an error"),
        (200, "does not speak its protocol"),
    ],
)
def test_why_vault_did_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, vault: FakeVault, status: int, words: str
) -> None:
    """And nothing of its answer, which could quote what was sent."""
    monkeypatch.setenv("FLEXT_API_MAX_RETRIES", "0")
    vault.failures = [(status, {"errors": ["the token root-token is no good"]})]
    (name, found), *others = wrong().items()
    assert (name, others) == (ADDRESS, [])
    assert words in found
    assert "root-token" not in found


def test_a_vault_that_is_away_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, vault: FakeVault
) -> None:
    """So that no server runs with half of its settings; other errors are told with it."""
    monkeypatch.setenv("FLEXT_API_MAX_RETRIES", "0")
    monkeypatch.setenv("FLEXT_API_API_PORT", "x")
    vault.stop()
    found = wrong()
    assert "cannot be reached" in found[ADDRESS]
    assert found.keys() == {ADDRESS, "FLEXT_API_API_PORT"}


def test_a_service_account_without_a_token_is_told(kubernetes: FakeVault, tmp_path: Path) -> None:
    """With the file where it should be."""
    (tmp_path / "jwt").unlink()
    assert f"cannot be read from {tmp_path}/jwt" in wrong()[ADDRESS]


async def test_a_token_is_renewed_again_and_again(vault: FakeVault) -> None:
    """At two thirds of its life."""
    vault.ttl = 1
    keeping = asyncio.create_task(session().keep_alive())
    await asyncio.to_thread(vault.wait_for, RENEW, 2)
    keeping.cancel()


def of_vault(line: Line) -> bool:
    """Whether the settings' Vault logged it."""
    return "vault" in line["event"]


async def test_a_token_without_end_needs_no_renewal(vault: FakeVault) -> None:
    """It is looked at once; so is one that cannot be renewed, which the log tells."""
    vault.ttl = 0
    await session().keep_alive()
    assert vault.calls == [READ, LOOK]
    vault.ttl, vault.renewable = 60, False
    with captured_logs(of_vault) as logs:
        await session().keep_alive()
    assert [log["event"] for log in logs] == ["vault's token cannot be renewed"]


async def test_a_lost_token_is_replaced_by_a_new_login(kubernetes: FakeVault) -> None:
    """With Kubernetes; also where Vault's policy allows no renewal, and for the next read."""
    kubernetes.ttl = 1
    found = session()
    kubernetes.tokens.clear()
    keeping = asyncio.create_task(found.keep_alive())
    await asyncio.to_thread(kubernetes.wait_for, LOGIN, 2)
    kubernetes.renewable = False
    await asyncio.to_thread(kubernetes.wait_for, LOGIN, 3)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    kubernetes.tokens.clear()
    assert found.read() == {}


async def test_a_lost_token_is_told_and_nothing_breaks(vault: FakeVault) -> None:
    """A token that somebody gave cannot be replaced: secrets stay as they were read."""
    found = session()
    vault.tokens.clear()
    with captured_logs(of_vault) as logs:
        await found.keep_alive()
    assert [log["log_level"] for log in logs] == ["error"]
    assert "root-token" not in str(logs)


async def test_vault_going_away_is_logged(
    monkeypatch: pytest.MonkeyPatch, vault: FakeVault
) -> None:
    """The renewal goes on trying."""
    monkeypatch.setattr("flext_quality.settings.sources.vault_session._TRY_AGAIN_SECONDS", 0.05)
    found = session()
    vault.stop()
    with captured_logs(of_vault) as logs:
        keeping = asyncio.create_task(found.keep_alive())
        await until(lambda: len(logs) > 1)
        assert not keeping.done()
        keeping.cancel()
    assert {log["event"] for log in logs} == {"vault does not renew the token"}
