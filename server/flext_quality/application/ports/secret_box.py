"""Secrets at rest."""

from __future__ import annotations

from typing import Protocol

from flext_quality.domain.result import FlextResult


class SecretBox(Protocol):
    """Keeps secrets that are stored (of webhooks, tokens) unreadable without the operator's keys.

    There may be several keys: the first encrypts, all decrypt, so that a key can be replaced.
    """

    def encrypt(self, secret: str) -> FlextResult[str]:
        """What to store in place of the secret: ASCII, another text each time.

        Fails with an `InvalidFieldError` that names the setting if there is no key.
        """
        ...

    def decrypt(self, stored: str) -> FlextResult[str]:
        """The secret. Fails like `encrypt`, also if no key fits or the text was tampered with."""
        ...

    def rotate(self, stored: str) -> FlextResult[str]:
        """What to store so that the first key alone decrypts it: `stored` itself if it does already.

        Fails as `decrypt`.
        """
        ...
