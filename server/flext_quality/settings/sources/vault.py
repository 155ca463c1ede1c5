"""HashiCorp Vault: one secret of a key-value store, version 2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic_settings import BaseSettings

from flext_quality.settings.groups.vault import VaultSettings
from flext_quality.settings.options import Path, path_of
from flext_quality.settings.record import Origin, Problem, Record
from flext_quality.settings.sources.config_file import ConfigFileSource
from flext_quality.settings.sources.so_far import option_so_far
from flext_quality.settings.sources.texts import Given, TextSource, is_ours

if TYPE_CHECKING:
    from flext_quality.settings.sources.vault_session import VaultSession


class VaultSource(TextSource):
    """The keys of the secret that are named after options; others are none of ours.

    Where Vault is and how to log in there may stand in the configuration file, although Vault's values win
    over that file's.

    Attributes:
        session: that of an earlier reading, used again if it is the one that the settings ask for; then
            that of this one. None if Vault was never asked.
    """

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        record: Record,
        file: ConfigFileSource,
        session: VaultSession | None,
    ) -> None:
        super().__init__(settings_cls, record)
        self._file = file
        self.session = session

    def given(self) -> Iterator[Given]:
        """What the secret holds; that it cannot be read is a problem. Blocks."""
        known = _over(self._file.values(self.current_state), self.current_state)
        settings: VaultSettings = option_so_far("vault", known)
        if not settings.address:
            return
        from flext_quality.settings.sources.vault_session import (  # noqa: PLC0415  # most do without
            VaultReadError,
            VaultSession,
        )

        if self.session is None or self.session.settings != settings:
            self.session = VaultSession(settings, option_so_far("max_retries", known))
        place = f"Vault, {settings.mount}/{settings.path}"
        try:
            secret = self.session.read()
        except VaultReadError as error:
            problem = Problem(("vault", "address"), str(error), Origin("vault", place))
            self.record.problems.append(problem)
            return
        for key, value in secret.items():
            if value is not None and is_ours(path_of(key)):
                text = value if isinstance(value, str) else json.dumps(value)
                yield Given(key, text, Origin("vault", f"{place}, key {key}"))

    def refusal(self, path: Path, origin: Origin) -> str:
        """Vault cannot say where it is itself."""
        return "cannot be set in Vault" if path[0] == "vault" else super().refusal(path, origin)


def _over(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """What is known of the options without a group and of the groups, group by group."""
    both = {**lower, **upper}
    for name in lower.keys() & upper.keys():
        if isinstance(lower[name], dict) and isinstance(upper[name], dict):
            both[name] = {**lower[name], **upper[name]}
    return both
