"""The port `HttpClient` over httpx."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flext_quality.application.ports.http_client import HttpAnswer, HttpRequest
from flext_quality.domain.errors import QualityError, invalid_field
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import (
    ExternalAnswerInvalidError,
    ExternalHostNotAllowedError,
    ExternalServiceUnavailableError,
)
from flext_quality.infrastructure.http.addresses import AllowedHosts, Resolver, resolve
from flext_quality.infrastructure.http.content import ACCEPTED, read, too_large
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.resilience.policy import (
    ResiliencePolicies,
    TransientError,
    is_transient,
)

if TYPE_CHECKING:
    import httpx

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""RFC 9110, 9.2.2: asking twice does what asking once does."""

LATER = frozenset({429, 500, 502, 503, 504})
"""Statuses that say that another attempt may succeed."""

KIND = "http"
"""The policy's name in the settings, for hosts that have none of their own."""

_PORTS = {"http": 80, "https": 443}


@dataclass(eq=False)
class _LaterError(TransientError):
    """An answer that says "later"; it is the answer if nothing better comes."""

    answer: HttpAnswer

    def __post_init__(self) -> None:
        super().__init__(retry_after=_retry_after(self.answer.headers))


class HttpClientAdapter:
    """Asks other servers: see `docs/resilience.md` for what is refused and why.

    Each hop of a redirect is checked like a request of its own: the host by the operator's lists, every
    address that the name has, and that https does not become http. Environment variables (proxies) do not
    count, and no cookies are kept. Nothing is loaded or opened before the first request.
    """

    def __init__(
        self,
        options: HttpOptions,
        policies: ResiliencePolicies,
        resolver: Resolver = resolve,
        on_client: Callable[[httpx.AsyncClient], None] | None = None,
    ) -> None:
        self._options = options
        self._policies = policies
        self._resolver = resolver
        self._on_client = on_client
        self._hosts = AllowedHosts(options.allowed_hosts, options.internal_hosts)
        self._opened: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def send(self, request: HttpRequest) -> FlextResult[HttpAnswer]:
        """See the port."""
        import httpx

        try:
            url = httpx.URL(request.url)
            host = self._check(url)
        except (httpx.InvalidURL, ValueError):
            return FlextResult.fail(invalid_field("url", "is not a URL"))
        except QualityError as error:
            return FlextResult.fail(error)
        retry = request.method.upper() in IDEMPOTENT if request.retry is None else request.retry
        # A host that nobody named may be given any name; those of services are not for it to take.
        dependency = request.dependency or f"{KIND}:{host}"
        policy = self._policies.of(dependency, kind=request.dependency or KIND)
        try:
            answer = await policy.call(
                lambda: self._attempt(request, url, dependency), retry=retry, transient=_transient
            )
        except _LaterError as later:
            return FlextResult.ok(later.answer)
        except QualityError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(answer)

    async def close(self) -> None:
        """Closes connections and cache, if there are any."""
        if self._opened is not None:
            await self._opened.aclose()

    async def _attempt(self, request: HttpRequest, url: httpx.URL, dependency: str) -> HttpAnswer:
        import httpcore
        import httpx

        client = await self._client()
        headers = {
            "accept-encoding": ACCEPTED,
            **{k.lower(): v for k, v in request.headers.items()},
        }
        try:
            hop = client.build_request(
                request.method, url, headers=headers, content=request.content
            )
            for _ in range(self._options.max_redirects + 1):
                response = await client.send(hop, stream=True)
                try:
                    following = response.next_request if request.follow_redirects else None
                    if following is None:
                        return await self._answer(response, dependency)
                    hop = self._redirected(hop, following)
                finally:
                    await response.aclose()
        except (httpx.TimeoutException, httpcore.TimeoutException):
            raise _UnansweredError(dependency) from None
        except (httpx.RemoteProtocolError, httpcore.RemoteProtocolError):
            raise _UnansweredError(dependency) from None
        except (httpx.NetworkError, httpcore.NetworkError):
            raise _UnansweredError(dependency) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ProtocolError, ValueError):
            raise ExternalAnswerInvalidError(
                dependency, "protocol", "what cannot be read"
            ) from None
        raise ExternalAnswerInvalidError(
            dependency, "redirects", f"more than {self._options.max_redirects} redirects"
        )

    async def _answer(self, response: httpx.Response, dependency: str) -> HttpAnswer:
        limit = self._options.max_answer_bytes
        length = response.headers.get("content-length", "")
        if response.request.method != "HEAD" and length.isdecimal() and int(length) > limit:
            raise too_large(dependency, limit)
        encoding = response.headers.get("content-encoding", "")
        content = await read(dependency, encoding, response.aiter_raw(), limit)
        status = response.extensions.get("caching") or {}
        answer = HttpAnswer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            content=content,
            url=str(response.url),
            from_cache=bool(status.get("from_cache")),
        )
        if answer.status in LATER:
            raise _LaterError(answer)
        return answer

    def _check(self, url: httpx.URL) -> str:
        if url.scheme not in _PORTS or not url.host:
            raise invalid_field("url", "has to begin with http:// or https:// and a host")
        if url.userinfo:
            raise invalid_field("url", "must not have a user name; send a header")
        host = url.raw_host.decode("ascii")
        self._hosts.check_name(host, url.port or _PORTS[url.scheme])
        return host

    def _redirected(self, before: httpx.Request, after: httpx.Request) -> httpx.Request:
        from flext_quality.infrastructure.http.harmless import drop_others

        try:
            host = self._check(after.url)
        except QualityError as error:
            if isinstance(error, ExternalHostNotAllowedError):
                raise
            raise ExternalHostNotAllowedError(
                after.url.host or before.url.host, "was named by a redirect that is not followed"
            ) from None
        if before.url.scheme == "https" and after.url.scheme == "http":
            raise ExternalHostNotAllowedError(
                host, "would be asked without encryption by a redirect"
            )
        if _origin(before.url) != _origin(after.url):
            drop_others(after.headers)
        return after

    async def _client(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._opened is None:
                self._opened = await self._open()
            return self._opened

    async def _open(self) -> httpx.AsyncClient:
        import ssl
        from http.cookiejar import DefaultCookiePolicy

        import httpx

        from flext_quality.infrastructure.http.storing import storing
        from flext_quality.infrastructure.http.transport import CheckedTransport

        tls = ssl.create_default_context()
        transport = CheckedTransport(self._hosts, self._resolver, tls)
        client = httpx.AsyncClient(
            transport=await storing(transport, self._options),
            timeout=httpx.Timeout(
                self._options.read_timeout, connect=self._options.connect_timeout
            ),
            headers={"user-agent": "flext-quality"},
            trust_env=False,
            follow_redirects=False,
        )
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        if self._on_client is not None:
            self._on_client(client)
        return client


class _UnansweredError(ExternalServiceUnavailableError):
    """The network failed; asking again may help."""


def _transient(error: Exception) -> bool:
    return is_transient(error) or isinstance(error, _UnansweredError)


def _origin(url: httpx.URL) -> tuple[str, bytes, int]:
    return url.scheme, url.raw_host, url.port or _PORTS[url.scheme]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asked for; None if it did not, or by a date."""
    value = headers.get("retry-after", "").strip()
    return float(value) if value.isdecimal() else None
