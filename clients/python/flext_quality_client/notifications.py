"""Verifies webhooks that came in. See docs/notifications.md for the same in other languages."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ID_HEADER = "X-Flext-Delivery"
TIMESTAMP_HEADER = "X-Flext-Timestamp"
SIGNATURE_HEADER = "X-Flext-Signature"

DEFAULT_TOLERANCE = 300.0
"""Seconds that a request's timestamp may differ from the receiver's clock."""


class WebhookVerificationError(Exception):
    """The request is not one that the server signed with this secret a short time ago."""


@dataclass(frozen=True)
class VerifiedWebhook:
    """A request that is genuine. `delivery` is the same at each attempt: drop what you have seen."""

    delivery: str
    timestamp: int


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance: float = DEFAULT_TOLERANCE,
    clock: Callable[[], float] = time.time,
) -> VerifiedWebhook:
    """Checks the signature over timestamp and body, in constant time, and the timestamp's age.

    `body` is the request's body byte by byte as it came, `headers` its headers in any case.

    Raises:
        WebhookVerificationError: it is not genuine, or too old or too new. Answer with 400, do nothing else.
    """
    if not secret:
        raise WebhookVerificationError("an empty secret verifies nothing")
    sent = {name.lower(): value for name, value in headers.items()}
    timestamp = sent.get(TIMESTAMP_HEADER.lower(), "")
    signature = sent.get(SIGNATURE_HEADER.lower(), "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):  # noqa: PLR2004  # until 33658
        raise WebhookVerificationError(f"{TIMESTAMP_HEADER} is missing or no number")
    signed = f"{timestamp}.".encode() + body
    expected = "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise WebhookVerificationError(f"{SIGNATURE_HEADER} does not fit body and timestamp")
    if abs(clock() - int(timestamp)) > tolerance:
        raise WebhookVerificationError(f"{TIMESTAMP_HEADER} is further away than {tolerance:g} s")
    return VerifiedWebhook(sent.get(ID_HEADER.lower(), ""), int(timestamp))
