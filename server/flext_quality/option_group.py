"""What groups of options are made of: those of the settings, and those in the folders of analyzers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Group(BaseModel):
    """Options that belong together. Frozen, and nothing unknown is taken."""

    # Validation errors never quote what was given: it may be a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class UrlWithPassword:
    """Marks a URL whose password is shown to nobody."""


class OperatorsFile:
    """Marks the path of a file. In a configuration file it may be relative to that file's directory."""
