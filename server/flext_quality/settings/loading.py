"""The settings, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from flext_quality.domain.result import FlextResult
from flext_quality.settings.errors import to_error
from flext_quality.settings.model import FlextApiSettings
from flext_quality.settings.options import Path as OptionPath
from flext_quality.settings.record import DEFAULT, Origin
from flext_quality.settings.sources import Sources

if TYPE_CHECKING:
    from flext_quality.settings.sources.vault_session import VaultSession


@dataclass(frozen=True)
class LoadedSettings:
    """The settings and how they came about.

    Attributes:
        file: the configuration file that was read, if any.
        notes: what somebody may want to know and is not wrong.
        vault: the session with Vault, if it was asked.
        overrides: what the caller gave.
    """

    settings: FlextApiSettings
    origins: Mapping[OptionPath, Origin] = field(default_factory=dict)
    file: Path | None = None
    notes: tuple[str, ...] = ()
    vault: VaultSession | None = field(default=None, repr=False)
    overrides: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def origin(self, path: OptionPath) -> Origin:
        """Where an option's value comes from."""
        return self.origins.get(path, DEFAULT)

    def again(self) -> FlextResult[LoadedSettings]:
        """What the same sources say now. Blocks, for it reads files and asks Vault."""
        return load_settings(file=self.file, vault=self.vault, **self.overrides)


def create_api_settings(**overrides: Any) -> FlextResult[FlextApiSettings]:
    """The settings from all sources, with `overrides` over them, as `FlextApiSettings` takes them.

    Fails with an `InvalidFieldError` that names every wrong value by its environment variable, says where it
    comes from and what is allowed.
    """
    return load_settings(**overrides).map(lambda loaded: loaded.settings)


def settings_of(**values: Any) -> FlextResult[FlextApiSettings]:
    """The settings with these values and the defaults. Neither environment, nor files, nor Vault are read."""
    return _made(Sources(FlextApiSettings, values).without_others())


def load_settings(
    *, file: Path | None = None, vault: VaultSession | None = None, **overrides: Any
) -> FlextResult[LoadedSettings]:
    """As `create_api_settings`, with where each value comes from.

    `file` is read in place of the environment's. `vault` is asked if it is the session that the settings
    ask for, or else a new one.
    """
    sources = Sources(FlextApiSettings, overrides, file=file, vault=vault)

    def loaded(settings: FlextApiSettings) -> LoadedSettings:
        record = sources.record
        return LoadedSettings(
            settings,
            record.origins,
            sources.file.file,
            tuple(record.notes),
            sources.vault.session,
            overrides,
        )

    return _made(sources).map(loaded)


def _made(sources: Sources) -> FlextResult[FlextApiSettings]:
    try:
        return FlextResult.ok(FlextApiSettings(_sources=sources))
    except ValidationError as error:
        return FlextResult.fail(to_error(error))
