"""HashiCorp Vault."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from flext_quality.option_group import Group, Seconds


class VaultSettings(Group):
    """HashiCorp Vault's key-value store, version 2, as a source of options."""

    address: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """As `https://vault.example:8200`; empty: Vault is not asked."""
    mount: str = Field(default="secret", min_length=1)
    """Where the key-value store is mounted."""
    path: str = Field(default="flext-quality", min_length=1)
    """The secret whose keys are named after options, as `database__url` or `redis__url`."""
    namespace: str = ""
    """Vault Enterprise's namespace."""
    auth: Literal["token", "kubernetes"] = "token"
    """How to log in."""
    token: SecretStr | None = None
    """For `token`."""
    role: str = ""
    """For `kubernetes`: the role."""
    kubernetes_mount: str = Field(default="kubernetes", min_length=1)
    """For `kubernetes`: where the method is mounted."""
    kubernetes_token_file: Path = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
    """For `kubernetes`: the service account's token."""
    ca_file: Path | None = None
    """The authority that signed Vault's certificate; none: those that Python trusts."""
    timeout: Seconds = 5.0
    """Seconds for each call."""

    @model_validator(mode="after")
    def _can_log_in(self) -> VaultSettings:
        if self.address and self.auth == "token" and self.token is None:
            raise ValueError("Vault's token is needed to log in with auth = token")
        if self.address and self.auth == "kubernetes" and not self.role:
            raise ValueError("the role is needed to log in with auth = kubernetes")
        return self
