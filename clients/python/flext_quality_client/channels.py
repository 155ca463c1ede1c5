"""Notification channels: make, change, try, and what was sent through them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable, Iterator

from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1.notification_pb2 import (
    NotificationChannel,
    NotificationDelivery,
    NotificationDeliveryState,
)
from flext.quality.v1.notification_service_pb2 import (
    CreateNotificationChannelRequest,
    DeleteNotificationChannelRequest,
    GetNotificationChannelRequest,
    GetNotificationDeliveryRequest,
    ListNotificationChannelsRequest,
    ListNotificationDeliveriesRequest,
    ReplayNotificationDeliveryRequest,
    TestNotificationChannelRequest,
    UpdateNotificationChannelRequest,
)
from flext.quality.v1.notification_service_pb2_grpc import NotificationServiceStub
from flext_quality_client.transport import Transport
from flext_quality_client.transport_aio import AsyncTransport


class Channels:
    """The channels of projects. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: Transport) -> None:
        self._calls = transport
        self._stub = NotificationServiceStub(transport.channel)

    def create(
        self, project: str, channel: NotificationChannel, *, request_id: str = ""
    ) -> NotificationChannel:
        """Makes a channel of "projects/{project}". Safe to be tried again."""
        request = CreateNotificationChannelRequest(
            parent=project, notification_channel=channel, request_id=request_id or str(uuid.uuid4())
        )
        return self._calls.unary(self._stub.CreateNotificationChannel, request).notification_channel

    def get(self, name: str) -> NotificationChannel:
        """The channel "projects/{project}/notificationChannels/{channel}", without its secret."""
        return self._calls.unary(
            self._stub.GetNotificationChannel, GetNotificationChannelRequest(name=name)
        ).notification_channel

    def list(self, project: str, *, page_size: int = 0) -> Iterator[NotificationChannel]:
        """A project's channels, fetched page by page while they are used."""
        request = ListNotificationChannelsRequest(parent=project, page_size=page_size)
        for page in self._calls.pages(self._stub.ListNotificationChannels, request):
            yield from page.notification_channels

    def update(self, channel: NotificationChannel, fields: Iterable[str]) -> NotificationChannel:
        """Changes the named fields of the channel that `channel.name` names; "*" stands for all.

        With its etag only if nobody else changed it in between; such a call is not repeated by itself.
        """
        request = UpdateNotificationChannelRequest(
            notification_channel=channel, update_mask=FieldMask(paths=fields)
        )
        return self._calls.unary(
            self._stub.UpdateNotificationChannel, request, repeatable=not channel.etag
        ).notification_channel

    def enable(self, name: str) -> NotificationChannel:
        """Makes a channel speak again that was disabled by people or by the server."""
        return self.update(NotificationChannel(name=name), ["disabled"])

    def delete(self, name: str, *, etag: str = "") -> None:
        """Removes the channel with its deliveries."""
        request = DeleteNotificationChannelRequest(name=name, etag=etag)
        self._calls.unary(self._stub.DeleteNotificationChannel, request, repeatable=False)

    def test(self, name: str) -> NotificationDelivery:
        """Sends a message at once; what came of it."""
        request = TestNotificationChannelRequest(name=name)
        return self._calls.unary(
            self._stub.TestNotificationChannel, request, repeatable=False
        ).notification_delivery

    def deliveries(
        self,
        channel: str,
        *,
        states: Iterable[NotificationDeliveryState] = (),
        page_size: int = 0,
    ) -> Iterator[NotificationDelivery]:
        """What was sent through a channel, newest first, fetched page by page while it is used."""
        request = ListNotificationDeliveriesRequest(
            parent=channel, states=states, page_size=page_size
        )
        for page in self._calls.pages(self._stub.ListNotificationDeliveries, request):
            yield from page.notification_deliveries

    def delivery(self, name: str) -> NotificationDelivery:
        """One delivery with all its attempts."""
        return self._calls.unary(
            self._stub.GetNotificationDelivery, GetNotificationDeliveryRequest(name=name)
        ).notification_delivery

    def replay(self, name: str) -> NotificationDelivery:
        """Tells the same again, as a new delivery."""
        request = ReplayNotificationDeliveryRequest(name=name)
        return self._calls.unary(
            self._stub.ReplayNotificationDelivery, request, repeatable=False
        ).notification_delivery


class AsyncChannels:
    """As `Channels`, for asyncio."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = NotificationServiceStub(transport.channel)

    async def create(
        self, project: str, channel: NotificationChannel, *, request_id: str = ""
    ) -> NotificationChannel:
        """As `Channels.create`."""
        request = CreateNotificationChannelRequest(
            parent=project, notification_channel=channel, request_id=request_id or str(uuid.uuid4())
        )
        return (
            await self._calls.unary(self._stub.CreateNotificationChannel, request)
        ).notification_channel

    async def get(self, name: str) -> NotificationChannel:
        """As `Channels.get`."""
        return (
            await self._calls.unary(
                self._stub.GetNotificationChannel, GetNotificationChannelRequest(name=name)
            )
        ).notification_channel

    async def list(self, project: str, *, page_size: int = 0) -> AsyncIterator[NotificationChannel]:
        """As `Channels.list`."""
        request = ListNotificationChannelsRequest(parent=project, page_size=page_size)
        async for page in self._calls.pages(self._stub.ListNotificationChannels, request):
            for one in page.notification_channels:
                yield one

    async def update(
        self, channel: NotificationChannel, fields: Iterable[str]
    ) -> NotificationChannel:
        """As `Channels.update`."""
        request = UpdateNotificationChannelRequest(
            notification_channel=channel, update_mask=FieldMask(paths=fields)
        )
        return (
            await self._calls.unary(
                self._stub.UpdateNotificationChannel, request, repeatable=not channel.etag
            )
        ).notification_channel

    async def enable(self, name: str) -> NotificationChannel:
        """As `Channels.enable`."""
        return await self.update(NotificationChannel(name=name), ["disabled"])

    async def delete(self, name: str, *, etag: str = "") -> None:
        """As `Channels.delete`."""
        request = DeleteNotificationChannelRequest(name=name, etag=etag)
        await self._calls.unary(self._stub.DeleteNotificationChannel, request, repeatable=False)

    async def test(self, name: str) -> NotificationDelivery:
        """As `Channels.test`."""
        request = TestNotificationChannelRequest(name=name)
        response = await self._calls.unary(
            self._stub.TestNotificationChannel, request, repeatable=False
        )
        return response.notification_delivery

    async def deliveries(
        self,
        channel: str,
        *,
        states: Iterable[NotificationDeliveryState] = (),
        page_size: int = 0,
    ) -> AsyncIterator[NotificationDelivery]:
        """As `Channels.deliveries`."""
        request = ListNotificationDeliveriesRequest(
            parent=channel, states=states, page_size=page_size
        )
        async for page in self._calls.pages(self._stub.ListNotificationDeliveries, request):
            for one in page.notification_deliveries:
                yield one

    async def delivery(self, name: str) -> NotificationDelivery:
        """As `Channels.delivery`."""
        return (
            await self._calls.unary(
                self._stub.GetNotificationDelivery, GetNotificationDeliveryRequest(name=name)
            )
        ).notification_delivery

    async def replay(self, name: str) -> NotificationDelivery:
        """As `Channels.replay`."""
        request = ReplayNotificationDeliveryRequest(name=name)
        return (
            await self._calls.unary(
                self._stub.ReplayNotificationDelivery, request, repeatable=False
            )
        ).notification_delivery
