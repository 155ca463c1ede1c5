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
    ExternalServiceTimedOutError,
)
from flext_quality.infrastructure.http.addresses import (
    AllowedHosts,
    NamedByOperator,
    Resolver,
    resolve,
)
from flext_quality.infrastructure.http.connections import Connections
from flext_quality.infrastructure.http.content import ACCEPTED, beginning, read, too_large
from flext_quality.infrastructure.http.failures import (
    UnansweredError,
    UnreachableError,
    network_failures,
)
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.resilience.policy import (
    ResiliencePolicies,
    ResiliencePolicy,
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
"""The name in the settings of the policy for hosts that no setting names."""

_PORTS = {"http": 80, "https": 443}


@dataclass(eq=False)
class _LaterError(TransientError):
    """An answer that says "later"; it is the answer if nothing better comes."""

    answer: HttpAnswer

    def __post_init__(self) -> None:
        super().__init__(retry_after=_retry_after(self.answer.headers))


class HttpClientAdapter:
    """Asks other servers: see `docs/resilience.md` for what is refused and why.

    Each hop of a redirect is checked like a request of its own: the host by the rules, every address that
    the name has, and that https does not become http. Environment variables (proxies) do not count, and no
    cookies are kept. Nothing is loaded or opened before the first request.
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
        allowed = AllowedHosts(options.allowed_hosts, options.internal_hosts)
        # Apart, as a connection that is still open is not checked again: what the operator's Consul may be
        # asked, no project's webhook may. What services answer is about now, and not kept.
        self._to_services = Connections(
            NamedByOperator(), options, resolver, on_client, keeps=False
        )
        self._to_others = Connections(allowed, options, resolver, on_client, keeps=True)

    async def send(self, request: HttpRequest) -> FlextResult[HttpAnswer]:
        """See the port."""
        import httpx

        try:
            url = httpx.URL(request.url)
            self._check(request, url)
        except (httpx.InvalidURL, ValueError):
            return FlextResult.fail(invalid_field("url", "is not a URL"))
        except QualityError as error:
            return FlextResult.fail(error)
        retry = request.method.upper() in IDEMPOTENT if request.retry is None else request.retry
        policy, failure = self._policy(request, url)
        try:
            answer = await policy.call(
                lambda: self._attempt(request, url, policy.dependency),
                retry=retry,
                transient=_transient,
                failure=failure,
            )
        except _LaterError as later:
            return FlextResult.ok(later.answer)
        except QualityError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(answer)

    async def close(self) -> None:
        """Closes connections and cache, if there are any."""
        await self._to_services.close()
        await self._to_others.close()

    def _policy(
        self, request: HttpRequest, url: httpx.URL
    ) -> tuple[ResiliencePolicy, Callable[[Exception], bool] | None]:
        """The policy, and what is a failure of the dependency; None: whatever is transient."""
        if request.dependency:
            return self._policies.of(request.dependency), None
        _, host, port = _origin(url)
        name = f"{KIND}:{host.decode('ascii')}:{port}"
        # What one project's URL answers, or when, must not keep other projects from the host.
        return self._policies.of_stranger(name, KIND), lambda e: isinstance(e, UnreachableError)

    async def _attempt(self, request: HttpRequest, url: httpx.URL, dependency: str) -> HttpAnswer:
        try:
            async with asyncio.timeout(request.timeout):
                with network_failures(dependency):
                    return await self._ask(request, url, dependency)
        except TimeoutError:
            seconds = request.timeout or 0.0
            raise ExternalServiceTimedOutError(dependency, seconds) from None

    async def _ask(self, request: HttpRequest, url: httpx.URL, dependency: str) -> HttpAnswer:
        connections = self._to_services if request.dependency else self._to_others
        client = await connections.client()
        headers = {
            "accept-encoding": ACCEPTED,
            **{k.lower(): v for k, v in request.headers.items()},
        }
        hop = client.build_request(
            request.method,
            url,
            headers=headers,
            content=request.content,
            timeout=connections.timeout(request.timeout),
        )
        for _ in range(self._options.max_redirects + 1):
            response = await client.send(hop, stream=True)
            try:
                following = response.next_request if request.follow_redirects else None
                if following is None or following.method != hop.method:
                    return await self._answer(request, response, dependency)
                hop = self._redirected(request, hop, following)
            finally:
                await response.aclose()
        raise ExternalAnswerInvalidError(
            dependency, "redirects", f"more than {self._options.max_redirects} redirects"
        )

    async def _answer(
        self, request: HttpRequest, response: httpx.Response, dependency: str
    ) -> HttpAnswer:
        encoding = response.headers.get("content-encoding", "")
        if request.excerpt is not None:
            content = await beginning(encoding, response.aiter_raw(), request.excerpt)
        else:
            limit = self._options.max_answer_bytes
            length = response.headers.get("content-length", "")
            if response.request.method != "HEAD" and length.isdecimal() and int(length) > limit:
                raise too_large(dependency, limit)
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

    def _check(self, request: HttpRequest, url: httpx.URL) -> None:
        if url.scheme not in _PORTS or not url.host:
            raise invalid_field("url", "must begin with http:// or https:// and a host")
        if url.userinfo:
            raise invalid_field("url", "must not hold a user name or password")
        rules = (self._to_services if request.dependency else self._to_others).rules
        rules.check_name(url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme])

    def _redirected(
        self, request: HttpRequest, before: httpx.Request, after: httpx.Request
    ) -> httpx.Request:
        from flext_quality.infrastructure.http.harmless import drop_others

        unnamed = after.url.host != before.url.host if request.dependency else False
        try:
            self._check(request, after.url)
        except QualityError as error:
            if isinstance(error, ExternalHostNotAllowedError):
                raise
            unnamed = True
        if unnamed:
            raise ExternalHostNotAllowedError(
                after.url.host or before.url.host, "was named by a redirect that is not followed"
            )
        if before.url.scheme == "https" and after.url.scheme == "http":
            raise ExternalHostNotAllowedError(
                after.url.host, "would be asked without encryption by a redirect"
            )
        if _origin(before.url) != _origin(after.url):
            drop_others(after.headers, request.open_headers)
        return after


def _transient(error: Exception) -> bool:
    return is_transient(error) or isinstance(error, UnansweredError)


def _origin(url: httpx.URL) -> tuple[str, bytes, int]:
    return url.scheme, url.raw_host, url.port or _PORTS[url.scheme]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asked for; None if it did not, or by a date."""
    value = headers.get("retry-after", "").strip()
    return float(value) if value.isdecimal() else None
