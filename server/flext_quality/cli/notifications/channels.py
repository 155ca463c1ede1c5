"""`flext-quality channels`: what its commands do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.json_format import Parse, ParseError

from flext.quality.v1.notification_pb2 import (
    NotificationChannel,
    NotificationDelivery,
    NotificationDeliveryState,
    NotificationEvent,
)
from flext_quality.cli.command import asking, print_json
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality.cli.projects.project_argument import find_project
from flext_quality.cli.text import clean


async def list_channels(project: str, server: str, output_format: str) -> ExitCode:
    """Prints a project's channels."""
    async with asking(server) as (reached, output):
        found = await find_project(reached.client, project)
        async for channel in reached.client.channels.list(found.name):
            if output_format == "json":
                print_json(output, channel)
            else:
                output.write(_channel_line(channel) + "\n")
    return ExitCode.OK


async def add_channel(project: str, file: Path, server: str, output_format: str) -> ExitCode:
    """Makes a channel of what a file says."""
    wanted = read_channel(file)
    async with asking(server) as (reached, output):
        found = await find_project(reached.client, project)
        channel = await reached.client.channels.create(found.name, wanted)
        if output_format == "json":
            print_json(output, channel)
        else:
            output.write(_channel_line(channel) + "\n")
    return ExitCode.OK


async def try_channel(channel: str, server: str, output_format: str) -> ExitCode:
    """Sends a message and tells what came of it."""
    async with asking(server) as (reached, output):
        delivery = await reached.client.channels.test(channel)
        if output_format == "json":
            print_json(output, delivery)
        else:
            output.write("\n".join(_delivery_lines(delivery)) + "\n")
    arrived = delivery.state == NotificationDeliveryState.NOTIFICATION_DELIVERY_STATE_SUCCEEDED
    return ExitCode.OK if arrived else ExitCode.NOT_SUCCEEDED


async def list_deliveries(channel: str, server: str, output_format: str) -> ExitCode:
    """Prints what was sent through a channel."""
    async with asking(server) as (reached, output):
        async for delivery in reached.client.channels.deliveries(channel):
            if output_format == "json":
                print_json(output, delivery)
            else:
                output.write("\n".join(_delivery_lines(delivery)) + "\n")
    return ExitCode.OK


async def replay_delivery(delivery: str, server: str, output_format: str) -> ExitCode:
    """Makes a new delivery of what an earlier one told."""
    async with asking(server) as (reached, output):
        again = await reached.client.channels.replay(delivery)
        if output_format == "json":
            print_json(output, again)
        else:
            output.write("\n".join(_delivery_lines(again)) + "\n")
    return ExitCode.OK


def read_channel(file: Path) -> NotificationChannel:
    """The channel in a JSON file, or on standard input for "-".

    Raises:
        CommandFailedError: NO_INPUT if it cannot be read, USAGE if it holds no channel.
    """
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as error:
        why = f"cannot read {file}: {error.strerror}"
        raise CommandFailedError(ExitCode.NO_INPUT, why) from None
    except UnicodeDecodeError:
        raise CommandFailedError(ExitCode.USAGE, f"{file} is not text in UTF-8") from None
    try:
        return Parse(text, NotificationChannel())
    except ParseError:
        # What it says may hold the secret.
        hint = "docs/notifications.md shows one of each kind"
        raise CommandFailedError(ExitCode.USAGE, f"{file} holds no channel", hint) from None


def _channel_line(channel: NotificationChannel) -> str:
    kind = channel.WhichOneof("target") or ""
    state = "enabled"
    if channel.disabled:
        state = f"disabled ({channel.disabled_reason})" if channel.disabled_reason else "disabled"
    return clean(f"{channel.name}  {kind}  {state}  {channel.display_name}")


def _delivery_lines(delivery: NotificationDelivery) -> Iterator[str]:
    state = NotificationDeliveryState.Name(delivery.state).removeprefix(
        "NOTIFICATION_DELIVERY_STATE_"
    )
    events = ", ".join(
        NotificationEvent.Name(told.notification_event).removeprefix("NOTIFICATION_EVENT_")
        for told in delivery.notifications
    )
    more = f"  ({delivery.suppressed_count} equal not told)" if delivery.suppressed_count else ""
    yield clean(f"{delivery.name}  {state}  {events}{more}")
    if delivery.failure:
        yield clean(f"  {delivery.failure}")
    for attempt in delivery.attempts:
        time = attempt.time.ToJsonString()
        took = attempt.duration.ToTimedelta().total_seconds()
        yield clean(f"  {time}  {took:.2f} s  {attempt.status}  {attempt.answer_excerpt}".rstrip())
