"""Where settings come from, as sources of pydantic-settings that remember where each value stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from flext_quality.settings.record import Record
from flext_quality.settings.sources.caller import CallerSource
from flext_quality.settings.sources.config_file import ConfigFileSource
from flext_quality.settings.sources.environment import EnvironmentSource
from flext_quality.settings.sources.secret_files import SecretFilesSource
from flext_quality.settings.sources.vault import VaultSource

if TYPE_CHECKING:
    from flext_quality.settings.sources.vault_session import VaultSession


class Sources:
    """All sources of one reading. They are asked in order, and the first that has an option wins.

    Attributes:
        record: where values stand and what is wrong, once the sources were asked.
    """

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        given: Mapping[str, Any],
        *,
        file: Path | None = None,
        vault: VaultSession | None = None,
    ) -> None:
        self.record = Record()
        self._file = ConfigFileSource(settings_cls, self.record, file)
        self._vault = VaultSource(settings_cls, self.record, self._file, vault)
        self.all: tuple[PydanticBaseSettingsSource, ...] = (
            CallerSource(settings_cls, given, self.record),
            EnvironmentSource(settings_cls, self.record),
            SecretFilesSource(settings_cls, self.record),
            self._vault,
            self._file,
        )

    @classmethod
    def of_caller(cls, settings_cls: type[BaseSettings], given: Mapping[str, Any]) -> Sources:
        """What the caller gives, and nothing else."""
        sources = cls(settings_cls, given)
        sources.all = sources.all[:1]
        return sources

    @property
    def file(self) -> Path | None:
        """The configuration file that was read, if any."""
        return self._file.file

    @property
    def vault(self) -> VaultSession | None:
        """The session with Vault, if it was asked."""
        return self._vault.session
