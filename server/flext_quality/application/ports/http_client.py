"""Asking other servers by HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from flext_quality.domain.result import FlextResult


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked of another server.

    Attributes:
        url: http or https, without a user name.
        headers: Those that are secret are not sent on to another origin by a redirect; see the adapter.
        dependency: Whose policy holds, for example "slack"; empty: that of the URL's host.
        retry: Whether to ask again after a transient failure; None: if the method is safe or idempotent.
        follow_redirects: False: a redirect is an answer like others.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    dependency: str = ""
    retry: bool | None = None
    follow_redirects: bool = True


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What was answered, decoded and whole.

    Attributes:
        headers: Names in lower case; the values of one that came several times are joined by ", ".
        url: What answered, after redirects.
        from_cache: Whether no server was asked, or only whether nothing had changed.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    from_cache: bool = False


class HttpClient(Protocol):
    """Asks other servers, those only that the operator allowed."""

    async def send(self, request: HttpRequest) -> FlextResult[HttpAnswer]:
        """The answer, whatever its status; a failure is an error of `outside_errors`.

        Statuses that say "later" (429, 500, 502, 503, 504) count as failures of the dependency; when the
        last attempt gets one too, it is the answer.
        """
        ...
