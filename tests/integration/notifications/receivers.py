"""Real servers that take messages, or do not."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class HttpReceiver:
    """An HTTP server. `answers` are what it says to one request after the other, the last for ever.

    An answer is bytes to send, or a number of seconds to say nothing for. What follows in a list is sent in
    turn.
    """

    answers: list[list[bytes | float]]
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0
    sent: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads one request and answers it."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            length = int(headers.get("Content-Length", headers.get("content-length", "0")))
            self.requests.append((headers, await reader.readexactly(length)))
            steps = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            for step in steps:
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                    self.sent += len(step)
                else:
                    await asyncio.sleep(step)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def said(status: str, body: bytes = b"", *headers: str) -> list[bytes | float]:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return ["\r\n".join(lines).encode() + body]


@asynccontextmanager
async def http_receiver(
    *answers: list[bytes | float], tls: ssl.SSLContext | None = None
) -> AsyncIterator[HttpReceiver]:
    """A running one; without answers it says 200."""
    receiver = HttpReceiver(list(answers) or [said("200 OK", b"thanks")])
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


class Mailbox:
    """A mail server that keeps what it gets, and takes nothing for "full@"."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.passwords: list[bytes] = []

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes a receiver, or not."""
        if address.startswith("full@"):
            return "552 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keeps the mail."""
        self.mails.append(envelope)
        return "250 OK"

    def login(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        """Knows one password."""
        assert isinstance(data, LoginPassword)
        self.passwords.append(data.password)
        return AuthResult(success=data.password == b"right & p@ss")

    def parsed(self) -> EmailMessage:
        """The only mail."""
        (mail,) = self.mails
        assert isinstance(mail.content, bytes)
        found = email.message_from_bytes(mail.content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Takes mails at a port of loopback."""

        def protocol() -> SMTP:
            return SMTP(self, authenticator=self.login, auth_require_tls=False)

        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
