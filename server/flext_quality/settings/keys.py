"""The form of encryption keys: Fernet's, 32 bytes in URL-safe base64."""

from __future__ import annotations

import base64
import binascii

_KEY_BYTES = 32


def split_encryption_keys(text: str) -> list[str]:
    """The keys, the one that encrypts first."""
    return [key.strip() for key in text.split(",") if key.strip()]


def check_encryption_keys(text: str) -> None:
    """Does nothing if each is a key.

    Raises:
        ValueError: says which is none, by its place; never what it is.
    """
    keys = split_encryption_keys(text)
    if not keys:
        raise ValueError('has to be a key; "flext-quality config new-key" makes one')
    for number, key in enumerate(keys, 1):
        try:
            is_key = len(base64.urlsafe_b64decode(key)) == _KEY_BYTES
        except (binascii.Error, ValueError):
            is_key = False
        if not is_key:
            raise ValueError(
                f"key {number} of {len(keys)} is not 32 bytes in URL-safe base64; "
                '"flext-quality config new-key" makes one'
            )
