from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flext_quality.infrastructure.security.secret_box import new_key
from flext_quality_client import QualityClient
from tests.e2e.commands import Commands
from tests.settings_files import write
from tests.vault import FakeVault
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def own_sources(commands: Commands) -> None:
    """No secret files or configuration but the test's own."""
    commands.environment["FLEXT_API_SECRETS_DIR"] = str(commands.directory / "secrets")
    commands.environment["XDG_CONFIG_HOME"] = str(commands.directory / "home")
    commands.environment["NO_PROXY"] = "127.0.0.1"


def rows(result: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    """What `config show --format json` shows, by name."""
    return {row["name"]: row for row in json.loads(result.stdout)["options"]}


def test_files_are_begun_and_never_overwritten(commands: Commands) -> None:
    """One for each environment; all of them are valid."""
    write(commands.directory / "config" / "test.yml", "api_port: 1\n")
    result = commands.run("config", "init")
    assert 0 == result.returncode
    assert 3 == result.stdout.count("made")
    assert "config/test.yml is there already and stays as it is" in result.stdout
    assert "api_port: 1\n" == (commands.directory / "config" / "test.yml").read_text()
    assert 0 == commands.run("config", "validate", "config/staging.yml").returncode
    (commands.directory / "file").touch()
    assert 73 == commands.run("config", "init", "file/x").returncode


def test_files_are_begun_where_they_are_wanted(commands: Commands) -> None:
    """In the named directory, or the one of FLEXT_API_CONFIG_DIR; how they come to be read is told."""
    result = commands.run("config", "init", "some/where")
    made = {file.name for file in (commands.directory / "some" / "where").iterdir()}
    assert made == {"development.yml", "staging.yml", "production.yml", "test.yml"}
    assert not (commands.directory / "config").exists()
    where = str(commands.directory / "some" / "where")
    assert f"note: they are read with FLEXT_API_CONFIG_DIR={where}\n" == result.stderr
    assert where in commands.run("config", "show", FLEXT_API_CONFIG_DIR=where).stdout
    elsewhere = commands.directory / "elsewhere"
    result = commands.run("config", "init", FLEXT_API_CONFIG_DIR=str(elsewhere))
    assert (4, "") == (len(list(elsewhere.iterdir())), result.stderr)


def test_all_values_are_shown_with_their_sources(commands: Commands) -> None:
    """As text and as JSON."""
    write(commands.directory / "config" / "development.yml", "max_retries: 7\n")
    environment = {"FLEXT_API_API_PORT": "1234", "FLEXT_API_CONFIG_DIR": "config"}
    found = rows(commands.run("config", "show", "--format", "json", **environment))
    assert ("1234", "environment") == (found["api_port"]["value"], found["api_port"]["source"])
    assert ("7", "file") == (found["max_retries"]["value"], found["max_retries"]["source"])
    assert "default" == found["api_host"]["source"]
    result = commands.run("config", "show", **environment)
    assert result.stdout.startswith("environment development, file config/development.yml\n")
    assert "7  # config/development.yml, key max_retries, line 1" in result.stdout
    environment["FLEXT_API_ENVIRONMENT"] = "staging"
    result = commands.run("config", "show", **environment)
    assert "note: there is no configuration file staging.yml\n" == result.stderr


def test_a_file_is_checked_before_it_is_used(commands: Commands) -> None:
    """Everything wrong in it, a line for each; by its name production's is held to production's rules."""
    bad = write(commands.directory / "bad.yml", "max_retries: x\napi_prot: 1\n")
    result = commands.run("config", "validate", bad)
    assert 78 == result.returncode
    assert "FLEXT_API_MAX_RETRIES: " in result.stderr
    assert f"{bad}, key api_prot, line 2" in result.stderr
    assert "2 settings are wrong" in result.stderr
    production = write(commands.directory / "production.yml", "max_retries: 1\n")
    result = commands.run("config", "validate", production)
    assert (78, True) == (result.returncode, "SECRET_ENCRYPTION_KEY" in result.stderr)
    assert 66 == commands.run("config", "validate", "nothing.yml").returncode
    result = commands.run("config", "validate", FLEXT_API_CONFIG_DIR="x")
    assert (0, True) == (result.returncode, "note: " in result.stderr)
    result = commands.run("doctor", "--format", "json", FLEXT_API_CONFIG_DIR="x")
    settings = [c for c in json.loads(result.stdout)["checks"] if c["name"] == "settings"]
    assert "note" == settings[0]["status"]


def test_a_misspelt_variable_keeps_the_server_from_starting(commands: Commands) -> None:
    """With all else that is wrong, and what it may be misspelt for."""
    result = commands.run(
        "serve", FLEXT_API_API_PROT="1", FLEXT_API_DATABASE_URL="x", FLEXT_API_API_SOCKET="/x/y"
    )
    assert 78 == result.returncode
    assert "FLEXT_API_API_PROT: there is no such option; did you mean FLEXT_API_API_PORT?" in (
        result.stderr
    )
    assert "no such option any more; set FLEXT_API_DATABASE__URL" in result.stderr


def test_a_new_key_can_be_used(commands: Commands) -> None:
    """As it is printed."""
    key = commands.run("config", "new-key").stdout.strip()
    options = {"FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY": key}
    assert 0 == commands.run("config", "validate", **options).returncode


def test_the_analysed_code_brings_no_settings(commands: Commands, shop: Path) -> None:
    """A config directory where the command is started says nothing to analyze: it could name programs."""
    mark = commands.directory / "executed"
    tools = json.dumps([{"name": "evil", "command": ["touch", str(mark)]}])
    write(
        commands.directory / "config" / "development.yml",
        f"external_tools: {{sarif_tools: {tools}}}",
    )
    result = commands.run("analyze", shop, "--format", "json")
    assert 0 == result.returncode
    assert "evil" not in result.stdout
    assert not mark.exists()
    assert 0 == commands.run("analyze", shop, "--analyzers", "ruff").returncode
    write(commands.directory / "home" / "flext-quality" / "development.yml", "max_retries: x")
    assert 78 == commands.run("analyze", shop).returncode


def test_no_secret_gets_out(commands: Commands, shop: Path) -> None:
    """Planted in every source; nothing that any command, log, error or answer says holds one."""
    key = new_key()
    canaries = {"environment": "canary-one", "file": "canary-two", "vault": "canary-three"}
    canaries |= {"secret file": key, "token": "canary-token"}
    vault = FakeVault(
        {"secret/flext-quality": {"redis__url": "redis://:canary-three@cache/0"}}, {"canary-token"}
    )
    write(commands.directory / "secrets" / "security__secret_encryption_key", key)
    write(
        commands.directory / "config" / "development.yml",
        "vault: {token: canary-token}\nobservability: {log_level: debug}\n"
        "database: {url: 'postgresql://u:canary-two@127.0.0.1:1/q'}\n",
    )
    commands.environment["FLEXT_API_VAULT__ADDRESS"] = vault.address
    database = {"FLEXT_API_DATABASE__URL": "postgresql+psycopg://u:canary-one@127.0.0.1:1/q"}
    said: list[str] = []

    def run(*arguments: str, **environment: str) -> None:
        result = commands.run(*arguments, **environment)
        said.extend((result.stdout, result.stderr))

    try:
        for environment in (database, {"FLEXT_API_API_PORT": "x"}):
            run("config", "show", **environment)
            run("config", "validate", **environment)
            run("doctor", **environment)
            run("serve", "--port", "0", **environment)
        run("config", "show", "--format", "json")
        run("doctor", "--format", "json")
        run("config", "validate", FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY="canary-one")
        run("config", "validate", FLEXT_API_SECURITY="canary-one")
        run("config", "validate", FLEXT_API_VAULT__TOKEN="canary-one")
        run("config", "validate", FLEXT_API_REDIS__URL="redis://[canary-one", FLEXT_API_REDIS="{")
        sqlite = f"sqlite+aiosqlite:///{commands.directory}/q.db"
        server = commands.start(
            "serve", "--port", "0", "--allow", str(shop), FLEXT_API_DATABASE__URL=sqlite
        )
        address = server.wait_for(lambda line: line.startswith("listening on ")).split()[-1]
        run("analyze", str(shop), "--server", address, "--format", "json")
        with QualityClient(address) as client:
            said.append(str(list(client.projects.list())))
        server.process.terminate()
        assert 0 == server.end()
        said += server.lines + server.errors
        vault.sealed = True
        run("config", "show", FLEXT_API_MAX_RETRIES="0")
    finally:
        vault.stop()
    everything = "\n".join(said)
    assert "serving" in everything
    assert "sealed" in everything
    assert {} == {name: c for name, c in canaries.items() if c in everything}


def test_changes_of_the_file_take_effect_while_the_server_runs(
    commands: Commands, shop: Path
) -> None:
    """Tools, flags and the log's level; a wrong file changes nothing; the log tells all of it."""
    file = write(
        commands.directory / "config" / "development.yml", "observability: {log_level: error}\n"
    )
    server = commands.start("serve", "--port", "0", "--allow", str(shop))
    address = server.wait_for(lambda line: line.startswith("listening on ")).split()[-1]

    def outcomes() -> dict[str, Any]:
        chosen = ("--analyzers", "ruff,bandit", "--format", "json")
        result = commands.run("analyze", shop, "--server", address, *chosen)
        analysis = json.loads(result.stdout)["analysis"]
        return {o["analyzer"]: o["state"] for o in analysis["outcomes"]}

    def logged(text: str) -> Callable[[], bool]:
        return lambda: any(text in line for line in server.errors)

    before = outcomes()
    assert [] == server.errors
    file.write_text("external_tools: {ruff: {enabled: false}}\nshutdown_grace: 7\n")
    wait_until(logged("external_tools.ruff.enabled"))
    wait_until(logged("these settings change with the next start"))
    after = outcomes()
    assert before["ruff"] != after["ruff"]
    assert before["bandit"] == after["bandit"]
    file.write_text("external_tools: {ruff: {enabled: maybe}}\n")
    wait_until(logged("the settings stay as they were"))
    wait_until(logged("FLEXT_API_EXTERNAL_TOOLS__RUFF__ENABLED"))
    assert after == outcomes()
    # Editors write beside the file and rename.
    write(
        file.with_suffix(".new"), "features: {flags: {analyzer.bandit: {enabled: false}}}\n"
    ).rename(file)
    wait_until(logged("features.flags"))
    flagged = outcomes()
    assert before["ruff"] == flagged["ruff"]
    assert after["ruff"] == flagged["bandit"]
    server.process.terminate()
    assert 0 == server.end()


def test_vault_may_go_away_while_the_server_runs(commands: Commands, shop: Path) -> None:
    """The server goes on with what it has, and logs."""
    vault = FakeVault({"secret/flext-quality": {"max_queued_analyses": 9}}, {"root"}, ttl=1)
    commands.environment |= {
        "FLEXT_API_VAULT__ADDRESS": vault.address,
        "FLEXT_API_VAULT__TOKEN": "root",
    }
    try:
        server = commands.start("serve", "--port", "0", "--allow", str(shop))
        address = server.wait_for(lambda line: line.startswith("listening on ")).split()[-1]
        vault.wait_for("POST /v1/auth/token/renew-self")
    finally:
        vault.stop()
    wait_until(lambda: any("vault does not renew the token" in line for line in server.errors))
    result = commands.run("analyze", shop, "--server", address, "--analyzers", "ruff")
    assert 0 == result.returncode
    server.process.terminate()
    assert 0 == server.end()
