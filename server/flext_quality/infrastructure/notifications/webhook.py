"""Webhooks: signed JSON over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.http_client import HttpClient, HttpRequest
from flext_quality.application.ports.sending import Message
from flext_quality.domain.notifications.channel import WebhookTarget
from flext_quality.domain.notifications.delivery import EXCERPT_CHARACTERS, SendOutcome
from flext_quality.infrastructure.notifications.outcomes import outcome_of_failure
from flext_quality.infrastructure.notifications.signature import HEADERS, signed_headers

_GONE = 410
_MAX_ANSWER_BYTES = 4 * EXCERPT_CHARACTERS


@dataclass(frozen=True)
class WebhookSender:
    """Posts messages. Any status from 200 to 299 means that they arrived."""

    http: HttpClient
    clock: Clock
    timeout_seconds: float

    async def send(self, target: WebhookTarget, secret: str, message: Message) -> SendOutcome:
        """Tries once."""
        headers = signed_headers(message.id, message.payload, secret, self.clock())
        sent = await self.http.send(
            HttpRequest(
                "POST",
                target.url,
                # Nothing compressed, whose beginning could not be shown.
                {**headers, "Accept-Encoding": "identity"},
                message.payload,
                # Whoever gets the body may verify it.
                open_headers=HEADERS,
                timeout=self.timeout_seconds,
                excerpt=_MAX_ANSWER_BYTES,
            )
        )
        if sent.error is not None:
            return outcome_of_failure(sent.error)
        answer = sent.unwrap()
        text = answer.content.decode("utf-8", "replace")
        return SendOutcome(
            delivered=200 <= answer.status < 300,  # noqa: PLR2004  # as documented
            status=str(answer.status),
            answer=text.replace(secret, "***")[:EXCERPT_CHARACTERS],
            retry=answer.status != _GONE,
            is_gone=answer.status == _GONE,
        )
