"""What sending messages to people and programs outside takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flext_quality.domain.notifications.channel import Channel, Target, Template
from flext_quality.domain.notifications.delivery import Delivery, SendOutcome
from flext_quality.domain.result import FlextResult


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. Text in it is plain: whoever sends it escapes it for the target.

    Attributes:
        id: the delivery's resource name; the same at each attempt.
        title: one line without control characters.
        payload: JSON, for programs; the same bytes at each attempt.
    """

    id: str
    title: str
    body: str
    payload: bytes


class MessageRenderer(Protocol):
    """Puts a delivery into words."""

    def check(self, template: Template) -> FlextResult[None]:
        """Fails with an `InvalidFieldError` if a text is no template, or names what there is not."""
        ...

    def render(self, delivery: Delivery, channel: Channel, project: str) -> Message:
        """The message; `project` is the display name. Takes bounded time whatever the template is."""
        ...


class Notifier(Protocol):
    """Sends messages."""

    def check(self, target: Target, secret: str) -> FlextResult[None]:
        """Fails with an `InvalidFieldError` about what could never be sent to. Asks nobody."""
        ...

    async def send(self, target: Target, secret: str, message: Message) -> SendOutcome:
        """Tries once, within a bounded time. Never raises for what targets do.

        What it answers holds at most `EXCERPT_CHARACTERS` of the target's text, and no secret.
        """
        ...
