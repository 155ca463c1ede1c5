"""The settings."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from flext_quality.settings.all_options import AllOptions
from flext_quality.settings.errors import problems_of, to_validation_error
from flext_quality.settings.options import ENVIRONMENT_PREFIX, SEPARATOR
from flext_quality.settings.production import insecurities
from flext_quality.settings.sources import Sources


class FlextApiSettings(BaseSettings, AllOptions):
    """All settings, read from where docs/settings.md says when it is made. Frozen.

    Values that are given by field name win; a group is given as a dict, whose fields win one by one.

    Raises:
        pydantic.ValidationError: something is wrong; it names everything that is, and where it stands.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter=SEPARATOR,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    def __init__(self, *, _sources: Sources | None = None, **given: Any) -> None:
        sources = Sources(type(self), given) if _sources is None else _sources
        problems = sources.record.problems
        try:
            super().__init__(_build_sources=(sources.all, given))
        except ValidationError as error:
            problems += problems_of(error, sources.record)
        else:
            problems += insecurities(self, sources.record)
        if problems:
            raise to_validation_error(type(self).__name__, problems)
