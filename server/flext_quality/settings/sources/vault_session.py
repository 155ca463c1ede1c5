"""A login at HashiCorp Vault, and what it lets us read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

import hvac
import requests
import structlog
from hvac import exceptions

from flext_quality.infrastructure.http.for_requests import RequestRefusedError, blocking_session
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.settings.groups.vault import VaultSettings

T = TypeVar("T")

_FIRST_PAUSE = 0.2
"""Seconds before a failed call is tried again; doubled each time."""
_RENEW_AT = 2 / 3
"""Of the token's life: late enough to be rare, early enough to be tried again."""
_TRY_AGAIN_SECONDS = 30.0

_TRANSIENT = (
    *(exceptions.VaultDown, exceptions.InternalServerError, exceptions.BadGateway),
    *(exceptions.RateLimitExceeded, requests.RequestException),
)
_LOST = (exceptions.Forbidden, exceptions.Unauthorized, exceptions.InvalidRequest)
"""Vault knows the token no more."""

_WORDS: dict[type[Exception], str] = {
    exceptions.VaultDown: "Vault is sealed or under maintenance",
    exceptions.Forbidden: "Vault does not let us in: token or role are wrong, or may not read this path",
    exceptions.InvalidPath: "Vault has no such secret: mount or path are wrong, or it was deleted",
    RequestRefusedError: "Vault's host must not be asked, or sends us on to another host",
    requests.Timeout: "Vault does not answer in time",
    requests.RequestException: "Vault cannot be reached, or does not speak its protocol",
}

_log = structlog.get_logger(__name__)


class VaultReadError(Exception):
    """Vault's secret cannot be read; says why in our own words."""


class VaultSession:
    """A login at Vault. It is made with the first read and can be kept alive."""

    def __init__(self, settings: VaultSettings, retries: int) -> None:
        self.settings = settings
        self._retries = retries
        token = settings.token.get_secret_value() if settings.token else ""
        self._client = hvac.Client(
            url=settings.address,
            # Never None: hvac would look for one in the environment and in the home directory.
            token=token if settings.auth == "token" else "",
            namespace=settings.namespace or None,
            # By the same client as all other requests, which follows what it may: docs/resilience.md.
            allow_redirects=False,
            session=blocking_session(
                "vault", HttpOptions(authorities=settings.ca_file), settings.timeout
            ),
        )

    def read(self) -> dict[str, Any]:
        """What the secret holds, by key. Blocks.

        Raises:
            VaultReadError: it cannot be read.
        """
        try:
            return self._persistent(self._read)
        except (exceptions.VaultError, requests.RequestException, OSError) as error:
            raise VaultReadError(self._words(error)) from None

    async def keep_alive(self) -> None:
        """Renews the token again and again; with Kubernetes a lost one is replaced by a new login.

        The server goes on with what it has read whatever happens here; the log tells what did. Ends when
        there is nothing to renew.
        """
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            try:
                life = await asyncio.to_thread(self._renewed)
            except _TRANSIENT as error:
                pause = _TRY_AGAIN_SECONDS
                _log.warning(
                    "vault does not renew the token", why=self._words(error), again_in=pause
                )
                continue
            except (exceptions.VaultError, OSError) as error:
                _log.error("vault's token is lost; secrets stay as read", why=self._words(error))
                return
            if life is None:
                return
            _log.debug("vault token renewed", seconds=life)
            pause = max(life * _RENEW_AT, 1.0)

    def _renewed(self) -> float | None:
        """The life of the token after a renewal, in seconds; None if it has no end or no renewal."""
        logs_in = self.settings.auth == "kubernetes"
        try:
            token = _part(self._client.auth.token.lookup_self(), "data")
            if not token.get("ttl"):
                return None
            if token.get("renewable"):
                answer = self._client.auth.token.renew_self()
                return _life(answer)
        except _LOST:
            if logs_in:
                return self._log_in()
            raise
        if logs_in:
            return self._log_in()
        _log.warning("vault's token cannot be renewed", seconds=token["ttl"])
        return None

    def _read(self) -> dict[str, Any]:
        if not self._client.token and self.settings.auth == "kubernetes":
            self._log_in()
        try:
            return self._read_once()
        except exceptions.Forbidden:
            if self.settings.auth != "kubernetes":
                raise
            self._log_in()  # the token may have ended since
            return self._read_once()

    def _read_once(self) -> dict[str, Any]:
        answer = self._client.secrets.kv.v2.read_secret_version(
            self.settings.path,
            mount_point=self.settings.mount,
            raise_on_deleted_version=True,
        )
        return _part(_part(answer, "data"), "data")

    def _log_in(self) -> float:
        jwt = self.settings.kubernetes_token_file.read_text("utf-8").strip()
        answer = self._client.auth.kubernetes.login(
            self.settings.role, jwt, mount_point=self.settings.kubernetes_mount
        )
        return _life(answer)

    def _persistent(self, call: Callable[[], T]) -> T:
        pause = _FIRST_PAUSE
        for _ in range(self._retries):
            try:
                return call()
            except RequestRefusedError:
                raise
            except _TRANSIENT:
                time.sleep(pause)
                pause *= 2
        return call()

    def _words(self, error: Exception) -> str:
        """What happened, in our own words: an answer could quote what was sent."""
        for kind, words in _WORDS.items():
            if isinstance(error, kind):
                return words
        if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
            file = self.settings.kubernetes_token_file
            return f"the service account's token cannot be read from {file}"
        return f"Vault answers with an error ({type(error).__name__})"


def _part(answer: Any, name: str) -> dict[str, Any]:
    """An object within an answer.

    Raises:
        InvalidJSONError: it is not there, so whoever answered is no Vault.
    """
    part = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(part, dict):
        raise requests.exceptions.InvalidJSONError
    return part


def _life(answer: Any) -> float:
    return float(_part(answer, "auth").get("lease_duration") or 0)
