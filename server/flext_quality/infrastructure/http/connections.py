"""Connections that one set of rules was checked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from flext_quality.infrastructure.http.addresses import HostRules, Resolver
from flext_quality.infrastructure.http.options import HttpOptions

if TYPE_CHECKING:
    import httpx


class Connections:
    """An httpx client that is made by its first use. `keeps`: whether it has a cache of answers.

    Attributes:
        rules: which hosts it may be used for, and which addresses it connects to.
    """

    def __init__(
        self,
        rules: HostRules,
        options: HttpOptions,
        resolver: Resolver,
        on_client: Callable[[httpx.AsyncClient], None] | None,
        *,
        keeps: bool,
    ) -> None:
        self.rules = rules
        self._options = options
        self._resolver = resolver
        self._on_client = on_client
        self._keeps = keeps
        self._opened: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def client(self) -> httpx.AsyncClient:
        """The client. It follows no redirects by itself."""
        async with self._opening:
            if self._opened is None:
                self._opened = await self._open()
            return self._opened

    def timeout(self, whole: float | None) -> httpx.Timeout:
        """For the parts of an attempt, of which all together may take so many seconds."""
        import httpx

        options = self._options
        if whole is None:
            return httpx.Timeout(options.read_timeout, connect=options.connect_timeout)
        return httpx.Timeout(whole, connect=min(options.connect_timeout, whole))

    async def close(self) -> None:
        """Closes what is open."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()

    async def _open(self) -> httpx.AsyncClient:
        import ssl
        from http.cookiejar import DefaultCookiePolicy

        import httpx

        from flext_quality.infrastructure.http.storing import storing
        from flext_quality.infrastructure.http.transport import CheckedTransport

        tls = ssl.create_default_context(cafile=self._options.authorities)
        checked = CheckedTransport(self.rules, self._resolver, tls)
        client = httpx.AsyncClient(
            transport=storing(checked, self._options) if self._keeps else checked,
            headers={"user-agent": "flext-quality"},
            trust_env=False,
            follow_redirects=False,
        )
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        if self._on_client is not None:
            self._on_client(client)
        return client
