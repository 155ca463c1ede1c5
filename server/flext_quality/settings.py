"""The only reader of environment and files. Frozen once loaded.

Every option is an environment variable: `FLEXT_API_` and its name in capitals, groups separated by `__`,
as in `FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from flext_quality.discovery_settings import DiscoverySettings, PluginSettings
from flext_quality.domain.errors import FieldViolation, InvalidFieldError
from flext_quality.domain.result import FlextResult

ENVIRONMENT_PREFIX = "FLEXT_API_"
_SEPARATOR = "__"

BUILT_IN_ANALYZERS = frozenset(
    {"bandit", "complexity", "coverage", "deadcode", "duplication", "mypy", "ruff", "sarif"}
)
"""Names that no `sarif_tools` may have."""

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SecuritySettings(_Group):
    """What the server may touch."""

    allowed_project_paths: Annotated[tuple[Path, ...], NoDecode] = ()
    """Absolute directories (or files) below which projects may lie; none: no local project is allowed.
    As an environment variable: separated as in PATH, or a JSON list."""

    @field_validator("allowed_project_paths", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [part for part in value.split(os.pathsep) if part]

    @field_validator("allowed_project_paths")
    @classmethod
    def _absolute(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for path in value:
            if not path.is_absolute():
                raise ValueError(f"{str(path)!r} is not an absolute path")
        return value


class SourceSettings(_Group):
    """How much code an analysis takes."""

    max_file_bytes: int = Field(5 * 1024**2, gt=0)
    """Larger files are skipped, which the analysis tells."""
    max_files: int = Field(200_000, gt=0)
    """A project with more files to read is refused."""
    max_total_bytes: int = Field(2 * 1024**3, gt=0)
    """A project with more bytes to read is refused."""
    max_report_bytes: int = Field(100 * 1024**2, gt=0)
    """Larger reports of test coverage are skipped, which the analysis tells."""


class ToolSettings(_Group):
    """How one tool runs."""

    enabled: bool = True
    timeout: Seconds = 600.0
    """Seconds after which the tool is killed and its outcome is TIMED_OUT."""
    memory_limit_mb: int = Field(4096, ge=256)
    """Address space of each of the tool's processes, in MiB."""


class MypySettings(ToolSettings):
    """How MyPy runs."""

    python_executable: Path | None = None
    """The Python whose installed packages MyPy sees; None: the one MyPy is installed in."""


class DuplicationSettings(ToolSettings):
    """How jscpd runs."""

    min_lines: int = Field(5, ge=2, le=100_000)
    """A clone has more lines than this, unless the project's own configuration says otherwise."""
    min_tokens: int = Field(50, ge=20, le=100_000)
    """How many tokens a clone has at least, unless the project's own configuration says otherwise."""


class SarifImportSettings(_Group):
    """How SARIF logs that clients send are imported."""

    enabled: bool = True


class SarifToolSettings(_Group):
    """A command that prints SARIF; it becomes an analyzer."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
    """The analyzer's name; none that the server has already."""
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """Program and arguments; "{root}" stands for the working copy, where it runs, and "{scratch}" for an
    empty directory of its own. The program: an absolute path, or a name that is found in PATH."""
    timeout: Seconds = 600.0
    """Seconds after which the command is killed and its outcome is TIMED_OUT."""
    memory_limit_mb: int = Field(4096, ge=256)
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

    ruff: ToolSettings = ToolSettings()
    mypy: MypySettings = MypySettings()
    bandit: ToolSettings = ToolSettings()
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


class ObservabilitySettings(_Group):
    """What the server tells its operator."""

    log_format: Literal["json", "console"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


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


class FlextApiSettings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter=_SEPARATOR,
        frozen=True,
        extra="forbid",
    )

    api_host: str = "127.0.0.1"
    """The address to listen on. There is no authentication: only trusted networks should reach it."""
    api_port: int = Field(50051, ge=0, le=65_535)
    """The port to listen on; 0: any free one."""
    api_socket: Path | None = None
    """A Unix socket to listen on, instead of address and port."""
    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("flext-quality"))
    """Where database, caches and working copies lie."""
    database_url: str = ""
    """An SQLAlchemy URL with an async driver; empty: SQLite in the data directory."""
    database_pool_size: int = Field(8, ge=1, le=256)
    max_concurrent_analyses: int = Field(5, ge=1, le=256)
    """How many analyses run at once; the others wait in order."""
    max_queued_analyses: int = Field(1000, ge=1)
    """How many analyses may wait."""
    default_timeout: Seconds = 30.0
    """Seconds that a unary call may take at most."""
    heartbeat_interval: float = Field(10.0, ge=0.1, le=300)
    """Seconds of silence on a watch stream before a heartbeat, unless the watcher says otherwise."""
    expiry_interval: Seconds = 60.0
    """Seconds after which decisions about issues whose time is over are looked for again."""
    shutdown_grace: float = Field(10.0, ge=0, le=3600)
    """Seconds that running calls get to end when the server stops."""
    security: SecuritySettings = SecuritySettings()
    source: SourceSettings = SourceSettings()
    external_tools: ExternalToolsSettings = Field(default_factory=ExternalToolsSettings)
    observability: ObservabilitySettings = ObservabilitySettings()
    retention: RetentionSettings = RetentionSettings()
    discovery: DiscoverySettings = DiscoverySettings()
    plugins: PluginSettings = PluginSettings()

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def effective_database_url(self) -> str:
        """The URL of the database that is used."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'quality.db'}"


def create_api_settings(**overrides: Any) -> FlextResult[FlextApiSettings]:
    """The settings from the environment, with `overrides` over it.

    Overrides are given by field name; a group as a dict, whose fields win over the environment's one by
    one. Fails with an `InvalidFieldError` that names every wrong value by its environment variable.
    """
    try:
        return FlextResult.ok(FlextApiSettings(**overrides))
    except ValidationError as error:
        return FlextResult.fail(
            InvalidFieldError(
                [FieldViolation(_variable(e["loc"]), e["msg"]) for e in error.errors()]
            )
        )
    except (ValueError, TypeError) as error:  # a group's variable that is not JSON, among others
        return FlextResult.fail(InvalidFieldError([FieldViolation("environment", str(error))]))


def _variable(location: tuple[int | str, ...]) -> str:
    names = [part.upper() for part in location if isinstance(part, str)]
    return ENVIRONMENT_PREFIX + _SEPARATOR.join(names)
