"""Looks at everything that the product needs where it runs."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flext_quality.infrastructure.analyzers.sarif.settings import SarifToolSettings
    from flext_quality.settings import FlextApiSettings, LoadedSettings

_PYTHON = (3, 11)
_PACKAGES = ("grpcio", "protobuf", "protovalidate", "sqlalchemy", "flext-quality-client")
_TOOL_SECONDS = 30.0
_LITTLE_SPACE = 500 * 1024**2
"""Bytes. A working copy and the tools' caches of a large project take less."""


class Status(StrEnum):
    """What a check comes to."""

    OK = "ok"
    NOTE = "note"
    """Works, but somebody may want to know."""
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `hint` says how to mend it."""

    name: str
    status: Status
    found: str
    hint: str = ""


async def check_everything() -> list[Check]:
    """All checks, in the order in which they are shown."""
    from flext_quality.settings import load_settings

    checks = [_python(), *(_package(name) for name in _PACKAGES)]
    checks += await asyncio.gather(*(_tool(package) for package in _tools()))
    result = load_settings()
    if result.error is not None:
        hint = 'correct or unset these; "flext-quality config validate" lists them'
        return [*checks, Check("settings", Status.FAILED, str(result.error), hint)]
    loaded = result.unwrap()
    settings = loaded.settings
    database = await _database(settings)
    return [
        *checks,
        _settings(loaded),
        *(_sarif_tool(tool) for tool in settings.external_tools.sarif_tools),
        _data_dir(settings.data_dir),
        database,
        _allowed_paths(settings),
        *_plugins(settings),
        await _registry(settings),
        *await _health(settings, database),
    ]


def _settings(loaded: LoadedSettings) -> Check:
    file = f"with {loaded.file}" if loaded.file else "without a configuration file"
    found = f"valid for {loaded.settings.environment}, {file}"
    if loaded.notes:
        return Check("settings", Status.NOTE, "; ".join((found, *loaded.notes)))
    return Check("settings", Status.OK, found)


def _python() -> Check:
    found = f"{sys.version.split()[0]} at {sys.executable}"
    if sys.version_info >= _PYTHON:
        return Check("python", Status.OK, found)
    return Check("python", Status.FAILED, found, "install Python 3.11 or newer")


def _package(name: str) -> Check:
    try:
        return Check(name, Status.OK, version(name))
    except PackageNotFoundError:
        return Check(name, Status.FAILED, "not installed", _reinstall(name))


def _tools() -> list[str]:
    from flext_quality.container.analyzers import built_in_profiles

    profiles = built_in_profiles().by_name.values()
    return sorted({package for profile in profiles for package in profile.packages})


async def _tool(name: str) -> Check:
    """Whether the tool beside this Python starts."""
    from flext_quality.infrastructure.analyzers.tool import brought_program

    where = brought_program(name)
    if where is None:
        return Check(name, Status.FAILED, "not installed", _reinstall(name))
    process = await asyncio.create_subprocess_exec(
        where,
        "--version",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _TOOL_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Check(name, Status.FAILED, f"does not answer, at {where}", _reinstall(name))
    if process.returncode:
        last = (output.decode(errors="replace").strip().splitlines() or ["no output"])[-1]
        return Check(name, Status.FAILED, f"does not start: {last}", _reinstall(name))
    return Check(name, Status.OK, f"{version(name)} at {where}")


def _sarif_tool(tool: SarifToolSettings) -> Check:
    """Whether the operator's program is there. It is not started: only its operator knows how."""
    program = tool.command[0]
    found = shutil.which(program)
    if found is not None:
        return Check(tool.name, Status.OK, found)
    hint = f"install {program}, or correct FLEXT_API_EXTERNAL_TOOLS__SARIF_TOOLS"
    return Check(tool.name, Status.FAILED, f"{program} is not there, or may not be run", hint)


def _reinstall(name: str) -> str:
    return f"{sys.executable} -m pip install --force-reinstall {name}"


def _data_dir(data_dir: Path) -> Check:
    name, choose = "data directory", "choose another one with FLEXT_API_DATA_DIR"
    existing = data_dir
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        return Check(name, Status.FAILED, f"{existing} is not a directory", choose)
    if not os.access(existing, os.W_OK | os.X_OK):
        hint = f"make {existing} writable for this user, or {choose}"
        return Check(name, Status.FAILED, f"{existing} is not writable", hint)
    free = shutil.disk_usage(existing).free
    found = f"{data_dir}, {free / 1024**3:,.1f} GiB free"
    if free < _LITTLE_SPACE:
        return Check(name, Status.FAILED, found, f"free some space, or {choose}")
    if existing != data_dir:
        return Check(name, Status.NOTE, f"{found}; made at the first start")
    return Check(name, Status.OK, found)


async def _database(settings: FlextApiSettings) -> Check:
    from flext_quality.infrastructure.persistence.migrate import current, head

    file = settings.data_dir / "quality.db"
    if not settings.database.url and not file.exists():
        return Check("database", Status.NOTE, f"{file} is made at the first start")
    try:
        revision = await current(settings.effective_database_url)
    except Exception as error:  # noqa: BLE001  # a doctor looks at whatever is broken
        hint = (
            "is FLEXT_API_DATABASE__URL right, and does the database run?"
            if settings.database.url
            else f"is {file} readable, and a database?"
        )
        # The product's own error spares remote clients the driver's words; here they help.
        words = str(error.__cause__ or error)
        found = (words.splitlines() or [type(error).__name__])[0]
        return Check("database", Status.FAILED, found, hint)
    newest = head()
    if revision == newest:
        return Check("database", Status.OK, f"at revision {newest}, which is the newest")
    if revision is None or revision < newest:
        found = f"at revision {revision or 'none'}; the next start brings it to {newest}"
        return Check("database", Status.NOTE, found)
    hint = "run the version of flext-quality that made it, or a newer one"
    return Check("database", Status.FAILED, f"at revision {revision}, newer than {newest}", hint)


def _allowed_paths(settings: FlextApiSettings) -> Check:
    name, paths = "allowed paths", settings.security.allowed_project_paths
    variable = "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS"
    if not paths:
        found = f"none for serve: name some with --allow or {variable}"
        return Check(name, Status.NOTE, found)
    listed = ", ".join(map(str, paths))
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        hint = f"make {', '.join(missing)}, or correct {variable}"
        return Check(name, Status.FAILED, f"{listed} (not there: {', '.join(missing)})", hint)
    return Check(name, Status.OK, listed)


def _plugins(settings: FlextApiSettings) -> list[Check]:
    """Those that are installed; a broken one keeps nothing from working, but it is not what was wanted."""
    import structlog

    from flext_quality.application.ports.plugins import PluginState
    from flext_quality.container.plugins import installed_plugins

    # The answer says itself what is broken.
    with structlog.testing.capture_logs():
        found = installed_plugins(settings).found
    checks = []
    for plugin in found:
        name, of = f"plugin {plugin.name}", f"{plugin.distribution} {plugin.version}".strip()
        if plugin.state is PluginState.BROKEN:
            hint = f"mend or uninstall {of}, or name it in FLEXT_API_PLUGINS__DISABLED"
            checks.append(Check(name, Status.FAILED, plugin.problem, hint))
        else:
            status = Status.OK if plugin.state is PluginState.LOADED else Status.NOTE
            checks.append(Check(name, status, f"{plugin.state.value}, {of}"))
    return checks


async def _registry(settings: FlextApiSettings) -> Check:
    """Whether the registry of services answers."""
    from flext_quality.container.dependencies import http_options, resilience_policies
    from flext_quality.container.discovery import service_registry
    from flext_quality.infrastructure.http.client import HttpClientAdapter

    chosen = settings.discovery
    # Without a container, which would make directories.
    policies = resilience_policies(settings)
    http = HttpClientAdapter(http_options(settings), policies)
    registry = service_registry(settings, policies, http)
    try:
        result = await registry.find(chosen.service_name)
    finally:
        await registry.close()
        await http.close()
    if result.error is not None:
        hint = "correct FLEXT_API_DISCOVERY__…, or see whether the registry runs"
        return Check("registry", Status.FAILED, result.error.message, hint)
    count = len(result.unwrap())
    servers = "1 server" if count == 1 else f"{count:,} servers"
    found = f"{chosen.registry}, knows {servers} of {chosen.service_name}"
    return Check("registry", Status.OK, found)


async def _health(settings: FlextApiSettings, database: Check) -> list[Check]:
    """What a server's own health checks say, once it has been started here for the first time."""
    from flext_quality.application.system.health import HealthChecks
    from flext_quality.container import get_quality_container

    if not settings.database.url and not (settings.data_dir / "quality.db").exists():
        return []
    container = get_quality_container(settings)
    try:
        checks = await container.get(HealthChecks)
        checked = await checks()
    finally:
        await container.close()
    of_lines = "see the lines on the database and the data directory"
    hints = {
        "database": of_lines,
        "data_directory": of_lines,
        "redis": "see whether it runs, or correct FLEXT_API_REDIS__…",
        "broker": "see whether it runs, or correct FLEXT_API_EVENTS__…",
    }
    hint = "a plugin brings this check; see what it says about it"
    return [
        Check(f"health {c.name}", Status.OK, c.detail)
        if c.is_well
        else Check(f"health {c.name}", Status.FAILED, c.detail, hints.get(c.name, hint))
        for c in checked
        # One that no server has used yet has been told of.
        if c.name != "database" or database.status is Status.OK
    ]
