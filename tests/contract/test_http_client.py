"""What every `HttpClient` promises, as far as the fake goes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from flext_quality.application.ports.http_client import HttpAnswer, HttpClient, HttpRequest
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import ExternalHostNotAllowedError
from flext_quality.infrastructure.http.client import HttpClientAdapter
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from tests.fakes import FakeHttpClient
from tests.web import answer, web_server


@pytest.fixture(params=["fake", "httpx"])
async def asked(request: pytest.FixtureRequest) -> AsyncIterator[tuple[HttpClient, str]]:
    """A client, and a URL that is answered with 418 and "teapot"."""
    if request.param == "fake":
        url = "http://127.0.0.1/a"
        teapot = FlextResult.ok(HttpAnswer(418, {}, b"teapot", url))
        yield FakeHttpClient({url: teapot}), url
        return
    async with web_server() as server:
        server.routes["/a"] = answer(418, b"teapot")
        client = HttpClientAdapter(
            HttpOptions(internal_hosts=["127.0.0.1"]), ResiliencePolicies(lambda _: PolicyOptions())
        )
        yield client, server.url("/a")
        await client.close()


async def test_every_status_is_an_answer(asked: tuple[HttpClient, str]) -> None:
    """Whoever asks decides what it means."""
    client, url = asked
    got = (await client.send(HttpRequest("GET", url))).unwrap()
    assert (got.status, got.content, got.url) == (418, b"teapot", url)


async def test_a_host_that_is_not_allowed_is_an_error(asked: tuple[HttpClient, str]) -> None:
    """Which names it."""
    client, _ = asked
    error = (await client.send(HttpRequest("GET", "http://far.example/"))).error
    assert isinstance(error, ExternalHostNotAllowedError)
    assert error.host == "far.example"
