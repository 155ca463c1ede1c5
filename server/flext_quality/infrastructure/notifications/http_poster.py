"""HTTP requests to permitted addresses only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flext_quality.application.ports.sending import HttpAnswer, HttpFailure
from flext_quality.infrastructure.notifications.addresses import (
    AddressPolicy,
    AddressRefusedError,
    HostUnknownError,
)

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 3
_REDIRECTS_OF_POST = (307, 308)
"""The only ones that keep method and body."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


class _RefusedError(Exception):
    """Says why an URL is not asked."""


@dataclass
class GuardedHttpPoster:
    """Connects to the very address that was checked, so that a name cannot change its meaning in between.

    `authorities` is a file of certificate authorities in place of the usual ones.
    """

    policy: AddressPolicy
    authorities: str = ""
    _client: httpx.AsyncClient | None = field(default=None, init=False)

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,  # noqa: ASYNC109  # of the whole request, redirects and answer included
        max_answer_bytes: int,
    ) -> HttpAnswer | HttpFailure:
        """Posts, following at most three redirects that keep the body."""
        import httpx  # noqa: PLC0415  # 60 ms that only servers with webhooks need

        try:
            async with asyncio.timeout(timeout):
                return await self._post(httpx.URL(url), headers, body, max_answer_bytes)
        except TimeoutError:
            return HttpFailure(f"no answer within {timeout:g} s")
        except _RefusedError as error:
            return HttpFailure(str(error), refused=True)
        except HostUnknownError:
            return HttpFailure("the host's name has no address")
        except httpx.InvalidURL:
            return HttpFailure("the URL is none", refused=True)
        except httpx.HTTPError as error:
            return HttpFailure(_words(error))

    async def close(self) -> None:
        """Ends all connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _post(
        self, url: httpx.URL, headers: Mapping[str, str], body: bytes, max_answer_bytes: int
    ) -> HttpAnswer:
        for _ in range(MAX_REDIRECTS + 1):
            pinned = await self._pinned(url)
            request = self._connected().build_request(
                "POST",
                pinned,
                headers={**headers, "Host": url.netloc.decode("ascii")},
                content=body,
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            )
            response = await self._connected().send(request, stream=True)
            try:
                location = response.headers.get("Location", "")
                if response.status_code in _REDIRECTS_OF_POST and location:
                    url = url.join(location)
                    continue
                return HttpAnswer(
                    response.status_code, await _beginning(response, max_answer_bytes)
                )
            finally:
                await response.aclose()
        raise _RefusedError(f"more than {MAX_REDIRECTS} redirects")

    async def _pinned(self, url: httpx.URL) -> httpx.URL:
        """The URL with an address that was checked in the place of the host."""
        if url.scheme not in _DEFAULT_PORTS or not url.host or url.userinfo:
            raise _RefusedError("only http and https without user and password are asked")
        try:
            addresses = await self.policy.resolve(url.host, url.port or _DEFAULT_PORTS[url.scheme])
        except AddressRefusedError:
            raise _RefusedError(
                "the address is not a public one, and the operator has not allowed its host"
            ) from None
        return url.copy_with(host=addresses[0])

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx  # noqa: PLC0415  # as above

            context = ssl.create_default_context(cafile=self.authorities or None)
            # A new connection each time: a kept one to an address could be used for another host there.
            self._client = httpx.AsyncClient(
                verify=context,
                trust_env=False,
                follow_redirects=False,
                timeout=None,  # noqa: S113  # `post` bounds the whole
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._client


async def _beginning(response: httpx.Response, most: int) -> str:
    """The first bytes of the answer as they come, whatever its length, encoding or end."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return ""  # what is compressed could grow without bound
    gathered = b""
    async for part in response.aiter_raw():
        gathered += part
        if len(gathered) >= most:
            break
    return gathered[:most].decode("utf-8", "replace")


def _words(error: httpx.HTTPError) -> str:
    import httpx  # noqa: PLC0415  # as above

    match error:
        case httpx.ConnectError():
            return "no connection"
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return "the connection ended without an answer"
        case _:
            return "the request failed"
