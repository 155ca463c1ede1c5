"""Addresses of web pages that clients tell, for people to follow."""

from __future__ import annotations

from urllib.parse import urlsplit

from flext_quality.domain.errors import FieldViolation


def web_address_violation(address: str, field: str) -> FieldViolation | None:
    """What is wrong with the http or https URL that `field` holds; None if nothing is, or if it is empty.

    It is shown as a link one day, so nothing that a browser would run passes.
    """
    if not address or _is_web_address(address):
        return None
    return FieldViolation(field, "must be an http or https URL with a host and without spaces")


def _is_web_address(address: str) -> bool:
    if not address.isprintable() or any(character.isspace() for character in address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # such as "http://[::1"
        return False
