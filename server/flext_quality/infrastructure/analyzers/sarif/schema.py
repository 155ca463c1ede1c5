"""The part of a SARIF 2.1.0 log that is read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html is the source of every default here.
Whatever the standard lets a producer leave out may also be null, as some of them write it. Property
bags may hold anything, so they stay undecoded until `bag` looks into one.
"""

from __future__ import annotations

from typing import Any

import msgspec

NO_INDEX = -1
FAIL = "fail"


class Message(msgspec.Struct, rename="camel", gc=False):
    """A text, or the id of one of the rule's texts."""

    text: str | None = None
    markdown: str | None = None
    id: str | None = None
    arguments: list[str] | None = None


class Text(msgspec.Struct, gc=False):
    """A text of a rule or a tool."""

    text: str | None = None
    markdown: str | None = None


class ArtifactLocation(msgspec.Struct, rename="camel", gc=False):
    """Where a file lies."""

    uri: str | None = None
    uri_base_id: str | None = None
    index: int | None = None


class Region(msgspec.Struct, rename="camel", gc=False):
    """A part of a file: lines and columns from 1, ends exclusive, offsets from 0."""

    start_line: int | None = None
    start_column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    char_offset: int | None = None
    char_length: int | None = None
    byte_offset: int | None = None
    byte_length: int | None = None


class PhysicalLocation(msgspec.Struct, rename="camel", gc=False):
    """A file, and where in it."""

    artifact_location: ArtifactLocation | None = None
    region: Region | None = None


class Location(msgspec.Struct, rename="camel", gc=False):
    """A place and what it has to do with the result."""

    physical_location: PhysicalLocation | None = None
    message: Message | None = None


class Replacement(msgspec.Struct, rename="camel", gc=False):
    """A part of a file that goes, and what comes in its place."""

    deleted_region: Region
    inserted_content: Text | None = None


class ArtifactChange(msgspec.Struct, rename="camel", gc=False):
    """The changes of one file."""

    artifact_location: ArtifactLocation
    replacements: list[Replacement]


class Fix(msgspec.Struct, rename="camel", gc=False):
    """Changes of files."""

    description: Message | None = None
    artifact_changes: list[ArtifactChange] | None = None


class Suppression(msgspec.Struct, gc=False):
    """Somebody wants a result not to be told. No status means accepted."""

    status: str | None = None


class ComponentReference(msgspec.Struct, gc=False):
    """Points to the driver or an extension of a tool."""

    index: int | None = None
    guid: str | None = None
    name: str | None = None


class RuleReference(msgspec.Struct, rename="camel", gc=False):
    """Points to a rule."""

    id: str | None = None
    index: int | None = None
    guid: str | None = None
    tool_component: ComponentReference | None = None


class Result(msgspec.Struct, rename="camel", gc=False):
    """What a tool says."""

    rule_id: str | None = None
    rule_index: int | None = None
    rule: RuleReference | None = None
    kind: str | None = None
    level: str | None = None
    message: Message | None = None
    analysis_target: ArtifactLocation | None = None
    locations: list[Location] | None = None
    related_locations: list[Location] | None = None
    fixes: list[Fix] | None = None
    suppressions: list[Suppression] | None = None
    baseline_state: str | None = None
    rank: float | None = None
    properties: msgspec.Raw = msgspec.Raw()


class Configuration(msgspec.Struct, gc=False):
    """How a rule is set."""

    level: str | None = None


class Rule(msgspec.Struct, rename="camel", gc=False):
    """A rule (the standard's reportingDescriptor)."""

    id: str | None = None
    guid: str | None = None
    short_description: Text | None = None
    full_description: Text | None = None
    message_strings: dict[str, Text] | None = None
    default_configuration: Configuration | None = None
    help_uri: str | None = None
    properties: msgspec.Raw = msgspec.Raw()


class Component(msgspec.Struct, rename="camel", gc=False):
    """A tool's driver or extension."""

    name: str | None = None
    guid: str | None = None
    version: str | None = None
    semantic_version: str | None = None
    rules: list[Rule] | None = None
    global_message_strings: dict[str, Text] | None = None


class Tool(msgspec.Struct, gc=False):
    """What ran."""

    driver: Component
    extensions: list[Component] | None = None


class Notification(msgspec.Struct, gc=False):
    """What a tool says about its own work."""

    message: Message | None = None
    level: str | None = None
    locations: list[Location] | None = None


class Override(msgspec.Struct, gc=False):
    """A rule that was set otherwise than by default."""

    descriptor: RuleReference | None = None
    configuration: Configuration | None = None


class Invocation(msgspec.Struct, rename="camel", gc=False):
    """How a tool ran."""

    execution_successful: bool | None = None
    exit_code: int | None = None
    exit_code_description: str | None = None
    tool_execution_notifications: list[Notification] | None = None
    tool_configuration_notifications: list[Notification] | None = None
    rule_configuration_overrides: list[Override] | None = None


class Artifact(msgspec.Struct, gc=False):
    """A file that results point to by its index."""

    location: ArtifactLocation | None = None


class ExternalFiles(msgspec.Struct, gc=False):
    """Parts of a run that lie in other files."""

    results: msgspec.Raw = msgspec.Raw()


class Run(msgspec.Struct, rename="camel", gc=False):
    """One run of one tool."""

    tool: Tool
    results: list[Result] | None = None
    artifacts: list[Artifact] | None = None
    original_uri_base_ids: dict[str, ArtifactLocation] | None = None
    invocations: list[Invocation] | None = None
    column_kind: str | None = None
    external_property_file_references: ExternalFiles | None = None


class Log(msgspec.Struct, gc=False):
    """A SARIF file."""

    version: str
    runs: list[Run]


def bag(raw: msgspec.Raw) -> dict[str, Any]:
    """A property bag; empty where there is none."""
    found = msgspec.json.decode(raw) if bytes(raw) else None
    return found if isinstance(found, dict) else {}
