"""The rules on fields reach the server through code that knows nothing of Protovalidate."""

import importlib
import subprocess
import sys
from pathlib import Path

import protovalidate
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from flext.quality.v1.analysis_service_pb2 import GetAnalysisRequest
from tests.waiting import PATIENCE_SECONDS
from tools.contract import COMPILER, PACKAGE, PROTO, RULES, built
from tools.sdk_protos import without_rules, write


def test_rules_hold_for_messages_of_the_client() -> None:
    """A request that breaks a rule of the contract is refused, though its code imports no rules."""
    violations = protovalidate.Validator().collect_violations(GetAnalysisRequest())

    assert ["name"] == [v.proto.field.elements[0].field_name for v in violations if v.proto.field]
    assert [] == protovalidate.Validator().collect_violations(GetAnalysisRequest(name="any"))


def test_no_rule_is_lost_in_generation() -> None:
    """Every field of the client's descriptors has the options that the contract gives it."""
    for file in built().file:
        if file.package == PACKAGE:
            module = importlib.import_module(f"{file.name[:-6].replace('/', '.')}_pb2")
            ours = FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)

            assert _options(file) == _options(ours)


def _options(file: FileDescriptorProto) -> dict[str, bytes]:
    return {
        f"{message.name}.{field.name}": field.options.SerializeToString()
        for message in file.message_type
        for field in message.field
    }


@pytest.mark.parametrize("first", ["theirs", "ours"])
def test_the_client_lives_beside_another_version_of_the_rules(tmp_path: Path, first: str) -> None:
    """A program may have a buf.validate of its own, of any version, imported before or after ours."""
    other = tmp_path / RULES
    other.parent.mkdir(parents=True)
    whole = (PROTO / RULES).read_text(encoding="utf-8")
    other.write_text(whole.replace("message Rule {", "message Rule {\n  optional string no = 99;"))
    protoc = [str(COMPILER / "python"), "-m", "grpc_tools.protoc"]
    generate = [*protoc, f"-I{tmp_path}", f"--python_out={tmp_path}", RULES]
    subprocess.run(generate, check=True, timeout=PATIENCE_SECONDS)
    lines = {
        "theirs": "import buf.validate.validate_pb2",
        "ours": "import flext.quality.v1.analysis_service_pb2",
    }
    program = "\n".join(lines[name] for name in sorted(lines, key=lambda name: name != first))

    run = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{program}"]
    subprocess.run(run, check=True, timeout=PATIENCE_SECONDS)


def test_other_languages_are_generated_from_files_without_rules(tmp_path: Path) -> None:
    """The files for other languages compile, say the same, and name nothing of Protovalidate."""
    names = write(tmp_path)

    assert "flext/quality/v1/analysis_service.proto" in names
    assert [] == [name for name in names if "validate" in (tmp_path / name).read_text("utf-8")]


def test_options_of_others_stay() -> None:
    """Only options of Protovalidate are taken out of a field's list."""
    text = (
        'string a = 1 [\n  (buf.validate.field).string.pattern = "[\\"], x",\n  deprecated = true\n'
        "];\nstring b = 2 [(buf.validate.field).required = true];\n"
    )

    assert "string a = 1 [deprecated = true];\nstring b = 2;\n" == without_rules(text)
