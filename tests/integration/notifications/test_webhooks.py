"""Webhooks against real HTTP servers that fail in every way."""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from flext_quality.application.ports.sending import Message
from flext_quality.domain.notifications.channel import WebhookTarget
from flext_quality.domain.notifications.delivery import SendOutcome
from flext_quality.infrastructure.http.addresses import Resolver, resolve
from flext_quality.infrastructure.http.client import HttpClientAdapter
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.notifications.webhook import WebhookSender
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from flext_quality_client import WebhookVerificationError, verify_webhook
from tests.integration.notifications.receivers import http_receiver, said

SECRET = "a secret of the receiver"
MESSAGE = Message("projects/p/channels/c/deliveries/d", "title", "body", b'{"a":"\\u00e9"}')
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
REFUSED = "the host has an address that is not public"
METADATA = "the host has the address of a metadata service"


def client(
    *internal: str, authorities: Path | None = None, resolver: Resolver = resolve
) -> HttpClientAdapter:
    """As by default: every public host, and those that the operator calls internal."""
    options = HttpOptions(allowed_hosts=["*"], internal_hosts=internal, authorities=authorities)
    return HttpClientAdapter(options, ResiliencePolicies(lambda _: PolicyOptions()), resolver)


async def send_by(http: HttpClientAdapter, url: str, seconds: float = 5) -> SendOutcome:
    try:
        sender = WebhookSender(http, lambda: NOW, seconds)
        return await sender.send(WebhookTarget(url), SECRET, MESSAGE)
    finally:
        await http.close()


async def send(url: str, *internal: str, seconds: float = 5) -> SendOutcome:
    return await send_by(client(*internal), url, seconds)


async def test_a_webhook_arrives_signed() -> None:
    """The client's helper verifies it; a changed body, another secret or an old one is refused."""
    async with http_receiver() as receiver:
        outcome = await send(receiver.url, "127.0.0.1")
    assert outcome == SendOutcome(delivered=True, status="200", answer="thanks")
    headers, body = receiver.requests[0]
    assert json.loads(body) == {"a": "é"}
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"

    def clock() -> float:
        return NOW.timestamp() + 299

    verified = verify_webhook(body, headers, SECRET, clock=clock)
    assert (verified.delivery, verified.timestamp) == (MESSAGE.id, int(NOW.timestamp()))
    wrongs: tuple[dict[str, Any], ...] = (
        {"body": body + b" "},
        {"secret": "another"},
        {"secret": ""},
        {"tolerance": 298},
        {"headers": {**headers, "X-Flext-Timestamp": "-1"}},
        {"headers": {**headers, "X-Flext-Timestamp": str(int(NOW.timestamp()) + 1)}},
        {"headers": {**headers, "X-Flext-Signature": "é"}},
        {"headers": {}},
    )
    for wrong in wrongs:
        arguments: dict[str, Any] = {
            "body": body,
            "headers": headers,
            "secret": SECRET,
            "clock": clock,
        } | wrong
        with pytest.raises(WebhookVerificationError):
            verify_webhook(**arguments)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("204 No Content", SendOutcome(True, "204")),
        ("503 Away", SendOutcome(False, "503", "later")),
        ("404 None", SendOutcome(False, "404", "later")),
        ("302 Found", SendOutcome(False, "302", "later")),
        ("410 Gone", SendOutcome(False, "410", "later", retry=False, is_gone=True)),
    ],
)
async def test_what_the_target_says(status: str, outcome: SendOutcome) -> None:
    """2xx means that it arrived, 410 that there is no use in trying again."""
    body = b"" if outcome.delivered else b"later"
    async with http_receiver(said(status, body)) as receiver:
        assert await send(receiver.url, "127.0.0.1") == outcome


async def test_a_target_that_hangs_or_dribbles_is_left() -> None:
    """After the time it has, answer included."""
    dribble: list[bytes | float] = [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"]
    for _ in range(50):
        dribble += [b"x", 0.1]
    hang: list[bytes | float] = [30.0]
    for answer in (hang, dribble):
        async with http_receiver(answer) as receiver:
            outcome = await asyncio.wait_for(send(receiver.url, "127.0.0.1", seconds=0.3), 5)
        assert outcome == SendOutcome(False, "the host did not answer within 0.3 s")


async def test_a_huge_answer_is_not_read() -> None:
    """Only its beginning; the rest, compressed or not, stays where it is."""
    part = b"x" * 2**16
    huge: list[bytes | float] = [b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n"]
    async with http_receiver(huge + [part] * 160) as receiver:
        outcome = await send(receiver.url, "127.0.0.1")
    assert outcome == SendOutcome(True, "200", "x" * 1024)
    assert receiver.sent < 10_485_760
    async with http_receiver(said("200 OK", b"\x1f\x8b", "Content-Encoding: gzip")) as receiver:
        assert await send(receiver.url, "127.0.0.1") == SendOutcome(True, "200")


async def test_broken_answers() -> None:
    """Are failures that are tried again."""
    nonsense: list[bytes | float] = [b"nonsense\r\n\r\n"]
    nothing: list[bytes | float] = []
    for answer in (nonsense, nothing):
        async with http_receiver(answer) as receiver:
            outcome = await send(receiver.url, "127.0.0.1")
        assert (outcome.delivered, outcome.retry) == (False, True)
        assert outcome.status == "the host ended the connection without an answer"
    async with http_receiver() as gone:
        url = gone.url
    assert (await send(url, "127.0.0.1")).status == "the host cannot be reached"
    assert (await send("http://nobody.invalid/")).status == "the host has a name without an address"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://0.0.0.0:{port}/",
        "http://169.254.169.254/latest",
        "http://10.0.0.1/",
        "http://[fe80::1]/",
    ],
)
async def test_inner_addresses_are_refused(url: str) -> None:
    """Whatever they are written like; nothing is sent, and it is not tried again."""
    async with http_receiver() as receiver:
        outcome = await send(url.format(port=receiver.port))
    assert (outcome.status in {REFUSED, METADATA}, outcome.retry) == (True, False)
    assert receiver.requests == []


async def test_a_redirect_inside_is_refused() -> None:
    """An allowed host cannot lead to one that is not; one that may be asked is followed with the body."""
    async with http_receiver() as inner:
        inside = f"http://localhost:{inner.port}/x"
        redirect = said("307 Elsewhere", b"", f"Location: {inside}")
        async with http_receiver(redirect) as outer:
            assert await send(outer.url, "127.0.0.1") == SendOutcome(False, REFUSED, retry=False)
            assert inner.requests == []
            both = await send(outer.url, "127.0.0.1", f"localhost:{inner.port}")
    assert both == SendOutcome(True, "200", "thanks")
    assert inner.requests[0][1] == MESSAGE.payload
    assert verify_webhook(
        MESSAGE.payload, inner.requests[0][0], SECRET, clock=NOW.timestamp
    ).delivery
    async with http_receiver(said("308 Again", b"", "Location: /hook")) as circle:
        outcome = await send(circle.url, "127.0.0.1")
    assert outcome == SendOutcome(False, "the host answered more than 5 redirects")
    async with http_receiver(said("308 File", b"", "Location: file:///etc/passwd")) as receiver:
        assert not (await send(receiver.url, "127.0.0.1")).retry


async def test_metadata_services_cannot_be_allowed() -> None:
    """They give out the machine's credentials."""
    outcome = await send("http://169.254.169.254/", "169.254.169.254")
    assert outcome == SendOutcome(False, METADATA, retry=False)


async def test_an_echoed_secret_is_not_kept() -> None:
    """A target that repeats it gives it to nobody."""
    async with http_receiver(said("500 Oops", SECRET.encode())) as receiver:
        assert (await send(receiver.url, "127.0.0.1")).answer == "***"


def certificate(directory: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate of a name that signs itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path, key_path = directory / f"{name}.pem", directory / f"{name}.key"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return path, context


async def test_the_address_that_was_checked_is_asked(tmp_path: Path) -> None:
    """So the name cannot mean another one in between; with TLS the name is still what is verified."""

    async def resolver(host: str, port: int) -> list[str]:
        assert host == "hooks.invalid"
        return ["127.0.0.1"]

    async def ask(url: str, authorities: Path | None = None) -> SendOutcome:
        http = client("hooks.invalid", authorities=authorities, resolver=resolver)
        return await send_by(http, url)

    async with http_receiver() as receiver:
        assert (await ask(f"http://hooks.invalid:{receiver.port}/")).delivered
    assert receiver.requests[0][0]["Host"] == f"hooks.invalid:{receiver.port}"
    right, context = certificate(tmp_path, "hooks.invalid")
    async with http_receiver(tls=context) as receiver:
        assert (await ask(f"https://hooks.invalid:{receiver.port}/", right)).delivered
        assert not (await ask(f"https://hooks.invalid:{receiver.port}/")).delivered
    wrong, context = certificate(tmp_path, "other.invalid")
    async with http_receiver(tls=context) as receiver:
        outcome = await ask(f"https://hooks.invalid:{receiver.port}/", wrong)
        assert outcome == SendOutcome(False, "the host cannot be reached")
        assert receiver.requests == []
