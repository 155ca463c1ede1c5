"""What the caller gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_settings import BaseSettings, InitSettingsSource

from flext_quality.settings.record import CALLER, Record


class CallerSource(InitSettingsSource):
    """Values by field name; a group as a dict, or as a group of which only what is set counts."""

    def __init__(
        self, settings_cls: type[BaseSettings], given: Mapping[str, Any], record: Record
    ) -> None:
        super().__init__(settings_cls, {name: _plain(value) for name, value in given.items()})
        self._record = record

    def __call__(self) -> dict[str, Any]:
        """The values."""
        return self._record.keep(super().__call__(), lambda _: CALLER)


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_unset=True) if isinstance(value, BaseModel) else value
