"""Events and commands between the domain and the JSON that brokers carry.

The JSON is that of the contract's messages: https://protobuf.dev/programming-guides/json/.
"""

from __future__ import annotations

import hashlib

import protovalidate
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from flext.quality.v1 import analysis_service_pb2 as pb
from flext_quality.application.ports.commands import Command, StartAnalysisCommand
from flext_quality.application.ports.events import PublicEvent
from flext_quality.domain.errors import FieldViolation, InvalidFieldError, invalid_field
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.result import FlextResult
from flext_quality.rpc.events.mapping import quality_event_to_proto

START_ANALYSIS = "flext.quality.v1.StartAnalysisRequest"
"""The type of the command."""


def schema_name(event_type: str) -> str:
    """What the JSON Schema of a type of event is called; see docs/events."""
    return f"urn:flext:quality:schema:{event_type}"


class ProtobufEventRenderer:
    """The port `EventRenderer`: an event's data are its message in the contract."""

    def render(self, event: AnyEvent) -> PublicEvent:
        """The event in the contract's words."""
        whole = quality_event_to_proto(event)
        happened = getattr(whole, whole.WhichOneof("kind") or "")
        what: Message = getattr(happened, happened.WhichOneof("kind"))
        name = what.DESCRIPTOR.full_name
        return PublicEvent(
            id=event.id,
            type=name,
            subject=event.subject,
            sequence=event.sequence,
            aggregate=event.aggregate_type.label,
            time=event.time,
            schema=schema_name(name),
            data=MessageToDict(what, always_print_fields_with_no_presence=True),
            correlation_id=event.correlation_id,
        )


class ProtobufCommandDecoder:
    """The port `CommandDecoder`: a command's data are a request of the contract."""

    def __init__(self) -> None:
        self._validator = protovalidate.Validator()

    def decode(self, command: Command) -> FlextResult[StartAnalysisCommand]:
        """What is asked for; without a request id, the command's own stands for it."""
        if command.type != START_ANALYSIS:
            return FlextResult.fail(invalid_field("type", f"must be {START_ANALYSIS}"))
        request = pb.StartAnalysisRequest()
        try:
            ParseDict(dict(command.data), request)
        except ParseError as error:
            return FlextResult.fail(invalid_field("data", str(error)))
        if request.attachments:
            return FlextResult.fail(invalid_field("data.attachments", "cannot be sent in commands"))
        violations = self._validator.collect_violations(request)
        if violations:
            return FlextResult.fail(
                InvalidFieldError(
                    [FieldViolation("data", violation.proto.message) for violation in violations]
                )
            )
        try:
            project = ProjectName.parse(request.parent, "data.parent")
        except InvalidFieldError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(
            StartAnalysisCommand(
                project,
                tuple(request.analyzers),
                request.revision.branch,
                request.request_id or _request_id(command),
            )
        )


def _request_id(command: Command) -> str:
    own = f"{command.source}\0{command.id}".encode()
    return f"command-{hashlib.sha256(own).hexdigest()[:40]}"
