"""Brings the command to a server: the one that was named, or one of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError

if TYPE_CHECKING:
    from flext_quality.settings import FlextApiSettings, LoadedSettings
    from flext_quality_client import AsyncQualityClient

_MAX_SOCKET_PATH = 100
"""Bytes; Linux takes 107 in the path of a Unix socket (unix(7)), other systems a few less."""
_EMBEDDED_GRACE = 1.0
"""Seconds that calls get when the command's own server ends: nobody else uses it."""


@dataclass(frozen=True)
class Access:
    """A server and a client of it.

    Attributes:
        server: its address as the user named it; empty for the command's own.
        data_dir: where the own server keeps its data; None for another's.
    """

    client: AsyncQualityClient
    server: str
    data_dir: Path | None


@asynccontextmanager
async def access(server: str, allowed: Path | None) -> AsyncIterator[Access]:
    """The server at the address `server`; if that is empty, an embedded one that may read `allowed`.

    Raises:
        CommandFailedError: UNAVAILABLE, CONFIGURATION or IO_ERROR, if the embedded server cannot start.
    """
    from flext_quality_client import AsyncQualityClient, ClientOptions

    options = ClientOptions(give_up_after=30.0)
    if server:
        async with AsyncQualityClient(server, options=options) as client:
            yield Access(client, server, None)
        return
    async with (
        _embedded(allowed) as (address, data_dir),
        AsyncQualityClient(address, options=options) as client,
    ):
        yield Access(client, "", data_dir)


def settings_or_fail(**overrides: Any) -> FlextApiSettings:
    """The settings.

    Raises:
        CommandFailedError: CONFIGURATION, naming each wrong value.
    """
    return load_or_fail(**overrides).settings


def load_or_fail(*, file: Path | None = None, **overrides: Any) -> LoadedSettings:
    """The settings, and where they come from; raises as `settings_or_fail`."""
    from flext_quality.settings import load_settings

    result = load_settings(file=file, **overrides)
    if result.error is not None:
        raise CommandFailedError(
            ExitCode.CONFIGURATION,
            f"wrong settings: {result.error}",
            '"flext-quality config validate" lists them, one a line',
        )
    return result.unwrap()


def _without_working_directory() -> dict[str, Path]:
    """Keeps `./config` out: it may be the analysed project's, and settings name programs to run."""
    from flext_quality.settings.sources.config_file import named_config_dir, user_config_dir

    return {} if named_config_dir() else {"config_dir": user_config_dir()}


@contextmanager
def start_failures(data_dir: Path) -> Iterator[None]:
    """Turns what keeps a server from starting into what the command says."""
    from flext_quality.domain.errors import InvalidFieldError, StorageUnavailableError
    from flext_quality.infrastructure.persistence.migrate import NewerDatabaseError
    from flext_quality.serving import CannotListenError

    try:
        yield
    except CannotListenError as error:
        raise CommandFailedError(ExitCode.UNAVAILABLE, str(error)) from None
    except InvalidFieldError as error:
        hint = '"flext-quality plugins list" says what is installed'
        raise CommandFailedError(ExitCode.CONFIGURATION, error.message, hint) from None
    except NewerDatabaseError as error:
        raise CommandFailedError(ExitCode.CONFIGURATION, str(error)) from None
    except StorageUnavailableError as error:
        raise CommandFailedError(
            ExitCode.IO_ERROR,
            f"{error.message} (data directory: {data_dir})",
            '"flext-quality doctor" looks for the cause',
        ) from None


@asynccontextmanager
async def _embedded(allowed: Path | None) -> AsyncIterator[tuple[str, Path]]:
    from flext_quality.serving import running_server

    with tempfile.TemporaryDirectory(prefix="flext-quality-", dir=_short_directory()) as private:
        settings = settings_or_fail(
            api_socket=Path(private) / "socket",
            shutdown_grace=_EMBEDDED_GRACE,
            security={"allowed_project_paths": () if allowed is None else (allowed,)},
            observability=_quiet(),
            # Nobody else can reach it.
            discovery={"registry": "static"},
            **_without_working_directory(),
        )
        with start_failures(settings.data_dir), _data_dir(settings.data_dir):
            async with running_server(settings) as running:
                yield running.address, settings.data_dir


def _quiet() -> dict[str, str]:
    """The log at its quietest, since the command itself tells what happens; unless somebody set it."""
    asked = settings_or_fail(**_without_working_directory()).observability.model_fields_set
    return {} if "log_level" in asked else {"log_level": "error"}


@contextmanager
def _data_dir(data_dir: Path) -> Iterator[None]:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailedError(
            ExitCode.IO_ERROR,
            f"cannot make the data directory {data_dir}: {error.strerror}",
            "choose another one with FLEXT_API_DATA_DIR",
        ) from None
    yield


def _short_directory() -> str | None:
    """A directory for sockets: the usual one for temporary files, unless its name is too long."""
    usual = tempfile.gettempdir()
    longest = Path(usual, "flext-quality-12345678", "socket")
    return None if len(os.fsencode(longest)) <= _MAX_SOCKET_PATH else "/tmp"  # noqa: S108  # private within
