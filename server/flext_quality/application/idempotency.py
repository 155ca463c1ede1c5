"""Makes a call safe to repeat: for a day, the same request id stands for the same request.

An id belongs to a method and to the parent of what the method changes: the project, or nothing for what has
none. So clients that do not know of each other do not meet.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flext_quality.application.ports.records import StoredRequest
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.errors import RequestIdReusedError, invalid_field
from flext_quality.domain.identifiers import ProjectName

REQUEST_ID_LIFETIME = timedelta(hours=24)
"""How long a request id is remembered."""

_REQUEST_ID = re.compile(r"[!-~]{0,64}")


def fingerprint(method: str, *parts: str | Sequence[str]) -> str:
    """A digest of what was asked."""
    text = json.dumps([method, *[p if isinstance(p, str) else list(p) for p in parts]])
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RepeatableCall:
    """A call that a client may repeat without knowing what came of it.

    Attributes:
        method: as the contract calls it.
        parent: the project of what it changes; None where it has none.
        request_id: the client's; empty: every call counts.
        asked: a digest of all else that the client said.
    """

    method: str
    parent: ProjectName | None
    request_id: str
    asked: str

    def __post_init__(self) -> None:
        if not _REQUEST_ID.fullmatch(self.request_id):
            raise invalid_field(
                "request_id", "must have at most 64 printable ASCII characters, no spaces"
            )

    async def earlier_result(self, uow: UnitOfWork, now: datetime) -> str | None:
        """What an earlier call with this id came to, as `remember` was told; None if there was none.

        Raises:
            RequestIdReusedError: the earlier call asked for something else.
        """
        if not self.request_id:
            return None
        earlier = await uow.requests.get(self._scope, self.request_id)
        if earlier is None or earlier.time <= now - REQUEST_ID_LIFETIME:
            return None
        if earlier.fingerprint != self.asked:
            raise RequestIdReusedError(self.request_id)
        return earlier.result

    async def remember(
        self, uow: UnitOfWork, project: ProjectName, result: str, now: datetime
    ) -> None:
        """Remembers what the call came to: the name of a resource of the project, or a number."""
        if self.request_id:
            request = StoredRequest(self._scope, self.request_id, self.asked, result, project, now)
            await uow.requests.put(request, expired=now - REQUEST_ID_LIFETIME)

    @property
    def _scope(self) -> str:
        return f"{self.method} {self.parent or ''}".rstrip()


ONCE = RepeatableCall("", None, "", "")
"""A call that nobody repeats."""
