"""Signs webhooks: docs/notifications.md tells receivers how to verify them."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

ID_HEADER = "X-Flext-Delivery"
TIMESTAMP_HEADER = "X-Flext-Timestamp"
SIGNATURE_HEADER = "X-Flext-Signature"
HEADERS = frozenset(name.lower() for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER))


def signed_headers(delivery: str, body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """The headers of a signed request.

    The signature is the HMAC-SHA256 (RFC 2104), in hexadecimal, of the timestamp, a dot and the body.
    """
    timestamp = str(int(now.timestamp()))
    signed = f"{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "flext-quality",
        ID_HEADER: delivery,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: f"sha256={digest}",
    }
