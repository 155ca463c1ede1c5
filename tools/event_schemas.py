"""Generate the JSON Schema and the description of every event, or check that they are up to date.

``python -m tools.event_schemas`` writes ``docs/events`` from ``proto/``; everything in that directory is
generated. With ``--check`` nothing is written, and the exit code is 1 if there are differences.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool

from tools.contract import PACKAGE, ROOT, built

TARGET = ROOT / "docs" / "events"
VERSION = "v1"
TOPICS = {"AnalysisEvent": "analysis", "ProjectEvent": "project", "DependencyEvent": "dependency"}
COMMAND = "StartAnalysisRequest"
# A command cannot bring these.
LEFT_OUT = frozenset({f"{PACKAGE}.{COMMAND}.attachments"})

_NOTE = (
    'Generated from `proto/` by "make generate"; do not edit. '
    "What they are for: [events.md](../events.md)."
)

Schema = dict[str, Any]
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"},
}
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer"},
    FieldDescriptor.CPPTYPE_UINT32: {"type": "integer", "minimum": 0},
    FieldDescriptor.CPPTYPE_INT64: {"type": "string", "pattern": "^-?[0-9]+$"},
    FieldDescriptor.CPPTYPE_UINT64: {"type": "string", "pattern": "^[0-9]+$"},
    FieldDescriptor.CPPTYPE_DOUBLE: {
        "anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]
    },
    FieldDescriptor.CPPTYPE_FLOAT: {
        "anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]
    },
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_STRING: {"type": "string"},
}


class Contract:
    """The contract with its comments."""

    def __init__(self) -> None:
        files = built()
        self._pool = DescriptorPool()
        self.comments: dict[str, str] = {}
        for file in files.file:
            self._pool.Add(file)
            texts = {
                tuple(at.path): _text(at.leading_comments) for at in file.source_code_info.location
            }
            for number, message in enumerate(file.message_type):
                self._note(texts, (4, number), f"{file.package}.{message.name}", message)
            for number, enum in enumerate(file.enum_type):
                self._note_enum(texts, (5, number), f"{file.package}.{enum.name}", enum)

    def message(self, name: str) -> Descriptor:
        """A message of the contract."""
        return self._pool.FindMessageTypeByName(f"{PACKAGE}.{name}")

    def events(self) -> Iterator[tuple[str, FieldDescriptor, Descriptor]]:
        """Each event's topic, the field that holds it, and its message."""
        for name, topic in TOPICS.items():
            for field in self.message(name).oneofs_by_name["kind"].fields:
                if field.message_type is not None:
                    yield topic, field, field.message_type

    def _note(
        self,
        texts: dict[tuple[int, ...], str],
        path: tuple[int, ...],
        name: str,
        of: DescriptorProto,
    ) -> None:
        self.comments[name] = texts.get(path, "")
        for number, field in enumerate(of.field):
            self.comments[f"{name}.{field.name}"] = texts.get((*path, 2, number), "")
        for number, nested in enumerate(of.nested_type):
            self._note(texts, (*path, 3, number), f"{name}.{nested.name}", nested)
        for number, enum in enumerate(of.enum_type):
            self._note_enum(texts, (*path, 4, number), f"{name}.{enum.name}", enum)

    def _note_enum(
        self,
        texts: dict[tuple[int, ...], str],
        path: tuple[int, ...],
        name: str,
        of: EnumDescriptorProto,
    ) -> None:
        self.comments[name] = texts.get(path, "")
        for number, value in enumerate(of.value):
            self.comments[f"{name}.{value.name}"] = texts.get((*path, 2, number), "")


def _text(comment: str) -> str:
    return " ".join(comment.split())


class SchemaMaker:
    """Makes the JSON Schema of one message and of what it holds."""

    def __init__(self, contract: Contract, *, always_whole: bool) -> None:
        """`always_whole`: fields that cannot be unset are always there."""
        self._comments = contract.comments
        self._always_whole = always_whole
        self._definitions: dict[str, Schema] = {}

    def schema(self, message: Descriptor) -> Schema:
        """The schema of a document that holds this message."""
        body = self._object(message)
        document: Schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:flext:quality:schema:{message.full_name}",
            "title": message.name,
            **body,
        }
        if self._definitions:
            document["$defs"] = dict(sorted(self._definitions.items()))
        return document

    def _object(self, message: Descriptor) -> Schema:
        fields = [field for field in message.fields if field.full_name not in LEFT_OUT]
        schema: Schema = {
            "description": self._comments[message.full_name],
            "type": "object",
            "properties": {
                field.json_name: {
                    **self._field(field),
                    "description": self._comments[field.full_name],
                }
                for field in fields
            },
        }
        always = [field.json_name for field in fields if not field.has_presence]
        if always and self._always_whole:
            schema["required"] = always
        return schema

    def _field(self, field: FieldDescriptor) -> Schema:
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            return {
                "type": "object",
                "additionalProperties": self._single(kind.fields_by_name["value"]),
            }
        single = self._single(field)
        return {"type": "array", "items": single} if field.is_repeated else single

    def _single(self, field: FieldDescriptor) -> Schema:
        if field.message_type is not None:
            return self._reference(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        if field.type == FieldDescriptor.TYPE_BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        return dict(_SCALARS[field.cpp_type])

    def _reference(self, message: Descriptor) -> Schema:
        if message.full_name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[message.full_name])
        if message.name not in self._definitions:
            self._definitions[message.name] = {}  # messages may hold themselves
            self._definitions[message.name] = self._object(message)
        return {"$ref": f"#/$defs/{message.name}"}

    def _enum(self, enum: EnumDescriptor) -> Schema:
        if enum.name not in self._definitions:
            self._definitions[enum.name] = {
                "description": self._comments[enum.full_name],
                "type": "string",
                "enum": [value.name for value in enum.values],
            }
        return {"$ref": f"#/$defs/{enum.name}"}


def generate() -> dict[str, str]:
    """Return the text of every file of the directory by its name."""
    contract = Contract()
    tree: dict[str, str] = {}
    rows: dict[str, list[str]] = {topic: [] for topic in TOPICS.values()}
    details: list[str] = []
    for topic, field, message in contract.events():
        tree[_file(message)] = _json(SchemaMaker(contract, always_whole=True).schema(message))
        rows[topic].append(
            f"| [`{message.full_name}`]({_file(message)}) | {contract.comments[field.full_name]} |"
        )
        details += _details(contract, message)
    command = contract.message(COMMAND)
    tree[_file(command)] = _json(SchemaMaker(contract, always_whole=False).schema(command))
    lines = [
        "# Events and commands, one by one",
        "",
        _NOTE,
        "",
    ]
    for topic, table in rows.items():
        lines += [f"## On `quality.{topic}`", "", "| type | says |", "|---|---|", *table, ""]
    lines += ["## Commands, on `quality.commands`", "", "| type | asks for |", "|---|---|"]
    lines += [f"| [`{command.full_name}`]({_file(command)}) | An analysis of a project. |", ""]
    tree["README.md"] = "\n".join([*lines, "## Their data", "", *details])
    return tree


def _file(message: Descriptor) -> str:
    return f"{message.name}.{VERSION}.schema.json"


def _json(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _details(contract: Contract, message: Descriptor) -> list[str]:
    lines = [f"### {message.name}", "", contract.comments[message.full_name], ""]
    if message.fields:
        lines += ["| field | is | says |", "|---|---|---|"]
        lines += [
            f"| `{field.json_name}` | {_kind(field)} | {contract.comments[field.full_name]} |"
            for field in message.fields
        ]
        lines.append("")
    return lines


def _kind(field: FieldDescriptor) -> str:
    inner = field.message_type or field.enum_type
    if inner is not None:
        name = inner.name
    else:
        schema = _SCALARS[field.cpp_type]
        name = schema.get("type", "number")
        if "pattern" in schema:
            name = "number, as a string"
    return f"list of {name}" if field.is_repeated else name


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    wanted = generate()
    if not parser.parse_args().check:
        TARGET.mkdir(exist_ok=True)
        for path in TARGET.iterdir():
            path.unlink()
        for name, text in wanted.items():
            (TARGET / name).write_text(text, encoding="utf-8")
        print(f"docs/events: {len(wanted)} generated files")
        return 0
    found = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*")}
    wrong = sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )
    for name in wrong:
        print(f'docs/events/{name} is not what proto/ gives: run "make generate"', file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
