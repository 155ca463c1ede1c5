"""All options, in groups. docs/settings.md is made of what stands here."""

from __future__ import annotations

import json
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from flext_quality.settings.base import BUILT_IN_ANALYZERS, Seconds, UrlWithPassword
from flext_quality.settings.base import Group as _Group
from flext_quality.settings.discovery import DiscoverySettings, PluginSettings
from flext_quality.settings.keys import check_encryption_keys
from flext_quality.settings.outside import (
    DatabaseSettings,
    FeatureSettings,
    HttpSettings,
    NotificationSettings,
    RedisSettings,
    ResilienceSettings,
    VaultSettings,
)

_SQLITE_PATH = re.compile(r"/(?!:memory:$)[^?]+")

_HOST = (
    r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*"
    r"|\[[0-9A-Fa-f:.]+\]"
)
HostName = Annotated[str, Field(max_length=260, pattern=rf"^({_HOST})(:[0-9]{{1,5}})?$")]
"""A name, an IPv4 address, or an IPv6 address in brackets; "*." for all names below; ":port"."""
HostNames = Annotated[tuple[HostName, ...], NoDecode]
AnyHostNames = Annotated[
    tuple[Annotated[str, Field(max_length=260, pattern=rf"^(\*|({_HOST})(:[0-9]{{1,5}})?)$")], ...],
    NoDecode,
]
"""The same, or "*" for all."""


class SecuritySettings(_Group):
    """What the server may touch."""

    allowed_project_paths: Annotated[tuple[Path, ...], NoDecode] = ()
    """Absolute directories (or files) below which projects may lie; none: no local project is allowed.
    As an environment variable: separated as in PATH, or a JSON list."""
    secret_encryption_key: SecretStr | None = None
    """Encrypts the secrets that the server stores. `flext-quality config new-key` makes one. Several,
    separated by commas: the first encrypts, all decrypt."""
    network_is_trusted: bool = False
    """Says that whoever reaches the address may do everything. In production the server listens beyond
    this machine only if it is true."""

    allowed_external_hosts: AnyHostNames = ("*",)
    """Hosts to which projects may make the server send (webhooks, Slack, mail, apprise's services); none: it
    sends none. Names or addresses, with ":port" or for every port; "*.example.com" for all names below; "*":
    every host. Addresses that are not public are refused all the same. What settings themselves name, such
    as Consul, Vault and the receiver of traces, needs no mention. As an environment variable: separated by
    commas, or a JSON list."""
    allowed_internal_hosts: HostNames = ()
    """Further ones, without "*", whose addresses may be private, loopback or link-local. Addresses of
    clouds' metadata services are refused all the same."""

    @field_validator("allowed_external_hosts", "allowed_internal_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith('["'):
            return json.loads(value)
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("allowed_internal_hosts")
    @classmethod
    def _names_each(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if host.startswith("*"):
                raise ValueError(f"{host!r}: hosts inside have to be named one by one")
        return value

    @field_validator("allowed_project_paths", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [part for part in value.split(os.pathsep) if part]

    @field_validator("secret_encryption_key")
    @classmethod
    def _are_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_encryption_keys(value.get_secret_value())
        return value

    @field_validator("allowed_project_paths")
    @classmethod
    def _absolute(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for path in value:
            if not path.is_absolute():
                raise ValueError(f"{str(path)!r} is not an absolute path")
        return value


class SourceSettings(_Group):
    """How much code an analysis takes."""

    max_file_bytes: int = Field(default=5 * 1024**2, gt=0)
    """Larger files are skipped, which the analysis tells."""
    max_files: int = Field(default=200_000, gt=0)
    """A project with more files to read is refused."""
    max_total_bytes: int = Field(default=2 * 1024**3, gt=0)
    """A project with more bytes to read is refused."""
    max_report_bytes: int = Field(default=100 * 1024**2, gt=0)
    """Larger reports of test coverage are skipped, which the analysis tells."""


class ToolSettings(_Group):
    """How one tool runs."""

    enabled: bool = True
    """Whether it runs at all."""
    timeout: Seconds = 600.0
    """Seconds after which the tool is killed and its outcome is TIMED_OUT."""
    memory_limit_mb: int = Field(default=4096, ge=256)
    """Address space of each of the tool's processes, in MiB."""


class ConfiguredToolSettings(ToolSettings):
    """How a tool runs that takes a configuration file of the operator's."""

    config_file: Path | None = None
    """A configuration that is used in place of those that projects bring; an absolute path."""

    @field_validator("config_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_absolute():
            raise ValueError(f"{str(value)!r} is not an absolute path")
        return value


Level = Literal["all", "low", "medium", "high"]


class BanditSettings(ConfiguredToolSettings):
    """How Bandit runs."""

    severity_level: Level | None = None
    """Findings below this severity are not reported; none: as the project says."""
    confidence_level: Level | None = None
    """Findings below this confidence are not reported; none: as the project says."""


class MypySettings(ConfiguredToolSettings):
    """How MyPy runs."""

    strict_mode: bool | None = None
    """True: strict, whatever the project relaxes; false: never strict; none: as the project says."""

    python_executable: Path | None = None
    """The Python whose installed packages MyPy sees; None: the one MyPy is installed in."""


class DuplicationSettings(ToolSettings):
    """How jscpd runs."""

    min_lines: int = Field(default=5, ge=2, le=100_000)
    """A clone has more lines than this, unless the project's own configuration says otherwise."""
    min_tokens: int = Field(default=50, ge=20, le=100_000)
    """How many tokens a clone has at least, unless the project's own configuration says otherwise."""


class SarifImportSettings(_Group):
    """How SARIF logs that clients send are imported."""

    enabled: bool = True
    """Whether they are taken at all."""


class SarifToolSettings(_Group):
    """A command that prints SARIF; it becomes an analyzer."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
    """The analyzer's name; none that the server has already."""
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """Program and arguments; "{root}" stands for the working copy, where it runs, and "{scratch}" for an
    empty directory of its own. The program: an absolute path, or a name that is found in PATH."""
    timeout: Seconds = 600.0
    """Seconds after which the command is killed and its outcome is TIMED_OUT."""
    memory_limit_mb: int = Field(default=4096, ge=256)
    """Address space of each of the command's processes, in MiB."""
    output: Annotated[str, Field(pattern=r"^[^/\x00]{1,255}$")] = "stdout"
    """Where the log is: "stdout", or a file in "{scratch}"."""
    success_exit_codes: frozenset[Annotated[int, Field(ge=0, le=255)]] = frozenset({0})
    """What the command exits with when the log is whole. Many tools exit with 1 when they found something."""

    @field_validator("name")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value in BUILT_IN_ANALYZERS:
            raise ValueError(f"{value!r} is the name of an analyzer that the server has already")
        return value

    @field_validator("command")
    @classmethod
    def _is_the_operators(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        program = value[0]
        if not program or ("/" in program and not Path(program).is_absolute()):
            raise ValueError("the program has to be an absolute path, or a name without a slash")
        if "{root}" in program or "{scratch}" in program:
            raise ValueError("the program cannot lie in the working copy")
        return value

    @field_validator("output")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if value in {".", ".."}:
            raise ValueError("has to be a file's name")
        return value


class ExternalToolsSettings(_Group):
    """The analyzers' tools."""

    ruff: ConfiguredToolSettings = ConfiguredToolSettings()
    mypy: MypySettings = MypySettings()
    bandit: BanditSettings = BanditSettings()
    complexity: ToolSettings = ToolSettings()
    deadcode: ToolSettings = ToolSettings()
    duplication: DuplicationSettings = DuplicationSettings()
    coverage: ToolSettings = ToolSettings()
    sarif: SarifImportSettings = SarifImportSettings()
    sarif_tools: tuple[SarifToolSettings, ...] = ()
    """Commands that print SARIF. As an environment variable: a JSON list of objects."""
    processes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    """How many processes an analyzer may run at once; by default as many as there are cores."""

    @field_validator("sarif_tools")
    @classmethod
    def _have_names_of_their_own(
        cls, value: tuple[SarifToolSettings, ...]
    ) -> tuple[SarifToolSettings, ...]:
        names = [tool.name for tool in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two tools are called {name!r}")
        return value


class TracingSettings(_Group):
    """Where traces go."""

    endpoint: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    """A receiver of OTLP over gRPC, as "http://127.0.0.1:4317"; "https" for TLS; empty: nothing is traced."""
    sample_ratio: float = Field(default=0.1, ge=0.0, le=1.0)
    """The share of the traces that are kept among those that begin here; a caller decides about its own."""


class ObservabilitySettings(_Group):
    """What the server tells its operator."""

    log_format: Literal["json", "console"] = "console"
    """One JSON object a line, or lines for people."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is less important is not logged."""
    http_host: str = "127.0.0.1"
    """The address on which metrics and health are served by HTTP; for trusted networks only."""
    http_port: int | None = Field(default=None, ge=0, le=65_535)
    """The port of `/metrics`, `/health/live` and `/health/ready`; 0: any free one; None: there are none, and
    nothing is measured."""
    metric_projects: int = Field(default=100, ge=0, le=10_000)
    """How many projects have series of their own in the metrics; the others make up the project "_other"."""
    tracing: TracingSettings = TracingSettings()


Days = Annotated[float, Field(ge=0, le=36_500)]
"""0 means for ever."""


class RetentionSettings(_Group):
    """How long the measures and the files' details of single analyses are kept: docs/metrics.md."""

    all_days: Days = 1.0
    """Every analysis's."""
    daily_days: Days = 90.0
    """Those of the last analysis of each day; also the buckets of hours."""
    weekly_days: Days = 730.0
    """Those of the last analysis of each week."""
    monthly_days: Days = 0.0
    """Those of the last analysis of each month."""


_BROKER_SCHEMES: dict[str, tuple[str, ...]] = {
    "none": (),
    "redis": ("redis://", "rediss://", "unix://"),
    "nats": ("nats://", "tls://"),
}
BROKERS = frozenset(_BROKER_SCHEMES)
"""What `events.publisher` can be besides a plugin's name; no plugin can have these names."""


class EventSettings(_Group):
    """Events that go out to a message broker and commands that come in from it: docs/events.md."""

    publisher: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")] = "none"
    """Which kind of broker it is: `redis` (Streams), `nats` (JetStream), or a plugin's name."""
    url: SecretStr = SecretStr("")
    """Where it is: `redis://`, `rediss://` or `unix://`; `nats://` or `tls://`. May hold a password. A plugin
    has its own in `plugins.options`."""
    topic_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$")] = "quality"
    """What the topics' names begin with."""
    source: Annotated[str, Field(min_length=1, max_length=200)] = "/flext-quality"
    """A URI reference that tells events of this service from those of others."""
    batch_size: int = Field(default=100, ge=1, le=10_000)
    """How many events are published at once."""
    max_stream_length: int = Field(default=0, ge=0)
    """About how many events the broker keeps in each topic; 0: all. Of JetStream, only for new streams."""
    lease: float = Field(default=10.0, ge=0.5, le=600)
    """Seconds after which another server goes on publishing if this one does not."""
    consume_commands: bool = False
    """Whether commands are taken from the broker."""
    command_attempts: int = Field(default=5, ge=1, le=100)
    """How often a command is tried before it is put aside."""
    command_retry: Seconds = 30.0
    """Seconds after which a command that failed is tried again."""

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        schemes = _BROKER_SCHEMES.get(self.publisher, ())
        if schemes and not self.url.get_secret_value().startswith(schemes):
            raise ValueError(f"url has to begin with {' or '.join(schemes)}")
        if self.consume_commands and not schemes:
            raise ValueError("consume_commands needs redis or nats as publisher")
        return self


class FlextApiSettings(BaseSettings):
    """All settings, once `loading.py` has put them together.

    pydantic-settings' own sources are not asked: they stop at the first value that cannot be read, and do
    not tell where a value came from (docs/decisions/0009).
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

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
    database_url: Annotated[str, UrlWithPassword, Field(repr=False)] = ""
    """postgresql+psycopg://USER:PASSWORD@HOST/NAME (needs the extra `postgresql`) or
    sqlite+aiosqlite:///PATH; empty: SQLite in the data directory."""
    database_pool_size: int = Field(default=8, ge=1, le=256)
    """How many read at once."""
    max_concurrent_analyses: int = Field(default=5, ge=1, le=256)
    """How many analyses run at once; the others wait in order."""
    max_queued_analyses: int = Field(default=1000, ge=1)
    """How many analyses may wait."""
    default_timeout: Seconds = 30.0
    """Seconds that a unary call may take at most."""
    heartbeat_interval: float = Field(default=10.0, ge=0.1, le=300)
    """Seconds of silence on a watch stream before a heartbeat, unless the watcher says otherwise."""
    max_retries: int = Field(default=2, ge=0, le=10)
    """How often a failed call to an outside service is tried again."""
    expiry_interval: Seconds = 60.0
    """Seconds after which decisions about issues whose time is over are looked for again."""
    shutdown_grace: float = Field(default=10.0, ge=0, le=3600)
    """Seconds that running calls get to end when the server stops."""
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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What it is given alone."""
        return (init_settings,)

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, value: str) -> str:
        driver, _, rest = value.partition("://")
        if driver == "postgresql+psycopg":
            if find_spec("psycopg") is None:
                raise ValueError(
                    "PostgreSQL needs psycopg: pip install 'flext-quality[postgresql]'"
                )
        elif value and (driver != "sqlite+aiosqlite" or not _SQLITE_PATH.fullmatch(rest)):
            raise ValueError(
                "must be postgresql+psycopg://USER:PASSWORD@HOST/NAME or sqlite+aiosqlite:///PATH"
            )
        return value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def effective_database_url(self) -> str:
        """The URL of the database that is used."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'quality.db'}"
