"""Encrypts stored secrets anew after the operator put another key first."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ChannelName

_CHANNELS_AT_ONCE = 100

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RotateSecrets:
    """Makes every stored secret readable by the first key alone, so that older ones can be taken away."""

    uow: UnitOfWorkFactory
    secrets: SecretBox

    async def __call__(self) -> int:
        """How many were encrypted anew. What no key decrypts stays as it is, which the log tells."""
        count, after = 0, None
        while True:
            async with self.uow(read_only=True) as uow:
                channels = await uow.channels.with_secrets(limit=_CHANNELS_AT_ONCE, after=after)
            for channel in channels:
                count += await self._rotate(channel.name, channel.stored_secret)
                after = channel.name
            if not channels:
                return count

    async def _rotate(self, name: ChannelName, stored: str) -> bool:
        rotated = self.secrets.rotate(stored)
        if not rotated.is_success:
            await _log.awarning("no key decrypts the secret", channel=str(name))
            return False
        if rotated.unwrap() == stored:
            return False
        async with self.uow() as uow:
            channel = (await uow.channels.get(name, for_update=True)).data
            if channel is None or channel.stored_secret != stored:
                return False
            channel.stored_secret = rotated.unwrap()
            await uow.channels.save(channel)
            await uow.commit()
        return True
