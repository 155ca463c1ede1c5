"""Slack, mail and all other services, by apprise."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

from flext_quality.application.ports.http_client import HttpClient
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
from flext_quality.domain.system.errors import ExternalHostNotAllowedError
from flext_quality.infrastructure.http.addresses import HostRules, checked_addresses
from flext_quality.infrastructure.notifications.outcomes import never, outcome_of_failure

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

LOCAL_SCHEMES = frozenset(
    {"blink1", "dbus", "deltachat", "deltachats", "glib", "gnome", "growl", "kde", "macosx", "qt"}
    | {"syslog", "vapid", "windows"}
)
"""They act on the server's own machine, or read its files."""

UNCHECKED_SCHEMES = frozenset({"nostr", "xmpp", "xmpps"})
"""They find hosts by themselves, which nobody could check, and ask them by something else than HTTP."""

_NEVER = LOCAL_SCHEMES | UNCHECKED_SCHEMES

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
    """Hands messages to apprise. Nothing of what it logs reaches our log: it holds secrets.

    What apprise sends by HTTP goes through `http`, whatever service it is for. The hosts of mail servers and
    of services that speak something else are checked by `rules` before apprise connects to them.

    Attributes:
        threads: apprise blocks; it must not take the threads in which the loop resolves names.
    """

    http: HttpClient
    rules: HostRules
    schemes: Collection[str]
    timeout_seconds: float
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8, "apprise"))

    def check(self, url: str) -> FlextResult[None]:
        """Whether the URL is one that may be used."""
        from flext_quality.infrastructure.notifications import apprise_calls  # noqa: PLC0415  # 300 ms and 20 MB

        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if scheme in _NEVER or not {scheme, "*"} & set(self.schemes):
            why = f"{scheme!r} is not allowed; there are: {', '.join(sorted(self.schemes))}"
            return FlextResult.fail(invalid_field(_URL_FIELD, why))
        for option, _ in parse_qsl(parts.query, keep_blank_values=True):
            if option.lower().strip(" +-:") in _READING_OPTIONS:
                return FlextResult.fail(
                    invalid_field(_URL_FIELD, f"the option {option!r} is not allowed")
                )
        if apprise_calls.instance_of(url, self.timeout_seconds) is None:
            return FlextResult.fail(invalid_field(_URL_FIELD, "apprise does not understand it"))
        return FlextResult.ok(None)

    async def send(
        self, target: SlackTarget | EmailTarget | AppriseTarget, secret: str, message: Message
    ) -> SendOutcome:
        """Tries once."""
        loop = asyncio.get_running_loop()
        # In a thread: the first time it loads apprise, which takes its time.
        instance = await loop.run_in_executor(
            self.threads, self._made, target, _url_of(target, secret)
        )
        if isinstance(instance, SendOutcome):
            return instance
        refused = await self._refused(instance)
        if refused is not None:
            return refused
        return await self._notify(instance, isinstance(target, EmailTarget), message, secret)

    def close(self) -> None:
        """Lets the threads end; those that hang are not waited for."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    def _made(
        self, target: SlackTarget | EmailTarget | AppriseTarget, url: str
    ) -> NotifyBase | SendOutcome:
        """What sends there, or why nothing can."""
        from flext_quality.infrastructure.notifications import apprise_calls  # noqa: PLC0415  # as above

        if isinstance(target, AppriseTarget) and not self.check(url).is_success:
            return never("the operator does not allow this service any more")
        if not isinstance(target, EmailTarget) and not apprise_calls.asks_our_client():
            return never("this version of apprise does not send by the server's HTTP client")
        instance = apprise_calls.instance_of(url, self.timeout_seconds)
        return instance or never("apprise does not understand the target")

    async def _refused(self, instance: NotifyBase) -> SendOutcome | None:
        """Why the target's own host cannot be asked; services without one have theirs built in."""
        host = getattr(instance, "smtp_host", "") or (
            instance.host if "host" in instance.template_tokens else ""
        )
        if not host:
            return None
        port = instance.port or (443 if instance.secure else 80)
        try:
            await checked_addresses(self.rules, host, port)
        except ExternalHostNotAllowedError as error:
            return outcome_of_failure(error)
        except OSError:
            return SendOutcome(delivered=False, status="the host has a name without an address")
        return None

    async def _notify(
        self, instance: NotifyBase, is_html: bool, message: Message, secret: str
    ) -> SendOutcome:
        from flext_quality.infrastructure.http.for_requests import (  # noqa: PLC0415  # as above
            AskFromThread,
            ClientTransport,
        )
        from flext_quality.infrastructure.notifications import apprise_calls  # noqa: PLC0415  # as above

        loop = asyncio.get_running_loop()
        ask = AskFromThread(self.http, loop, self.timeout_seconds)
        transport = ClientTransport(ask)
        heard: list[str] = []
        work = partial(
            apprise_calls.notify,
            instance,
            message.title,
            _html(message.body) if is_html else message.body,
            is_html=is_html,
            transport=transport,
            heard=heard,
        )
        try:
            async with asyncio.timeout(self.timeout_seconds):
                arrived = await loop.run_in_executor(self.threads, work)
        except TimeoutError:
            # Mail cannot be stopped in its thread: a second one may be sent while it still goes on.
            return SendOutcome(
                delivered=False, status=f"no answer within {self.timeout_seconds:g} s"
            )
        finally:
            ask.end()
        if arrived:
            return SendOutcome(delivered=True, status="accepted")
        if transport.failure is not None:
            return outcome_of_failure(transport.failure)
        answer = " ".join(heard)
        for hidden in _parts_of(secret):
            answer = answer.replace(hidden, "***")
        return SendOutcome(
            delivered=False, status="not accepted", answer=answer[:EXCERPT_CHARACTERS]
        )


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
