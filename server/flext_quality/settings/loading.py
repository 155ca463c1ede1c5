"""Puts all sources together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from flext_quality.domain.result import FlextResult
from flext_quality.settings import config_file, sources
from flext_quality.settings.errors import problems_of, to_error
from flext_quality.settings.groups import FlextApiSettings
from flext_quality.settings.layers import DEFAULT, Layer, Origin, Problem, merge, nested
from flext_quality.settings.options import Path as OptionPath
from flext_quality.settings.production import insecurities

if TYPE_CHECKING:
    from flext_quality.settings.vault import VaultSession


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
    """The settings from all sources, with `overrides` over them.

    Overrides are given by field name; a group as a dict, whose fields win over other sources' one by
    one. Fails with an `InvalidFieldError` that names every wrong value by its environment variable, says
    where it comes from and what is allowed.
    """
    return load_settings(**overrides).map(lambda loaded: loaded.settings)


def settings_of(**values: Any) -> FlextResult[FlextApiSettings]:
    """The settings with these values and the defaults. Neither environment, nor files, nor Vault are read."""
    validated = _validated(sources.from_caller(values))
    if isinstance(validated, list):
        return FlextResult.fail(to_error(validated))
    return FlextResult.ok(validated)


def load_settings(
    *, file: Path | None = None, vault: VaultSession | None = None, **overrides: Any
) -> FlextResult[LoadedSettings]:
    """The same, with where each value comes from.

    `file` is read in place of the environment's. `vault` is asked if it is the session that the settings
    ask for, or else a new one.
    """
    caller = sources.from_caller(overrides)
    environment, notes = sources.from_environment(os.environ)
    known = _known(merge([caller, environment]))
    secret_files = sources.from_secret_files(known.secrets_dir)
    if file is None:
        file = config_file.find_config_file(known.config_dir, known.environment)
    if file is not None:
        from_file = config_file.from_config_file(file, os.environ)
    else:
        from_file = Layer()
        if known.config_dir is not None or known.environment != "development":
            notes.append(f"there is no configuration file {known.environment}.yml")
    upper = [caller, environment, secret_files]
    session = _vault_session(merge([*upper, from_file]), vault)
    from_vault = session.read() if session is not None else Layer()
    merged = merge([*upper, from_vault, from_file])
    validated = _validated(merged)
    if isinstance(validated, list):
        return FlextResult.fail(to_error(validated))
    return FlextResult.ok(
        LoadedSettings(validated, merged.origins, file, tuple(notes), session, overrides)
    )


def _validated(merged: Layer) -> FlextApiSettings | list[Problem]:
    reported = {problem.path for problem in merged.problems}
    try:
        settings = FlextApiSettings.model_validate(nested(merged.values))
    except ValidationError as error:
        found = problems_of(error, merged.origins)
        return [*merged.problems, *(p for p in found if p.path not in reported)]
    problems = list(merged.problems)
    if settings.environment == "production":
        problems += insecurities(settings, merged.origins)
    return problems or settings


class _Known(BaseModel):
    """What says where the rest is found; wrong values are told later, with the others."""

    environment: str = "development"
    config_dir: Path | None = None
    secrets_dir: Path = FlextApiSettings.model_fields["secrets_dir"].default


def _known(merged: Layer) -> _Known:
    known = _Known()
    for name in _Known.model_fields:
        value = merged.values.get((name,))
        if value is None:
            continue
        try:
            validated = FlextApiSettings.model_validate({name: value})
        except ValidationError:
            continue
        setattr(known, name, getattr(validated, name))
    return known


def _vault_session(merged: Layer, earlier: VaultSession | None) -> VaultSession | None:
    groups = nested(merged.values)
    names = ("vault", "max_retries")
    try:
        # Each value for itself: what is wrong elsewhere is told with all the others.
        settings = FlextApiSettings.model_validate({n: groups[n] for n in names if n in groups})
    except ValidationError:
        return None
    if not settings.vault.address:
        return None
    from flext_quality.settings.vault import VaultSession  # noqa: PLC0415  # most do without

    if earlier is not None and earlier.settings == settings.vault:
        return earlier
    return VaultSession(settings.vault, settings.max_retries)
