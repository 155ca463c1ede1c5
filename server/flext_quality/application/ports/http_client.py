"""Asking other servers by HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import ExternalHostNotAllowedError


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked of another server.

    Attributes:
        url: http or https, without a user name.
        headers: Those that may be secret are not sent on to another origin by a redirect.
        dependency: The service, such as "registry", whose host a setting of the operator's names: it is
            allowed by that, and the service's policy holds. Empty: a project named the host, which is asked
            only if it is among the allowed ones.
        retry: Whether to ask again after a transient failure; None: if the method is safe or idempotent.
        follow_redirects: False: a redirect is an answer like others.
        open_headers: In lower case: which other headers another origin may be told, too.
        timeout: Seconds for an attempt, redirects and answer included; None: as the policy says.
        excerpt: Only so many bytes of the answer are read, and none of a compressed one; None: all.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    dependency: str = ""
    retry: bool | None = None
    follow_redirects: bool = True
    open_headers: Collection[str] = ()
    timeout: float | None = None
    excerpt: int | None = None


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
    """The one way to other servers: asks those only that the operator named or allowed."""

    async def send(self, request: HttpRequest) -> FlextResult[HttpAnswer]:
        """The answer, whatever its status; a failure is an error of `domain/system/errors.py`.

        A redirect is followed if it asks the same again (a POST by 307 and 308 only); else it is an answer.

        Statuses that say "later" (429, 500, 502, 503, 504) count as failures of the dependency; when the
        last attempt gets one too, it is the answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoHttpClient:
    """The port `HttpClient` where there is no server: no host is allowed."""

    async def send(self, request: HttpRequest) -> FlextResult[HttpAnswer]:
        """Asks nobody."""
        host = urlsplit(request.url).hostname or ""
        return FlextResult.fail(ExternalHostNotAllowedError(host))
