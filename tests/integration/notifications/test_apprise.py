"""Mail to a real SMTP server, Slack to a real HTTP server, and what apprise must not be used for."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from collections.abc import AsyncIterator
from contextlib import nullcontext

import pytest

from flext_quality.application.ports.sending import Message
from flext_quality.domain.notifications.channel import (
    AppriseTarget,
    EmailSecurity,
    EmailTarget,
    SlackTarget,
    Target,
    WebhookTarget,
)
from flext_quality.domain.notifications.delivery import SendOutcome
from flext_quality.infrastructure.http.addresses import AllowedHosts
from flext_quality.infrastructure.http.client import HttpClientAdapter
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.notifications.apprise_sender import AppriseSender
from flext_quality.infrastructure.notifications.notifier import OutsideNotifier
from flext_quality.infrastructure.notifications.plugin_sender import PluginSender
from flext_quality.infrastructure.notifications.webhook import WebhookSender
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from tests.fakes import FakeClock
from tests.integration.notifications.receivers import Mailbox, http_receiver, said

EVIL = "<script>alert(1)</script> & <!channel> *b* é\n.\nsecond"
MESSAGE = Message("id", "A title & <b> é", EVIL, b"{}")
REFUSED = "the host has an address that is not public"


@pytest.fixture
def mailbox() -> Mailbox:
    """An empty one."""
    return Mailbox()


@pytest.fixture
async def smtp(mailbox: Mailbox) -> AsyncIterator[int]:
    """The port of a mail server on loopback."""
    async with mailbox.open() as port:
        yield port


def notifier(
    *internal: str, schemes: tuple[str, ...] = ("discord",), seconds: float = 5
) -> OutsideNotifier:
    options = HttpOptions(allowed_hosts=["*"], internal_hosts=internal)
    http = HttpClientAdapter(options, ResiliencePolicies(lambda _: PolicyOptions()))
    webhooks = WebhookSender(http, FakeClock(), 1)
    rules = AllowedHosts(["*"], internal)
    return OutsideNotifier(
        webhooks, AppriseSender(http, rules, schemes, seconds), PluginSender({}, 5)
    )


def mail(port: int, *to: str, user: str = "") -> EmailTarget:
    receivers = to or ("ops@x.example", "dev@x.example")
    return EmailTarget("127.0.0.1", "ci@x.example", receivers, EmailSecurity.NONE, port, user)


async def test_a_mail_arrives_and_harms_nobody(smtp: int, mailbox: Mailbox) -> None:
    """As HTML in which all text is escaped, and as plain text; whatever is in it is text."""
    arrived = await notifier("127.0.0.1").send(mail(smtp, "ops@x.example"), "", MESSAGE)
    assert arrived == SendOutcome(True, "accepted")
    found = mailbox.parsed()
    assert (found["Subject"], found["To"]) == ("A title & <b> é", "ops@x.example")
    assert found["From"] == "FLEXT Quality <ci@x.example>"
    html = found.get_body(("html",))
    plain = found.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert "<script" not in html.get_content()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;!channel&gt;" in html.get_content()
    assert "<script>alert(1)</script> & <!channel> *b* é" in plain.get_content()


async def test_every_receiver_gets_the_mail(smtp: int, mailbox: Mailbox) -> None:
    """One that does not take it makes the message fail, to be tried again."""
    assert (await notifier("127.0.0.1").send(mail(smtp), "", MESSAGE)).delivered
    assert {tuple(one.rcpt_tos) for one in mailbox.mails} == {
        ("ops@x.example",),
        ("dev@x.example",),
    }
    full = await notifier("127.0.0.1").send(mail(smtp, "full@x.example"), "", MESSAGE)
    assert (full.delivered, full.retry, full.status) == (False, True, "not accepted")


async def test_a_mail_server_may_want_a_password(smtp: int, mailbox: Mailbox) -> None:
    """A wrong one is a failure whose answer does not repeat it."""
    target = mail(smtp, "ops@x.example", user="ci")
    assert (await notifier("127.0.0.1").send(target, "right & p@ss", MESSAGE)).delivered
    wrong = await notifier("127.0.0.1").send(target, "wrong & p@ss", MESSAGE)
    assert not wrong.delivered
    assert "wrong" not in wrong.answer
    assert mailbox.passwords[0] == b"right & p@ss"


async def test_no_header_can_be_smuggled_in(smtp: int, mailbox: Mailbox) -> None:
    """Not even by a title that was not cleaned."""
    smuggling = Message("id", "Hello\r\nBcc: evil@x.example\n\nbody", "text", b"{}")
    await notifier("127.0.0.1").send(mail(smtp, "ops@x.example"), "", smuggling)
    for one in mailbox.mails:
        assert one.rcpt_tos == ["ops@x.example"]
        assert isinstance(one.content, bytes)
        parsed = email.message_from_bytes(one.content, policy=email.policy.default)
        assert parsed["Bcc"] is None


async def test_a_mail_server_inside_is_refused(smtp: int, mailbox: Mailbox) -> None:
    """Unless the operator allows it; one that is down or silent is tried again."""
    outcome = await notifier().send(mail(smtp), "", MESSAGE)
    assert outcome == SendOutcome(False, REFUSED, retry=False)
    assert mailbox.mails == []
    unknown = EmailTarget("nobody.invalid", "ci@x.example", ("a@x.example",))
    assert (
        await notifier().send(unknown, "", MESSAGE)
    ).status == "the host has a name without an address"
    async with http_receiver([30.0]) as silent:
        sending = notifier("127.0.0.1", seconds=0.3).send(mail(silent.port), "", MESSAGE)
        slow = await asyncio.wait_for(sending, 10)
    assert (slow.delivered, slow.retry) == (False, True)


async def test_slack_shows_text_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its special characters are escaped, so that the code's words call nobody; a channel may be named."""
    from apprise.plugins.slack import NotifySlack  # noqa: PLC0415  # slow to import

    secret = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    async with http_receiver(said("200 OK", b"ok"), said("403 Forbidden", b"no")) as slack:
        monkeypatch.setattr(NotifySlack, "webhook_url", slack.url)
        outcome = await notifier("127.0.0.1").send(SlackTarget(), secret, MESSAGE)
        refused = await notifier("127.0.0.1").send(SlackTarget("#ops-team"), secret, MESSAGE)
    assert outcome == SendOutcome(True, "accepted")
    told, elsewhere = (json.loads(body) for _, body in slack.requests)
    assert "channel" not in told
    assert elsewhere["channel"] == "#ops-team"
    (attachment,) = told["attachments"]
    assert attachment["title"] == "A title &amp; &lt;b&gt; é"
    assert attachment["text"].startswith(
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;!channel&gt; *b* é"
    )
    assert (refused.delivered, refused.status) == (False, "not accepted")
    assert "403" in refused.answer
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in refused.answer


@pytest.mark.parametrize(
    "url",
    [
        "syslog://",
        "dbus://",
        "xmpps://user:password@host.example",
        "json://127.0.0.1/x",
        "discord://id/token?template=/etc/passwd",
        "discord://id/token?+attach=/etc/passwd",
        "discord://",
    ],
)
async def test_what_apprise_must_not_do(url: str) -> None:
    """Act on the server's own machine, read its files, or use what the operator did not allow."""
    target: Target = AppriseTarget(url.partition(":")[0])
    assert not notifier().check(target, url).is_success
    outcome = await notifier().send(target, url, MESSAGE)
    assert (outcome.delivered, outcome.retry) == (False, False)
    everything = notifier(schemes=("*",))
    assert everything.check(target, url).is_success == url.startswith("json")


async def test_a_service_with_its_own_host_cannot_be_inside() -> None:
    """Though the operator allows the service; an allowed host gets the message."""
    async with http_receiver() as receiver:
        url = f"json://127.0.0.1:{receiver.port}/x"
        target = AppriseTarget("json")
        refused = await notifier(schemes=("json",)).send(target, url, MESSAGE)
        assert refused == SendOutcome(False, REFUSED, retry=False)
        assert receiver.requests == []
        sent = await notifier("127.0.0.1", schemes=("json",)).send(target, url, MESSAGE)
    assert sent.delivered
    assert json.loads(receiver.requests[0][1])["message"] == EVIL


async def test_an_apprise_that_goes_its_own_way_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A later version might; then only mail goes out, which is no HTTP."""
    from flext_quality.infrastructure.notifications import apprise_calls  # noqa: PLC0415  # slow

    monkeypatch.setattr(apprise_calls, "all_requests_through", lambda _: nullcontext())
    apprise_calls.asks_our_client.cache_clear()
    try:
        async with http_receiver() as receiver:
            url = f"json://127.0.0.1:{receiver.port}/x"
            outcome = await notifier("127.0.0.1", schemes=("json",)).send(
                AppriseTarget("json"), url, MESSAGE
            )
            assert receiver.requests == []
    finally:
        apprise_calls.asks_our_client.cache_clear()
    assert (outcome.delivered, outcome.retry) == (False, False)
    assert "HTTP client" in outcome.status


async def test_a_webhook_is_nothing_for_apprise() -> None:
    """It is sent by ourselves."""
    target = WebhookTarget("http://nobody.invalid/")
    assert notifier().check(target, "").is_success
    outcome = await notifier().send(target, "x", MESSAGE)
    assert outcome.status == "the host has a name without an address"
