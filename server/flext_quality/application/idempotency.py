"""Makes a creating call safe to repeat: the same request id stands for the same request for ever."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.errors import RequestIdReusedError, invalid_field

_REQUEST_ID = re.compile(r"[!-~]{0,64}")


def fingerprint(method: str, *parts: str | Sequence[str]) -> str:
    """A digest of what was asked."""
    text = json.dumps([method, *[p if isinstance(p, str) else list(p) for p in parts]])
    return hashlib.sha256(text.encode()).hexdigest()


async def earlier_result(uow: UnitOfWork, request_id: str, asked: str) -> str | None:
    """The name of what an earlier call with this id made; None if there was none.

    Raises:
        InvalidFieldError: the id is none.
        RequestIdReusedError: the earlier call asked for something else.
    """
    if not _REQUEST_ID.fullmatch(request_id):
        raise invalid_field(
            "request_id", "must have at most 64 printable ASCII characters, no spaces"
        )
    earlier = await uow.requests.get(request_id) if request_id else None
    if earlier is None:
        return None
    if earlier.fingerprint != asked:
        raise RequestIdReusedError(request_id)
    return earlier.result_name
