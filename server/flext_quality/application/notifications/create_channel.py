"""CreateChannel: makes a channel for a project's messages."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.idempotency import earlier_result, fingerprint
from flext_quality.application.notifications.channel_rules import ChannelRules, WantedChannel
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.records import StoredRequest
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import TooManyChannelsError
from flext_quality.domain.identifiers import ChannelName, ProjectName, new_id
from flext_quality.domain.notifications.channel import MAX_CHANNELS, Channel


@dataclass(frozen=True)
class CreateChannel:
    """Makes a channel, once for each request id."""

    uow: UnitOfWorkFactory
    rules: ChannelRules
    clock: Clock

    async def __call__(
        self, project: ProjectName, wanted: WantedChannel, *, request_id: str
    ) -> Channel:
        """The channel.

        Raises:
            QualityError: as CreateChannel in the contract.
        """
        # Without the secret: the digest is stored, and could be tried with guessed ones.
        asked = fingerprint("CreateChannel", str(project), repr(_sorted(wanted)))
        self.rules.check_name(wanted.display_name)
        self.rules.check_words(wanted.template)
        self.rules.check_hours(wanted.quiet_hours)
        target = self.rules.check_target(wanted.target, wanted.secret)
        async with self.uow() as uow:
            (await uow.projects.get(project, for_update=True)).unwrap()
            if (earlier := await earlier_result(uow, request_id, asked)) is not None:
                return (await uow.channels.get(ChannelName.parse(earlier))).unwrap()
            if await uow.channels.count(project) >= MAX_CHANNELS:
                raise TooManyChannelsError(MAX_CHANNELS)
            now = self.clock()
            channel = Channel(
                ChannelName(project.project_id, new_id(now)),
                wanted.display_name,
                target,
                wanted.rules,
                now,
                now,
                wanted.template,
                wanted.quiet_hours,
                wanted.dedup_window,
                wanted.digest_interval,
                wanted.disabled,
                stored_secret=self.rules.stored(wanted.secret),
            )
            await uow.channels.add(channel)
            if request_id:
                await uow.requests.add(StoredRequest(request_id, asked, str(channel.name), project))
            await uow.commit()
        return channel


def _sorted(wanted: WantedChannel) -> tuple[object, ...]:
    """What is wanted, with sets in an order that is the same in every process."""
    hours = wanted.quiet_hours
    return (
        wanted.display_name,
        wanted.target,
        [(sorted(rule.events), rule.branches) for rule in wanted.rules],
        wanted.template,
        hours and (hours.time_zone, hours.start, hours.end, sorted(hours.days)),
        wanted.dedup_window,
        wanted.digest_interval,
        wanted.disabled,
    )
