"""Makes a creating call safe to repeat: the same request id stands for the same request for ever."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.errors import RequestIdReusedError


def fingerprint(method: str, *parts: str | Sequence[str]) -> str:
    """A digest of what was asked."""
    text = json.dumps([method, *[p if isinstance(p, str) else list(p) for p in parts]])
    return hashlib.sha256(text.encode()).hexdigest()


async def earlier_result(uow: UnitOfWork, request_id: str, asked: str) -> str | None:
    """The name of what an earlier call with this id made; None if there was none.

    Raises:
        RequestIdReusedError: the earlier call asked for something else.
    """
    earlier = await uow.requests.get(request_id) if request_id else None
    if earlier is None:
        return None
    if earlier.fingerprint != asked:
        raise RequestIdReusedError(request_id)
    return earlier.result_name
