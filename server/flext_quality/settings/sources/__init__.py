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
        file: knows which configuration file was read.
        vault: has the session with Vault, if it was asked.
    """

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        given: Mapping[str, Any],
        *,
        file: Path | None = None,
        vault: VaultSession | None = None,
    ) -> None:
        record = self.record = Record()
        self.file = ConfigFileSource(settings_cls, record, file)
        self.vault = VaultSource(settings_cls, record, self.file, vault)
        self.all: tuple[PydanticBaseSettingsSource, ...] = (
            CallerSource(settings_cls, given, record),
            EnvironmentSource(settings_cls, record),
            SecretFilesSource(settings_cls, record),
            self.vault,
            self.file,
        )

    def without_others(self) -> Sources:
        """What the caller gives alone."""
        self.all = self.all[:1]
        return self
