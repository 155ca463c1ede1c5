"""NotificationService."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from flext.quality.v1 import notification_service_pb2 as pb
from flext.quality.v1 import notification_service_pb2_grpc as pb_grpc
from flext_quality.application.notifications.create_channel import CreateChannel
from flext_quality.application.notifications.deliveries import (
    GetDelivery,
    ListDeliveries,
    ReplayDelivery,
)
from flext_quality.application.notifications.read_channels import (
    DeleteChannel,
    GetChannel,
    ListChannels,
)
from flext_quality.application.notifications.try_channel import TryChannel
from flext_quality.application.notifications.update_channel import CHANNEL_FIELDS, UpdateChannel
from flext_quality.domain.identifiers import ChannelName, DeliveryName, ProjectName
from flext_quality.domain.notifications.delivery import DeliveryState
from flext_quality.rpc.field_masks import changed_fields
from flext_quality.rpc.notifications.mapping import (
    channel_to_proto,
    delivery_to_proto,
    wanted_from_proto,
)
from flext_quality.rpc.page_tokens import make_token, read_token


@dataclass(frozen=True)
class NotificationServicer(pb_grpc.NotificationServiceServicer):
    """Decodes, calls the use case, encodes."""

    create_channel: CreateChannel
    get_channel: GetChannel
    list_channels: ListChannels
    update_channel: UpdateChannel
    delete_channel: DeleteChannel
    try_channel: TryChannel
    list_deliveries: ListDeliveries
    get_delivery: GetDelivery
    replay_delivery: ReplayDelivery

    async def CreateNotificationChannel(
        self,
        request: pb.CreateNotificationChannelRequest,
        context: grpc.aio.ServicerContext[
            pb.CreateNotificationChannelRequest, pb.CreateNotificationChannelResponse
        ],
    ) -> pb.CreateNotificationChannelResponse:
        """See the contract."""
        channel = await self.create_channel(
            ProjectName.parse(request.parent, "parent"),
            wanted_from_proto(request.notification_channel),
            request_id=request.request_id,
        )
        return pb.CreateNotificationChannelResponse(notification_channel=channel_to_proto(channel))

    async def GetNotificationChannel(
        self,
        request: pb.GetNotificationChannelRequest,
        context: grpc.aio.ServicerContext[
            pb.GetNotificationChannelRequest, pb.GetNotificationChannelResponse
        ],
    ) -> pb.GetNotificationChannelResponse:
        """See the contract."""
        channel = await self.get_channel(ChannelName.parse(request.name))
        return pb.GetNotificationChannelResponse(notification_channel=channel_to_proto(channel))

    async def ListNotificationChannels(
        self,
        request: pb.ListNotificationChannelsRequest,
        context: grpc.aio.ServicerContext[
            pb.ListNotificationChannelsRequest, pb.ListNotificationChannelsResponse
        ],
    ) -> pb.ListNotificationChannelsResponse:
        """See the contract."""
        page = await self.list_channels(
            ProjectName.parse(request.parent, "parent"),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
        )
        return pb.ListNotificationChannelsResponse(
            notification_channels=[channel_to_proto(channel) for channel in page.items],
            next_page_token=make_token(request, page.next_cursor),
        )

    async def UpdateNotificationChannel(
        self,
        request: pb.UpdateNotificationChannelRequest,
        context: grpc.aio.ServicerContext[
            pb.UpdateNotificationChannelRequest, pb.UpdateNotificationChannelResponse
        ],
    ) -> pb.UpdateNotificationChannelResponse:
        """See the contract."""
        fields = changed_fields(request.update_mask, CHANNEL_FIELDS)
        name = ChannelName.parse(request.notification_channel.name, "notification_channel.name")
        wanted = wanted_from_proto(request.notification_channel)
        channel = await self.update_channel(
            name, wanted, fields, etag=request.notification_channel.etag
        )
        return pb.UpdateNotificationChannelResponse(notification_channel=channel_to_proto(channel))

    async def DeleteNotificationChannel(
        self,
        request: pb.DeleteNotificationChannelRequest,
        context: grpc.aio.ServicerContext[
            pb.DeleteNotificationChannelRequest, pb.DeleteNotificationChannelResponse
        ],
    ) -> pb.DeleteNotificationChannelResponse:
        """See the contract."""
        await self.delete_channel(ChannelName.parse(request.name), etag=request.etag)
        return pb.DeleteNotificationChannelResponse()

    async def TestNotificationChannel(
        self,
        request: pb.TestNotificationChannelRequest,
        context: grpc.aio.ServicerContext[
            pb.TestNotificationChannelRequest, pb.TestNotificationChannelResponse
        ],
    ) -> pb.TestNotificationChannelResponse:
        """See the contract."""
        delivery = await self.try_channel(ChannelName.parse(request.name))
        return pb.TestNotificationChannelResponse(notification_delivery=delivery_to_proto(delivery))

    async def ListNotificationDeliveries(
        self,
        request: pb.ListNotificationDeliveriesRequest,
        context: grpc.aio.ServicerContext[
            pb.ListNotificationDeliveriesRequest, pb.ListNotificationDeliveriesResponse
        ],
    ) -> pb.ListNotificationDeliveriesResponse:
        """See the contract."""
        page = await self.list_deliveries(
            ChannelName.parse(request.parent, "parent"),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
            states=[DeliveryState(state) for state in request.states],
        )
        return pb.ListNotificationDeliveriesResponse(
            notification_deliveries=[delivery_to_proto(delivery) for delivery in page.items],
            next_page_token=make_token(request, page.next_cursor),
        )

    async def GetNotificationDelivery(
        self,
        request: pb.GetNotificationDeliveryRequest,
        context: grpc.aio.ServicerContext[
            pb.GetNotificationDeliveryRequest, pb.GetNotificationDeliveryResponse
        ],
    ) -> pb.GetNotificationDeliveryResponse:
        """See the contract."""
        delivery = await self.get_delivery(DeliveryName.parse(request.name))
        return pb.GetNotificationDeliveryResponse(notification_delivery=delivery_to_proto(delivery))

    async def ReplayNotificationDelivery(
        self,
        request: pb.ReplayNotificationDeliveryRequest,
        context: grpc.aio.ServicerContext[
            pb.ReplayNotificationDeliveryRequest, pb.ReplayNotificationDeliveryResponse
        ],
    ) -> pb.ReplayNotificationDeliveryResponse:
        """See the contract."""
        delivery = await self.replay_delivery(DeliveryName.parse(request.name))
        return pb.ReplayNotificationDeliveryResponse(
            notification_delivery=delivery_to_proto(delivery)
        )
