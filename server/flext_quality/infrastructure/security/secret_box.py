"""Secrets at rest, encrypted with Fernet (AES-128-CBC and HMAC-SHA256: github.com/fernet/spec)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flext_quality.domain.errors import invalid_field
from flext_quality.domain.result import FlextResult

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_SETTING = "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY"
_NO_KEY = "there is no key, so no secret can be stored or read"
_NO_KEY_FITS = "no key decrypts what is stored: is an older key missing?"


class FernetSecretBox:
    """The port `SecretBox`. `keys` are Fernet's; without any everything fails with what to set."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._fernets: tuple[MultiFernet, MultiFernet] | None = None

    def encrypt(self, secret: str) -> FlextResult[str]:
        """What to store."""
        if not self._keys:
            return FlextResult.fail(invalid_field(KEY_SETTING, _NO_KEY))
        _, everyone = self._ciphers()
        return FlextResult.ok(everyone.encrypt(secret.encode()).decode("ascii"))

    def decrypt(self, stored: str) -> FlextResult[str]:
        """The secret."""
        if not self._keys:
            return FlextResult.fail(invalid_field(KEY_SETTING, _NO_KEY))
        _, everyone = self._ciphers()
        secret = _decrypted(everyone, stored)
        if secret is None:
            return FlextResult.fail(invalid_field(KEY_SETTING, _NO_KEY_FITS))
        return FlextResult.ok(secret)

    def rotate(self, stored: str) -> FlextResult[str]:
        """What to store for the first key."""
        decrypted = self.decrypt(stored)
        if decrypted.error is not None:
            return decrypted
        first, _ = self._ciphers()
        if _decrypted(first, stored) is not None:
            return FlextResult.ok(stored)
        return self.encrypt(decrypted.unwrap())

    def _ciphers(self) -> tuple[MultiFernet, MultiFernet]:
        """That of the first key, and that of all."""
        if self._fernets is None:
            from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415  # 30 ms

            every = [Fernet(key) for key in self._keys]
            self._fernets = MultiFernet(every[:1]), MultiFernet(every)
        return self._fernets


def new_key() -> str:
    """A key that nobody has."""
    from cryptography.fernet import Fernet  # noqa: PLC0415  # as above

    return Fernet.generate_key().decode("ascii")


def _decrypted(cipher: MultiFernet, stored: str) -> str | None:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415  # as above

    try:
        return cipher.decrypt(stored.encode()).decode()
    except InvalidToken:
        return None
