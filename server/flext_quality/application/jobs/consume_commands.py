"""Carries out the commands that come through a message broker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from flext_quality.application.analyses.start_analysis import StartAnalysis
from flext_quality.application.correlation import acceptable, correlated
from flext_quality.application.ports.commands import CommandDecoder, Delivery, MessageQueue
from flext_quality.domain.errors import (
    InvalidFieldError,
    QualityError,
    QueueFullError,
    ServerShuttingDownError,
    StorageUnavailableError,
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CommandPolicy:
    """How often a command is tried before it is put aside.

    One that the server cannot take right now is tried again after `busy_seconds`, as often as it takes.
    """

    max_attempts: int = 5
    busy_seconds: float = 1.0


@dataclass(frozen=True)
class ConsumeCommands:
    """Starts the analyses that are asked for, each request once.

    What is no command is put aside at once, what fails is tried again later while others go on, and is put
    aside after so many tries. While the database is away or the queue is full, no command counts as failed:
    all wait.
    """

    queue: MessageQueue
    decoder: CommandDecoder
    start_analysis: StartAnalysis
    policy: CommandPolicy

    async def __call__(self) -> None:
        """Deals with some commands, or waits a little for them.

        Raises:
            BrokerUnavailableError: try again later.
            ServerShuttingDownError: do not try again; what is left comes again.
        """
        for delivery in await self.queue.receive():
            sent = delivery.command.data
            with correlated(acceptable(sent.correlation_id if sent else "")):
                await self._deal_with(delivery)

    async def _deal_with(self, delivery: Delivery) -> None:
        if delivery.attempt > self.policy.max_attempts:
            # Nobody told why: every server that had it went away in the middle.
            await self._bury(delivery, f"given up after {delivery.attempt - 1} tries")
            return
        try:
            await self._start(delivery)
        except (ServerShuttingDownError, asyncio.CancelledError):
            raise
        except InvalidFieldError as error:
            await self._bury(delivery, error.message)
        except Exception as error:  # noqa: BLE001  # a defect must not stop the commands after it
            if not isinstance(error, QualityError):
                await _log.aexception("command broke off", attempt=delivery.attempt)
            reason = error.message if isinstance(error, QualityError) else "a defect of the server"
            if delivery.attempt >= self.policy.max_attempts:
                await self._bury(delivery, reason)
            else:
                await _log.awarning("command failed", attempt=delivery.attempt, reason=reason)
                await delivery.retry()
        else:
            await delivery.done()

    async def _start(self, delivery: Delivery) -> None:
        command = delivery.command.and_then(self.decoder.decode).unwrap()
        while True:
            try:
                await self.start_analysis(
                    command.project,
                    analyzers=command.analyzers,
                    request_id=command.request_id,
                    branch=command.branch,
                )
            except (StorageUnavailableError, QueueFullError):
                await delivery.hold()
                await asyncio.sleep(self.policy.busy_seconds)
            else:
                return

    @staticmethod
    async def _bury(delivery: Delivery, reason: str) -> None:
        await _log.aerror("command put aside", attempt=delivery.attempt, reason=reason)
        await delivery.bury(reason)
