"""Channels that plugins speak, when the plugins do not behave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from flext_quality.application.ports.sending import Message
from flext_quality.domain.notifications.channel import PluginTarget
from flext_quality.domain.notifications.delivery import EXCERPT_CHARACTERS, SendOutcome
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.notifications.plugin_sender import PluginSender

TARGET = PluginTarget("pager")
MESSAGE = Message("projects/1/deliveries/1", "Title", "Body", b"{}")


class Pager:
    """A plugin that sends as a test says."""

    name = "pager"

    def __init__(self, answer: Callable[[], Awaitable[SendOutcome]]) -> None:
        self._answer = answer

    def check(self, address: str) -> FlextResult[None]:
        """Anything will do."""
        return FlextResult.ok(None)

    async def send(self, address: str, message: Message) -> SendOutcome:
        """What the test says."""
        return await self._answer()


async def _raises() -> SendOutcome:
    raise OSError("canary is not reachable")


async def _hangs() -> SendOutcome:
    await asyncio.Event().wait()
    raise AssertionError


async def _answers_nonsense() -> SendOutcome:
    return None  # type: ignore[return-value]  # what a plugin without types may do


async def _tells() -> SendOutcome:
    return SendOutcome(delivered=False, status="no canary", answer="canary " + "x" * 10_000)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (_raises, "failed: OSError"),
        (_hangs, "no answer in 0.05 s"),
        (_tells, "no ***"),
        (_answers_nonsense, "failed: AttributeError"),
    ],
)
async def test_a_plugin_that_fails_is_an_attempt_that_failed(
    answer: Callable[[], Awaitable[SendOutcome]], status: str
) -> None:
    """To be tried again; neither its address nor more than an excerpt is kept."""
    outcome = await PluginSender({"pager": Pager(answer)}, 0.05).send(TARGET, "canary", MESSAGE)
    assert (outcome.delivered, outcome.status, outcome.retry) == (False, status, True)
    assert "canary" not in outcome.answer
    assert len(outcome.answer) <= EXCERPT_CHARACTERS


async def test_a_plugin_that_is_gone_is_told() -> None:
    """Channels of it cannot be made, and messages wait for it to come back."""
    sender = PluginSender({"mail2": Pager(_tells)}, 1)
    error = sender.check(TARGET, "canary").error
    assert error is not None
    assert "there are: mail2" in error.message
    outcome = await sender.send(TARGET, "canary", MESSAGE)
    assert (outcome.delivered, outcome.retry) == (False, True)
    assert "not installed" in outcome.status


async def test_a_check_that_breaks_off_is_told_without_the_address() -> None:
    """The channel is refused; what the plugin raised, which may hold the secret, goes nowhere."""

    class Broken(Pager):
        def check(self, address: str) -> FlextResult[None]:
            raise ValueError(address)

    error = PluginSender({"pager": Broken(_tells)}, 1).check(TARGET, "canary").error
    assert error is not None
    assert "ValueError" in error.message
    assert "canary" not in error.message
