"""The way through our client for libraries that speak `requests`: apprise and hvac.

`requests` sends through transport adapters (https://requests.readthedocs.io/en/latest/user/advanced/#transport-adapters);
`ClientTransport` is one that opens no connection but asks an `HttpClient`. Environment variables (proxies),
`verify=False` and client certificates do not count.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from flext_quality.application.ports.http_client import HttpAnswer, HttpClient, HttpRequest
from flext_quality.domain.errors import QualityError
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import (
    ExternalHostNotAllowedError,
    ExternalServiceTimedOutError,
)
from flext_quality.infrastructure.http.client import HttpClientAdapter
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies

Ask = Callable[[HttpRequest], FlextResult[HttpAnswer]]
"""`HttpClient.send`, but it blocks."""

_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")
"""Headers that say how content was sent that is decoded by now."""


class RequestRefusedError(requests.RequestException):
    """The host must not be asked. No connection was made, and asking again is no use."""


class ClientTransport(BaseAdapter):
    """Sends what `requests` prepared by an `HttpClient`.

    Attributes:
        failure: why the last request got no answer; None if it got one.
    """

    def __init__(self, ask: Ask, dependency: str = "") -> None:
        """`dependency` as in `HttpRequest`."""
        super().__init__()
        self.failure: QualityError | None = None
        self._ask = ask
        self._dependency = dependency

    def send(  # requests' signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002
        timeout: Any = None,  # noqa: ARG002  # the policy's is what counts
        verify: Any = True,  # noqa: ARG002
        cert: Any = None,  # noqa: ARG002
        proxies: Any = None,  # noqa: ARG002
    ) -> requests.Response:
        """The answer, whatever its status.

        Raises:
            RequestRefusedError: the host must not be asked.
            requests.Timeout: there was no answer in time.
            requests.ConnectionError: there was none at all, or none that can be read.
        """
        result = self._ask(
            HttpRequest(
                request.method or "GET",
                request.url or "",
                {name: _text(value) for name, value in request.headers.items()},
                _bytes(request.body),
                dependency=self._dependency,
                retry=False,
            )
        )
        self.failure = result.error
        match result.error:
            case None:
                return _response(request, result.unwrap())
            case ExternalHostNotAllowedError():
                raise RequestRefusedError(result.error.message)
            case ExternalServiceTimedOutError():
                raise requests.Timeout(result.error.message)
            case _:
                raise requests.ConnectionError(result.error.message)

    def close(self) -> None:
        """Nothing: the client belongs to who made it."""


class AskFromThread:
    """Asks a client from the thread in which a blocking library works; the client stays in its loop."""

    def __init__(self, http: HttpClient, loop: asyncio.AbstractEventLoop, timeout: float) -> None:
        self._http = http
        self._loop = loop
        self._timeout = timeout
        self._asked: Future[FlextResult[HttpAnswer]] | None = None
        self._is_over = threading.Event()

    def __call__(self, request: HttpRequest) -> FlextResult[HttpAnswer]:
        """See `Ask`."""
        late = ExternalServiceTimedOutError(request.dependency or "the host", self._timeout)
        if self._is_over.is_set():
            return FlextResult.fail(late)
        self._asked = asyncio.run_coroutine_threadsafe(self._http.send(request), self._loop)
        if self._is_over.is_set():  # meanwhile
            self._asked.cancel()
        try:
            return self._asked.result()
        except CancelledError:
            return FlextResult.fail(late)

    def end(self) -> None:
        """Ends the request that is under way, and refuses further ones; for the loop's thread."""
        self._is_over.set()
        if self._asked is not None:
            self._asked.cancel()


def blocking_session(dependency: str, options: HttpOptions, timeout: float) -> requests.Session:
    """A session for a service whose host a setting names, for before there is a server.

    Every request is one attempt of at most `timeout` seconds.
    """

    async def send(request: HttpRequest) -> FlextResult[HttpAnswer]:
        client = HttpClientAdapter(options, ResiliencePolicies(lambda _: policy))
        try:
            return await client.send(request)
        finally:
            await client.close()

    def ask(request: HttpRequest) -> FlextResult[HttpAnswer]:
        # In a thread of its own: the caller's may run a loop.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(send(request))).result()

    policy = PolicyOptions(timeout=timeout, attempts=1)
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, ClientTransport(ask, dependency))
    return session


_transport: ContextVar[ClientTransport | None] = ContextVar("transport", default=None)


@contextmanager
def all_requests_through(transport: ClientTransport) -> Iterator[None]:
    """Every `requests` session that is used in this context sends through `transport` within the block.

    For libraries that make sessions of their own where nobody can mount anything. Threads belong to the
    context if they are started with a copy of it.
    """
    _make_sessions_ask()
    token = _transport.set(transport)
    try:
        yield
    finally:
        _transport.reset(token)


@cache
def _make_sessions_ask() -> None:
    """Sessions look first whether their context has a transport; elsewhere nothing changes."""
    mounted = requests.Session.get_adapter

    def get_adapter(self: requests.Session, url: str) -> BaseAdapter:
        return _transport.get() or mounted(self, url)

    requests.Session.get_adapter = get_adapter  # type: ignore[method-assign]


def _response(request: requests.PreparedRequest, answer: HttpAnswer) -> requests.Response:
    response = requests.Response()
    response.request = request
    response.url = answer.url
    response.status_code = answer.status
    response.reason = next((s.phrase for s in HTTPStatus if s == answer.status), "")
    kept = {n: v for n, v in answer.headers.items() if n not in _OF_THE_WIRE}
    response.headers = CaseInsensitiveDict(kept)
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = BytesIO(answer.content)
    return response


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:
    """What is sent, of all that `requests` takes."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if hasattr(body, "read"):
        return _bytes(body.read())
    return b"".join(_bytes(part) for part in body)
