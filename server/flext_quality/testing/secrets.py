"""Secrets and flags in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flext_quality.application.ports.flags import FeatureFlags
from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.result import FlextResult


class FakeSecretBox(SecretBox):
    """Marks secrets with the key and writes them backwards in hexadecimal."""

    def __init__(self, keys: Sequence[str] = ("key",)) -> None:
        self._keys = tuple(keys)
        self._count = 0

    def encrypt(self, secret: str) -> FlextResult[str]:
        if not self._keys:
            return FlextResult.fail(invalid_field("key", "there is none"))
        self._count += 1
        text = secret.encode().hex()[::-1]
        return FlextResult.ok(f"{self._keys[0]}:{self._count}:{text}:{len(text)}")

    def decrypt(self, stored: str) -> FlextResult[str]:
        key, _, rest = stored.partition(":")
        _, _, rest = rest.partition(":")
        text, _, length = rest.partition(":")
        if key not in self._keys or str(len(text)) != length:
            return FlextResult.fail(invalid_field("key", "none fits"))
        return FlextResult.ok(bytes.fromhex(text[::-1]).decode())

    def rotate(self, stored: str) -> FlextResult[str]:
        decrypted = self.decrypt(stored)
        if decrypted.error is not None or stored.startswith(f"{self._keys[0]}:"):
            return decrypted.map(lambda _: stored)
        return self.encrypt(decrypted.unwrap())


@dataclass
class FakeFeatureFlags(FeatureFlags):
    """On or off for flag and project, or for all projects under None."""

    rules: dict[tuple[str, ProjectName | None], bool] = field(default_factory=dict)

    def is_on(self, flag: str, project: ProjectName, *, default: bool) -> bool:
        for_all = self.rules.get((flag, None), default)
        return self.rules.get((flag, project), for_all)
