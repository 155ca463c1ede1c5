"""Webhooks: signed JSON over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.sending import HttpFailure, HttpPoster, Message
from flext_quality.domain.notifications.channel import WebhookTarget
from flext_quality.domain.notifications.delivery import EXCERPT_CHARACTERS, SendOutcome
from flext_quality.infrastructure.notifications.signature import signed_headers

_GONE = 410
_MAX_ANSWER_BYTES = 4 * EXCERPT_CHARACTERS


@dataclass(frozen=True)
class WebhookSender:
    """Posts messages. Any status from 200 to 299 means that they arrived."""

    http: HttpPoster
    clock: Clock
    timeout_seconds: float

    async def send(self, target: WebhookTarget, secret: str, message: Message) -> SendOutcome:
        """Tries once."""
        headers = signed_headers(message.id, message.payload, secret, self.clock())
        answer = await self.http.post(
            target.url, headers, message.payload, self.timeout_seconds, _MAX_ANSWER_BYTES
        )
        if isinstance(answer, HttpFailure):
            return SendOutcome(delivered=False, status=answer.why, retry=not answer.refused)
        excerpt = answer.excerpt.replace(secret, "***")[:EXCERPT_CHARACTERS]
        return SendOutcome(
            delivered=200 <= answer.status < 300,  # noqa: PLR2004  # as documented
            status=str(answer.status),
            answer=excerpt,
            retry=answer.status != _GONE,
            is_gone=answer.status == _GONE,
        )
