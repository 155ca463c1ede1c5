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
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import ChannelName, DeliveryName, ProjectName
from flext_quality.domain.notifications.delivery import DeliveryState
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

    async def CreateChannel(
        self,
        request: pb.CreateChannelRequest,
        context: grpc.aio.ServicerContext[pb.CreateChannelRequest, pb.CreateChannelResponse],
    ) -> pb.CreateChannelResponse:
        """See the contract."""
        channel = await self.create_channel(
            ProjectName.parse(request.parent),
            wanted_from_proto(request.channel),
            request_id=request.request_id,
        )
        return pb.CreateChannelResponse(channel=channel_to_proto(channel))

    async def GetChannel(
        self,
        request: pb.GetChannelRequest,
        context: grpc.aio.ServicerContext[pb.GetChannelRequest, pb.GetChannelResponse],
    ) -> pb.GetChannelResponse:
        """See the contract."""
        channel = await self.get_channel(ChannelName.parse(request.name))
        return pb.GetChannelResponse(channel=channel_to_proto(channel))

    async def ListChannels(
        self,
        request: pb.ListChannelsRequest,
        context: grpc.aio.ServicerContext[pb.ListChannelsRequest, pb.ListChannelsResponse],
    ) -> pb.ListChannelsResponse:
        """See the contract."""
        page = await self.list_channels(
            ProjectName.parse(request.parent),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
        )
        return pb.ListChannelsResponse(
            channels=[channel_to_proto(channel) for channel in page.items],
            next_page_token=make_token(request, page.next_cursor),
        )

    async def UpdateChannel(
        self,
        request: pb.UpdateChannelRequest,
        context: grpc.aio.ServicerContext[pb.UpdateChannelRequest, pb.UpdateChannelResponse],
    ) -> pb.UpdateChannelResponse:
        """See the contract."""
        fields = _changed_fields(request)
        try:
            name = ChannelName.parse(request.channel.name)
        except ValueError:
            raise invalid_field("channel.name", "must be a channel's name") from None
        wanted = wanted_from_proto(request.channel)
        channel = await self.update_channel(name, wanted, fields, etag=request.channel.etag)
        return pb.UpdateChannelResponse(channel=channel_to_proto(channel))

    async def DeleteChannel(
        self,
        request: pb.DeleteChannelRequest,
        context: grpc.aio.ServicerContext[pb.DeleteChannelRequest, pb.DeleteChannelResponse],
    ) -> pb.DeleteChannelResponse:
        """See the contract."""
        await self.delete_channel(ChannelName.parse(request.name), etag=request.etag)
        return pb.DeleteChannelResponse()

    async def TestChannel(
        self,
        request: pb.TestChannelRequest,
        context: grpc.aio.ServicerContext[pb.TestChannelRequest, pb.TestChannelResponse],
    ) -> pb.TestChannelResponse:
        """See the contract."""
        delivery = await self.try_channel(ChannelName.parse(request.name))
        return pb.TestChannelResponse(delivery=delivery_to_proto(delivery))

    async def ListDeliveries(
        self,
        request: pb.ListDeliveriesRequest,
        context: grpc.aio.ServicerContext[pb.ListDeliveriesRequest, pb.ListDeliveriesResponse],
    ) -> pb.ListDeliveriesResponse:
        """See the contract."""
        page = await self.list_deliveries(
            ChannelName.parse(request.parent),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
            states=[DeliveryState(state) for state in request.states],
        )
        return pb.ListDeliveriesResponse(
            deliveries=[delivery_to_proto(delivery) for delivery in page.items],
            next_page_token=make_token(request, page.next_cursor),
        )

    async def GetDelivery(
        self,
        request: pb.GetDeliveryRequest,
        context: grpc.aio.ServicerContext[pb.GetDeliveryRequest, pb.GetDeliveryResponse],
    ) -> pb.GetDeliveryResponse:
        """See the contract."""
        delivery = await self.get_delivery(DeliveryName.parse(request.name))
        return pb.GetDeliveryResponse(delivery=delivery_to_proto(delivery))

    async def ReplayDelivery(
        self,
        request: pb.ReplayDeliveryRequest,
        context: grpc.aio.ServicerContext[pb.ReplayDeliveryRequest, pb.ReplayDeliveryResponse],
    ) -> pb.ReplayDeliveryResponse:
        """See the contract."""
        delivery = await self.replay_delivery(DeliveryName.parse(request.name))
        return pb.ReplayDeliveryResponse(delivery=delivery_to_proto(delivery))


def _changed_fields(request: pb.UpdateChannelRequest) -> set[str]:
    paths = set(request.update_mask.paths)
    if "*" in paths:
        paths = set(CHANNEL_FIELDS)
    if not paths or not paths.issubset(CHANNEL_FIELDS):
        names = ", ".join(CHANNEL_FIELDS)
        raise invalid_field("update_mask", f'must name some of {names}, or be "*"')
    return paths
