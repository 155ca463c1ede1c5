"""Check the contract for what buf's lint does not know: names that languages cannot have, and our rules.

``python -m tools.contract_lint`` prints each problem and ends with 1 if there is one. Among the rules:

- no field, method or type is called by a reserved word or by what generated code defines by itself;
- every file has the options that the languages' generators need;
- the zero of an enum means "Not set." and nothing else;
- every method's comment has a paragraph "Errors:" whose reasons and status codes are the contract's own;
- a method is declared idempotent or takes a request_id;
- lists have pages, watches have heartbeats, and fields that must be there say "Required.".
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    MethodOptions,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from tools.contract import DIRECTORY, PACKAGE, built
from tools.reserved_names import (
    FIELD_WORDS,
    GRPC_CODES,
    KEYWORDS,
    MEMBERS,
    STUB_MEMBERS,
    TYPES,
)

FILE_OPTIONS = {
    "csharp_namespace": "Flext.Quality.V1",
    "go_package": f"github.com/flext-sh/flext-quality/clients/go/{DIRECTORY};qualityv1",
    "java_multiple_files": True,
    "java_package": "dev.flext.quality.v1",
    "php_metadata_namespace": r"Flext\Quality\V1\GPBMetadata",
    "php_namespace": r"Flext\Quality\V1",
    "ruby_package": "Flext::Quality::V1",
}
# Java's getters of a field "x", beside getX, are getX with one of these at the end.
_JAVA_ENDINGS = ("count", "list", "bytes", "value", "map", "builder", "or_builder")
_CODE_AND_REASONS = re.compile(r"\b([A-Z]+(?:_[A-Z]+)*) \(([A-Z_]+(?:, [A-Z_]+)*)\)")
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6


class Contract:
    """The contract's own files, with the comment and the rules of everything in them."""

    def __init__(self, files: FileDescriptorSet) -> None:
        self.files = [file for file in files.file if file.package == PACKAGE]
        self.messages = {
            f".{PACKAGE}.{message.name}": message
            for file in self.files
            for message in file.message_type
        }
        self._comments = {
            file.name: {
                tuple(at.path): at.leading_comments for at in file.source_code_info.location
            }
            for file in self.files
        }
        pool = DescriptorPool()
        for file in files.file:
            if file.package != PACKAGE:
                pool.Add(file)
        self._options = GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FieldOptions"))
        # types-protobuf knows the extensions of generated code only.
        self._rules: Any = pool.FindExtensionByName("buf.validate.field")

    def comment(self, file: FileDescriptorProto, *path: int) -> str:
        """Return what is written above something, paragraphs kept."""
        text = self._comments[file.name].get(path, "")
        return "\n".join(line.strip() for line in text.splitlines()).strip()

    def rules(self, field: FieldDescriptorProto) -> Any:
        """Return the field's rules, a `buf.validate.FieldRules`."""
        options = self._options.FromString(field.options.SerializeToString())
        return options.Extensions[self._rules]


def problems(files: FileDescriptorSet) -> Iterator[str]:
    """Give each problem as a line that begins with the place."""
    contract = Contract(files)
    codes = dict(_codes(contract))
    for file in contract.files:
        yield from _file_options(file)
        for number, message in enumerate(file.message_type):
            yield from _type_name(file, message.name)
            yield from _message(contract, file, number, message)
        for number, enum in enumerate(file.enum_type):
            yield from _type_name(file, enum.name)
            yield from _enum(contract, file, number, enum)
        for at, service in enumerate(file.service):
            for number, method in enumerate(service.method):
                place = f"{file.name}: {service.name}.{method.name}"
                text = contract.comment(file, _SERVICE, at, 2, number)
                yield from _method(contract, place, method)
                yield from _errors(place, text, codes)
    yield from _request_ids(contract)


def _file_options(file: FileDescriptorProto) -> Iterator[str]:
    stem = PurePosixPath(file.name).stem
    outer = "".join(part.capitalize() for part in stem.split("_")) + "Proto"
    for option, wanted in {**FILE_OPTIONS, "java_outer_classname": outer}.items():
        if getattr(file.options, option) != wanted:
            yield f"{file.name}: option {option} must be {wanted}"


def _type_name(file: FileDescriptorProto, name: str) -> Iterator[str]:
    for language, words in KEYWORDS.items():
        if name.lower() in {word.lower() for word in words}:
            yield f"{file.name}: {name} is a word of {language}"
    for language, words in TYPES.items():
        if name in words:
            yield f"{file.name}: {name} hides {language}'s own type"


def _message(
    contract: Contract, file: FileDescriptorProto, number: int, message: DescriptorProto
) -> Iterator[str]:
    place = f"{file.name}: {message.name}"
    names = {field.name for field in message.field}
    for oneof in message.oneof_decl:
        if not oneof.name.startswith("_"):
            yield from _field_name(f"{place}.{oneof.name}", oneof.name)
    for at, field in enumerate(message.field):
        spot = f"{place}.{field.name}"
        yield from _field_name(spot, field.name)
        if _flat(field.name) == message.name.lower():
            yield f"{spot}: C# lets no member be called as its class"
        for ending in _JAVA_ENDINGS:
            if f"{field.name}_{ending}" in names:
                yield f"{spot}: Java's getters of it and of {field.name}_{ending} may be called alike"
        text = contract.comment(file, _MESSAGE, number, 2, at)
        if _must_be_there(contract.rules(field)) and not text.startswith("Required. "):
            yield f'{spot}: its comment must begin with "Required.", as its rules say'


def _field_name(place: str, name: str) -> Iterator[str]:
    for language, words in FIELD_WORDS.items():
        if name in words or _flat(name) in words:
            yield f"{place}: {name} is a word of {language}"
    for language, members in MEMBERS.items():
        if _flat(name) in members:
            yield f"{place}: generated code of {language} has something else of this name"


def _flat(name: str) -> str:
    return name.replace("_", "").lower()


def _must_be_there(rules: Any) -> bool:
    optional = rules.ignore == 1  # IGNORE_IF_ZERO_VALUE
    needed = rules.required or rules.string.min_len > 0 or rules.repeated.min_items > 0
    given = 0 in rules.enum.not_in or any(rule.name == "in" for rule, _ in rules.enum.ListFields())
    return bool((needed or given) and not optional)


def _enum(
    contract: Contract, file: FileDescriptorProto, number: int, enum: EnumDescriptorProto
) -> Iterator[str]:
    place = f"{file.name}: {enum.name}"
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper() + "_"
    if enum.value[0].name != f"{prefix}UNSPECIFIED" or enum.value[0].number != 0:
        yield f"{place}: its first value must be {prefix}UNSPECIFIED = 0"
    if contract.comment(file, _ENUM, number, 2, 0) != "Not set.":
        yield f'{place}: the comment of its zero must be "Not set." alone'
    for value in enum.value:
        if not value.name.removeprefix(prefix)[0].isalpha():
            yield f"{place}: without its prefix {value.name} is no name"


def _method(contract: Contract, place: str, method: MethodDescriptorProto) -> Iterator[str]:
    for stub, members in STUB_MEMBERS.items():
        if method.name.lower() in members:
            yield f"{place}: clients of {stub} have something else of this name"
    request, response = contract.messages[method.input_type], contract.messages[method.output_type]
    asked = {field.name for field in request.field}
    declared = method.options.idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN
    if not declared and "request_id" not in asked:
        yield f"{place}: it must have an idempotency_level, or take a request_id"
    if method.name.startswith("List"):
        given = {field.name for field in response.field}
        if not {"page_size", "page_token"} <= asked or "next_page_token" not in given:
            yield f"{place}: a list must have pages"
    if method.name.startswith("Watch"):
        beats = [f for f in response.field if f.type_name == f".{PACKAGE}.Heartbeat"]
        if "heartbeat_interval" not in asked or not any(f.HasField("oneof_index") for f in beats):
            yield f"{place}: a watch must take a heartbeat_interval and have a Heartbeat in its oneof"


def _codes(contract: Contract) -> Iterator[tuple[str, str]]:
    """Give each reason with the word that its comment begins with."""
    for file in contract.files:
        for number, enum in enumerate(file.enum_type):
            if enum.name == "ErrorReason":
                for at, value in enumerate(enum.value):
                    text = contract.comment(file, _ENUM, number, 2, at)
                    yield value.name.removeprefix("ERROR_REASON_"), text.partition(".")[0]


def _errors(place: str, comment: str, codes: dict[str, str]) -> Iterator[str]:
    paragraph = next((p for p in comment.split("\n\n") if p.startswith("Errors: ")), None)
    if paragraph is None:
        yield f'{place}: its comment must have a paragraph that begins with "Errors: "'
        return
    for code, reasons in _CODE_AND_REASONS.findall(" ".join(paragraph.split())):
        if code not in GRPC_CODES:
            yield f"{place}: {code} is no status code of gRPC"
        for reason in reasons.split(", "):
            if codes.get(reason) != code:
                yield f"{place}: {reason} is not a reason of {code} in error_reason.proto"


def _request_ids(contract: Contract) -> Iterator[str]:
    """Hold that what is said of a field with one meaning is the same everywhere."""
    for name in ("request_id", "page_token", "next_page_token", "heartbeat_interval"):
        texts: dict[str, str] = {}
        for place, text in _comments_of(contract, name):
            texts.setdefault(text, place)
        if len(texts) > 1:
            yield f"{' and '.join(texts.values())}: the comments of {name} differ"


def _comments_of(contract: Contract, name: str) -> Iterable[tuple[str, str]]:
    for file in contract.files:
        for number, message in enumerate(file.message_type):
            for at, field in enumerate(message.field):
                if field.name == name:
                    yield message.name, contract.comment(file, _MESSAGE, number, 2, at)


def main() -> int:
    """Print the problems; return the exit code."""
    found = list(problems(built()))
    print("\n".join(found) or "the contract keeps its rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
