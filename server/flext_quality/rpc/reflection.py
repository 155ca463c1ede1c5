"""Server reflection, v1 and v1alpha, so that any gRPC tool can call the services without their files.

The two versions differ in the name of their package alone. grpcio-reflection serves v1alpha, and does not
find a method by its name, which tools ask for when they describe one; its messages serve both here.
https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2 as pb

_ALPHA = "grpc.reflection.v1alpha"
_STABLE = "grpc.reflection.v1"
_SERVICE = "ServerReflection"
_METHOD = "ServerReflectionInfo"


def add_reflection(server: grpc.aio.Server, services: Sequence[str]) -> None:
    """Describes the services of these full names, and reflection itself, in both versions."""
    _define_stable()
    own = (f"{_STABLE}.{_SERVICE}", f"{_ALPHA}.{_SERVICE}")
    reflection = Reflection((*services, *own))
    handler = grpc.stream_stream_rpc_method_handler(
        reflection.answers,
        request_deserializer=pb.ServerReflectionRequest.FromString,
        response_serializer=pb.ServerReflectionResponse.SerializeToString,
    )
    handlers = [grpc.method_handlers_generic_handler(name, {_METHOD: handler}) for name in own]
    server.add_generic_rpc_handlers(tuple(handlers))


class Reflection:
    """Answers questions about the descriptors that this process has."""

    def __init__(self, services: Sequence[str]) -> None:
        self._services = sorted(services)
        self._pool = descriptor_pool.Default()

    async def answers(
        self, requests: AsyncIterator[pb.ServerReflectionRequest], context: Any
    ) -> AsyncIterator[pb.ServerReflectionResponse]:
        """An answer to each question; what is not there is an error within it."""
        del context
        async for request in requests:
            yield self._answer(request)

    def _answer(self, request: pb.ServerReflectionRequest) -> pb.ServerReflectionResponse:
        answer = pb.ServerReflectionResponse(valid_host=request.host, original_request=request)
        try:
            self._fill(answer, request)
        except KeyError:
            answer.error_response.error_code = grpc.StatusCode.NOT_FOUND.value[0]
            answer.error_response.error_message = "there is no such symbol or file"
        return answer

    def _fill(
        self, answer: pb.ServerReflectionResponse, request: pb.ServerReflectionRequest
    ) -> None:
        match request.WhichOneof("message_request"):
            case "list_services":
                for name in self._services:
                    answer.list_services_response.service.add(name=name)
            case "file_by_filename":
                self._describe(answer, self._pool.FindFileByName(request.file_by_filename))
            case "file_containing_symbol":
                self._describe(answer, self._file_of(request.file_containing_symbol))
            case "file_containing_extension":
                wanted = request.file_containing_extension
                extended = self._pool.FindMessageTypeByName(wanted.containing_type)
                found = self._pool.FindExtensionByNumber(extended, wanted.extension_number)
                self._describe(answer, self._file_of(found.full_name))
            case "all_extension_numbers_of_type":
                extended = self._pool.FindMessageTypeByName(request.all_extension_numbers_of_type)
                numbers = sorted(one.number for one in self._pool.FindAllExtensions(extended))
                answer.all_extension_numbers_response.base_type_name = extended.full_name
                answer.all_extension_numbers_response.extension_number.extend(numbers)
            case _:
                answer.error_response.error_code = grpc.StatusCode.INVALID_ARGUMENT.value[0]
                answer.error_response.error_message = "the request asks nothing"

    def _file_of(self, symbol: str) -> FileDescriptor:
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            return self._pool.FindMethodByName(symbol).containing_service.file

    @staticmethod
    def _describe(answer: pb.ServerReflectionResponse, file: FileDescriptor) -> None:
        """The file with all that it imports."""
        left, seen = [file], {file.name}
        while left:
            one = left.pop()
            answer.file_descriptor_response.file_descriptor_proto.append(one.serialized_pb)
            new = [other for other in one.dependencies if other.name not in seen]
            seen.update(other.name for other in new)
            left += new


def _define_stable() -> None:
    """Makes v1 known to the process: v1alpha's file with another package."""
    file = FileDescriptorProto.FromString(pb.DESCRIPTOR.serialized_pb)
    file.name, file.package = file.name.replace("v1alpha", "v1"), _STABLE
    try:
        descriptor_pool.Default().FindFileByName(file.name)
    except KeyError:
        for field in (field for message in file.message_type for field in message.field):
            if field.type_name:
                field.type_name = _renamed(field.type_name)
        for method in (method for service in file.service for method in service.method):
            method.input_type = _renamed(method.input_type)
            method.output_type = _renamed(method.output_type)
        descriptor_pool.Default().AddSerializedFile(file.SerializeToString())


def _renamed(type_name: str) -> str:
    return type_name.replace(f".{_ALPHA}.", f".{_STABLE}.")
