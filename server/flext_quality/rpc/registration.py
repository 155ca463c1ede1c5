"""Puts a servicer into a server."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass


def to_wire(message: Message | bytes) -> bytes:
    """The message's bytes; bytes are a message that is encoded already."""
    return message if isinstance(message, bytes) else message.SerializeToString()


def register(server: grpc.aio.Server, service: ServiceDescriptor, servicer: object) -> None:
    """Serves each method of `service` by the servicer's method of that name.

    The generated `add_…Servicer_to_server` does the same, but serialises every answer anew. Here a
    servicer may also answer with bytes: findings are stored as they are sent, and one event goes to many
    watchers.
    """
    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
    for method in service.methods:
        make = (
            grpc.unary_stream_rpc_method_handler
            if method.server_streaming
            else grpc.unary_unary_rpc_method_handler
        )
        handlers[method.name] = make(
            getattr(servicer, method.name),
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=to_wire,
        )
    generic = grpc.method_handlers_generic_handler(service.full_name, handlers)
    server.add_generic_rpc_handlers((generic,))
