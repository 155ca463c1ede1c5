"""Slack, mail and all other services, by apprise."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from flext_quality.application.ports.sending import Message
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.notifications.channel import (
    AppriseTarget,
    EmailSecurity,
    EmailTarget,
    SlackTarget,
)
from flext_quality.domain.notifications.delivery import EXCERPT_CHARACTERS, SendOutcome
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.notifications.addresses import (
    AddressPolicy,
    AddressRefusedError,
    HostUnknownError,
)

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

LOCAL_SCHEMES = frozenset(
    {"blink1", "dbus", "deltachat", "deltachats", "glib", "gnome", "growl", "kde", "macosx", "qt"}
    | {"syslog", "vapid", "windows"}
)
"""They act on the server's own machine, or read its files."""

_READING_OPTIONS = frozenset(
    {"attach", "inline", "keyfile", "pgp", "pgpkey", "pgpprv", "pgppub", "subfile", "template"}
    | {"path", "config"}
)
"""Options of apprise's URLs that name files of the server."""

_MODES = {
    EmailSecurity.STARTTLS: ("mailtos", "starttls"),
    EmailSecurity.TLS: ("mailtos", "ssl"),
    EmailSecurity.NONE: ("mailto", "insecure"),
}

_TOKEN_LENGTH = 8

_URL_FIELD = "notification_channel.apprise.url"


@dataclass(frozen=True)
class AppriseSender:
    """Hands messages to apprise. Nothing of what it logs reaches our log: it holds secrets."""

    policy: AddressPolicy
    schemes: Collection[str]
    timeout_seconds: float

    def check(self, url: str) -> FlextResult[None]:
        """Whether the URL is one that may be used."""
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if scheme in LOCAL_SCHEMES or not {scheme, "*"} & set(self.schemes):
            why = f"{scheme!r} is not allowed; there are: {', '.join(sorted(self.schemes))}"
            return FlextResult.fail(invalid_field(_URL_FIELD, why))
        for option, _ in parse_qsl(parts.query, keep_blank_values=True):
            if option.lower().strip(" +-:") in _READING_OPTIONS:
                return FlextResult.fail(
                    invalid_field(_URL_FIELD, f"the option {option!r} is not allowed")
                )
        if self._instance(url) is None:
            return FlextResult.fail(invalid_field(_URL_FIELD, "apprise does not understand it"))
        return FlextResult.ok(None)

    async def send(
        self, target: SlackTarget | EmailTarget | AppriseTarget, secret: str, message: Message
    ) -> SendOutcome:
        """Tries once."""
        # In a thread: the first time it loads apprise, which takes its time.
        instance = await asyncio.to_thread(self._made, target, _url_of(target, secret))
        if isinstance(instance, SendOutcome):
            return instance
        refused = await self._refused(instance)
        if refused is not None:
            return refused
        return await self._notify(instance, isinstance(target, EmailTarget), message, secret)

    def _made(
        self, target: SlackTarget | EmailTarget | AppriseTarget, url: str
    ) -> NotifyBase | SendOutcome:
        """What sends there, or why nothing can."""
        if isinstance(target, AppriseTarget) and not self.check(url).is_success:
            return _never("the operator does not allow this service any more")
        return self._instance(url) or _never("apprise does not understand the target")

    async def _refused(self, instance: NotifyBase) -> SendOutcome | None:
        """Why the target's own host cannot be asked; services without one have theirs built in."""
        host = getattr(instance, "smtp_host", "") or (
            instance.host if "host" in instance.template_tokens else ""
        )
        if not host:
            return None
        try:
            await self.policy.resolve(host, instance.port or 0)
        except AddressRefusedError:
            why = "the address is not a public one, and the operator has not allowed its host"
            return _never(why)
        except HostUnknownError:
            return SendOutcome(delivered=False, status="the host's name has no address")
        return None

    async def _notify(
        self, instance: NotifyBase, is_html: bool, message: Message, secret: str
    ) -> SendOutcome:
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415  # 300 ms and 20 MB

        heard: list[str] = []

        def hear(entry: Any, _service: object = None) -> None:
            heard.append(str(entry.message))

        service = Apprise(asset=instance.asset)
        service.add(instance)
        body = _html(message.body) if is_html else message.body
        sending = service.async_notify(
            body=body,
            title=message.title,
            body_format=NotifyFormat.HTML if is_html else NotifyFormat.TEXT,
            interpret_escapes=False,
            log_callback=hear,
            log_level=logging.WARNING,
        )
        try:
            # It cannot be stopped in its thread: a second one may be sent while it still goes on.
            arrived = await asyncio.wait_for(sending, self.timeout_seconds)
        except TimeoutError:
            return SendOutcome(
                delivered=False, status=f"no answer within {self.timeout_seconds:g} s"
            )
        if arrived:
            return SendOutcome(delivered=True, status="accepted")
        answer = " ".join(heard)
        for hidden in _parts_of(secret):
            answer = answer.replace(hidden, "***")
        return SendOutcome(
            delivered=False, status="not accepted", answer=answer[:EXCERPT_CHARACTERS]
        )

    def _instance(self, url: str) -> NotifyBase | None:
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415  # as above

        logger = logging.getLogger("apprise")
        logger.propagate = False
        # Whatever our own log's level is: deliveries keep what it says.
        logger.setLevel(logging.WARNING)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        # No plugins from disk, nothing kept on it, nothing in the URL's place taken from the environment.
        asset = AppriseAsset(
            app_id="FLEXT Quality",
            app_desc="FLEXT Quality",
            app_url="",
            plugin_paths=[],
            storage_path=None,
            secure_logging=True,
        )
        found = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if found is not None:
            # We retry by ourselves; what is slow must end before its claim does.
            found.socket_connect_timeout = min(self.timeout_seconds, 10.0)
            found.socket_read_timeout = min(self.timeout_seconds, 10.0)
            found.request_rate_per_sec = 0
        return found


def _url_of(target: SlackTarget | EmailTarget | AppriseTarget, secret: str) -> str:
    if isinstance(target, SlackTarget) and target.channel:
        return f"{secret}?to={quote(target.channel, safe='')}"
    if not isinstance(target, EmailTarget):
        return secret
    scheme, mode = _MODES[target.security]
    login = f"{quote(target.user, safe='')}:{quote(secret, safe='')}@" if target.user else ""
    options = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in (
            ("smtp", target.host),
            ("from", target.sender),
            ("to", ",".join(target.to)),
            ("mode", mode),
            ("format", "html"),
            ("name", "FLEXT Quality"),
        )
    )
    return f"{scheme}://{login}{target.host}:{target.effective_port}?{options}"


def _parts_of(secret: str) -> list[str]:
    """What must not be repeated: the secret, and what looks like a token in it; the longest first."""
    tokens = [part for part in re.split(r"[/:@?&=]+", secret) if len(part) >= _TOKEN_LENGTH]
    return sorted({secret, quote(secret, safe=""), *tokens} - {""}, key=len, reverse=True)


def _html(text: str) -> str:
    """Plain text as HTML that shows it and does nothing."""
    return "<p>" + escape(text).replace("\n", "<br/>\n") + "</p>"


def _never(why: str) -> SendOutcome:
    return SendOutcome(delivered=False, status=why, retry=False)
