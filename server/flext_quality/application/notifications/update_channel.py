"""UpdateChannel: changes a channel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flext_quality.application.notifications.channel_rules import ChannelRules, WantedChannel
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ChannelName
from flext_quality.domain.notifications.channel import Channel

CHANNEL_FIELDS = (
    "display_name",
    "target",
    "rules",
    "template",
    "quiet_hours",
    "dedup_window",
    "digest_interval",
    "disabled",
)
"""What can be changed."""

_DISABLED = "the channel was disabled"


@dataclass(frozen=True)
class UpdateChannel:
    """Changes the fields that are named."""

    uow: UnitOfWorkFactory
    rules: ChannelRules
    clock: Clock

    async def __call__(
        self, name: ChannelName, wanted: WantedChannel, fields: Collection[str], *, etag: str
    ) -> Channel:
        """The changed channel.

        Raises:
            QualityError: as UpdateChannel in the contract.
        """
        async with self.uow() as uow:
            channel = (await uow.channels.get(name, for_update=True)).unwrap()
            channel.check_etag(etag)
            was_disabled = channel.disabled
            self._change(channel, wanted, fields)
            now = self.clock()
            channel.changed(now)
            await uow.channels.save(channel)
            if channel.disabled and not was_disabled:
                await uow.deliveries.give_up(name, _DISABLED, now)
            await uow.commit()
        return channel

    def _change(self, channel: Channel, wanted: WantedChannel, fields: Collection[str]) -> None:
        if "display_name" in fields:
            self.rules.check_name(wanted.display_name)
        if "template" in fields:
            self.rules.check_words(wanted.template)
        if "quiet_hours" in fields:
            self.rules.check_hours(wanted.quiet_hours)
        if "target" in fields:
            self.rules.retarget(channel, wanted)
        for field in set(fields) - {"target", "disabled"}:
            setattr(channel, field, getattr(wanted, field))
        if "disabled" in fields and wanted.disabled != channel.disabled:
            if wanted.disabled:
                channel.disabled = True
            else:
                channel.enable()
