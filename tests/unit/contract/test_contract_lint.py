"""The contract's own lint finds what it says it finds."""

from collections.abc import Callable

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodOptions,
)

from tools.contract import built
from tools.contract_lint import problems

Spoil = Callable[[FileDescriptorSet], None]


@pytest.fixture(scope="module")
def contract() -> FileDescriptorSet:
    return built()


def file(contract: FileDescriptorSet, stem: str) -> FileDescriptorProto:
    return next(f for f in contract.file if f.name == f"flext/quality/v1/{stem}.proto")


def message(contract: FileDescriptorSet, stem: str, name: str) -> DescriptorProto:
    return next(m for m in file(contract, stem).message_type if m.name == name)


def rename_field(stem: str, name: str, old: str, new: str) -> Spoil:
    def spoil(contract: FileDescriptorSet) -> None:
        field = next(f for f in message(contract, stem, name).field if f.name == old)
        field.name = new

    return spoil


def drop_field(stem: str, name: str, old: str) -> Spoil:
    def spoil(contract: FileDescriptorSet) -> None:
        fields = message(contract, stem, name).field
        del fields[next(at for at, field in enumerate(fields) if field.name == old)]

    return spoil


def change_comment(stem: str, old: str, new: str) -> Spoil:
    def spoil(contract: FileDescriptorSet) -> None:
        for at in file(contract, stem).source_code_info.location:
            at.leading_comments = at.leading_comments.replace(old, new)

    return spoil


def no_ruby(contract: FileDescriptorSet) -> None:
    file(contract, "score").options.ClearField("ruby_package")


def get_channel(contract: FileDescriptorSet) -> None:
    file(contract, "notification_service").service[0].method[1].name = "GetChannel"


def undeclared(contract: FileDescriptorSet) -> None:
    method = file(contract, "issue_service").service[0].method[0]
    method.options.idempotency_level = MethodOptions.IDEMPOTENCY_UNKNOWN


def hidden_type(contract: FileDescriptorSet) -> None:
    file(contract, "severity").enum_type[0].name = "Record"


def test_the_contract_keeps_its_rules(contract: FileDescriptorSet) -> None:
    """The contract as it is has no problem."""
    assert list(problems(contract)) == []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (rename_field("metrics", "HistogramBin", "lower", "from"), "a word of Python"),
        (rename_field("metrics", "HistogramBin", "upper", "to"), "something else of this name"),
        (rename_field("quality_gate", "GateCondition", "comparison", "operator"), "a word of C#"),
        (rename_field("finding", "Fix", "edits", "descriptor"), "generated code of Java"),
        (rename_field("rule", "Rule", "rule_id", "rule"), "C# lets no member"),
        (rename_field("issue", "IssueCounts", "new_count", "open_count_list"), "Java's getters"),
        (no_ruby, "option ruby_package"),
        (get_channel, "clients of grpc-js"),
        (undeclared, "idempotency_level"),
        (hidden_type, "hides Java's own type"),
        (change_comment("finding", "Not set.", "The tool does not say."), "comment of its zero"),
        (change_comment("rule_service", "Errors: ", ""), 'begins with "Errors: "'),
        (change_comment("rule_service", "NOT_FOUND (", "ABORTED ("), "not a reason of ABORTED"),
        (
            change_comment("rule_service", "(UNKNOWN_ANALYZER", "(NO_SUCH"),
            "NO_SUCH is not a reason",
        ),
        (change_comment("rule_service", "Required. ", ""), 'begin with "Required."'),
        (change_comment("issue_service", "24 hours", "a day"), "comments of request_id differ"),
        (drop_field("rule_service", "ListRulesRequest", "page_size"), "must have pages"),
        (drop_field("event_service", "WatchEventsResponse", "heartbeat"), "a watch must"),
    ],
)
def test_what_breaks_a_rule_is_found(contract: FileDescriptorSet, spoil: Spoil, told: str) -> None:
    """Each rule of the lint finds a contract that breaks it."""
    spoilt = FileDescriptorSet()
    spoilt.CopyFrom(contract)
    spoil(spoilt)

    assert any(told in line for line in problems(spoilt))
