"""Writes an analysis and its findings as one JSON object, holding no more than one finding at a time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.finding_pb2 import Finding
from flext_quality.cli.output import Output


async def write_analysis(
    output: Output, analysis: Analysis, findings: AsyncIterable[Finding]
) -> None:
    """`{"analysis": …, "issues": […]}`, each message in proto3 JSON, each issue in a line of its own."""
    output.write(f'{{"analysis": {to_json(analysis)},\n"issues": [')
    separator = "\n"
    async for finding in findings:
        output.write(f"{separator}{to_json(finding)}")
        separator = ",\n"
    output.write("\n]}\n")


def to_json(message: Message) -> str:
    """The message in proto3 JSON, in one line of ASCII; counts of zero and empty lists are written too.

    See https://protobuf.dev/programming-guides/json/
    """
    return json.dumps(MessageToDict(message, always_print_fields_with_no_presence=True))
