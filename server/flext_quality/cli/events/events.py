"""`flext-quality events`: what happened to all projects, and what happens."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from flext.quality.v1.event_service_pb2 import WatchEventsResponse
from flext_quality.cli.command import asking
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality.cli.json_output import to_json
from flext_quality.cli.projects.project_argument import find_project
from flext_quality.cli.text import clean
from flext_quality_client import WatchOptions, event_filter

_LONGEST_VALUE = 100


@dataclass(frozen=True)
class EventsCommand:
    """What the user asked for. `server` is empty for an embedded one."""

    server: str
    project: str
    types: tuple[str, ...]
    after: int | None
    new: bool
    follow: bool
    output_format: str


async def events(command: EventsCommand) -> ExitCode:
    """Prints events until there are no more or, if they are followed, until Ctrl-C.

    Raises:
        CommandFailedError: the options do not fit, or what the server answered instead.
    """
    if command.new and (command.after is not None or not command.follow):
        raise CommandFailedError(ExitCode.USAGE, "--new goes with --follow and without --after")
    async with asking(command.server) as (reached, output):
        project = ""
        if command.project:
            project = (await find_project(reached.client, command.project)).name
        told = reached.client.events.watch(
            None if command.new else command.after or 0,
            event_filter(event_types=command.types),
            project=project,
            until_now=not command.follow,
            options=WatchOptions(),
        )
        async with aclosing(told):  # type: ignore[type-var]  # a generator
            async for response in told:
                line = to_json(response) if command.output_format == "json" else _line(response)
                output.write(line + "\n")
                output.flush()
    return ExitCode.OK


def _line(response: WatchEventsResponse) -> str:
    event = response.quality_event
    message = getattr(event, event.WhichOneof("kind") or "analysis_event")
    kind = message.WhichOneof("kind")
    time = message.time.ToDatetime().isoformat(" ", "seconds")
    parts = [f"{response.cursor:>8}", f"{time}Z", clean(event.subject)]
    if kind is not None:  # else it is newer than this command
        what = getattr(message, kind)
        parts += [type(what).__name__, *_details(what)]
    return "  ".join(parts)


def _details(what: Message) -> list[str]:
    """The plain values of an event."""
    values = MessageToDict(what, preserving_proto_field_name=True)
    plain = {key: value for key, value in values.items() if not isinstance(value, (dict, list))}
    return [f"{key}={_short(str(value))}" for key, value in plain.items()]


def _short(text: str) -> str:
    cleaned = clean(text)
    return cleaned if len(cleaned) <= _LONGEST_VALUE else f"{cleaned[:_LONGEST_VALUE]}…"
