"""All options: those without a group, and the groups."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, field_validator

from flext_quality.option_group import Group, Seconds
from flext_quality.settings.groups.connections import ConnectionSettings
from flext_quality.settings.groups.database import DatabaseSettings
from flext_quality.settings.groups.discovery import DiscoverySettings
from flext_quality.settings.groups.events import EventSettings
from flext_quality.settings.groups.external_tools import ExternalToolsSettings
from flext_quality.settings.groups.features import FeatureSettings
from flext_quality.settings.groups.http import HttpSettings
from flext_quality.settings.groups.notifications import NotificationSettings
from flext_quality.settings.groups.observability import ObservabilitySettings
from flext_quality.settings.groups.plugins import PluginSettings
from flext_quality.settings.groups.redis import RedisSettings
from flext_quality.settings.groups.resilience import ResilienceSettings
from flext_quality.settings.groups.retention import RetentionSettings
from flext_quality.settings.groups.security import SecuritySettings
from flext_quality.settings.groups.source import SourceSettings
from flext_quality.settings.groups.vault import VaultSettings


class AllOptions(Group):
    """What can be set; `FlextApiSettings` reads it."""

    environment: Literal["development", "staging", "production", "test"] = "development"
    """Which configuration file is read. Production refuses what is insecure, development takes changes of
    the file up without a restart."""
    config_dir: Path | None = None
    """Where `development.yml` and the others lie; none: `./config` if the file is there (for commands that
    serve), or else the user's configuration directory."""
    secrets_dir: Path = Path("/run/secrets")
    """A directory of files that are named after options and hold their values, as Docker and Kubernetes
    mount them."""
    api_host: str = "127.0.0.1"
    """The address to listen on. There is no authentication: only trusted networks should reach it."""
    api_port: int = Field(default=50051, ge=0, le=65_535)
    """The port to listen on; 0: any free one."""
    api_socket: Path | None = None
    """A Unix socket to listen on, instead of address and port."""
    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("flext-quality"))
    """Where database, caches and working copies lie."""
    max_concurrent_analyses: int = Field(default=5, ge=1, le=256)
    """How many analyses run at once; the others wait in order."""
    max_queued_analyses: int = Field(default=1000, ge=1)
    """How many analyses may wait."""
    default_timeout: Seconds = 30.0
    """Seconds that a unary call may take at most."""
    heartbeat_interval: float = Field(default=10.0, ge=0.1, le=300)
    """Seconds of silence on a watch stream before a heartbeat, unless the watcher says otherwise."""
    max_retries: int = Field(default=2, ge=0, le=10)
    """How often Vault is asked again if it does not answer; for other services there is `resilience`."""
    expiry_interval: Seconds = 60.0
    """Seconds after which decisions about issues whose time is over are looked for again."""
    shutdown_grace: float = Field(default=10.0, ge=0, le=3600)
    """Seconds that running calls get to end when the server stops."""
    connections: ConnectionSettings = ConnectionSettings()
    security: SecuritySettings = SecuritySettings()
    source: SourceSettings = SourceSettings()
    external_tools: ExternalToolsSettings = Field(default_factory=ExternalToolsSettings)
    observability: ObservabilitySettings = ObservabilitySettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    notifications: NotificationSettings = NotificationSettings()
    features: FeatureSettings = FeatureSettings()
    vault: VaultSettings = VaultSettings()
    retention: RetentionSettings = RetentionSettings()
    resilience: ResilienceSettings = Field(default_factory=ResilienceSettings)
    http: HttpSettings = HttpSettings()
    events: EventSettings = EventSettings()
    discovery: DiscoverySettings = DiscoverySettings()
    plugins: PluginSettings = PluginSettings()

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def effective_database_url(self) -> str:
        """The URL of the database that is used."""
        return self.database.url or f"sqlite+aiosqlite:///{self.data_dir / 'quality.db'}"
