"""The contract as descriptors: as it is written, and as SDKs are made of it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
# Programs of the environment that "make" creates from requirements/protoc.txt.
COMPILER = ROOT / ".venv" / "protoc" / "bin"
PACKAGE = "flext.quality.v1"
DIRECTORY = "flext/quality/v1"
# The rules on fields are written with its options.
RULES = "buf/validate/validate.proto"


def buf(*arguments: str) -> None:
    """Run buf at the root of the repository.

    It runs Python's compiler with the first python on the PATH, and finds the plugins after it, in the
    environment that runs this.
    """
    with tempfile.TemporaryDirectory() as cache:
        programs = Path(sys.executable).parent
        path = os.pathsep.join([str(COMPILER), str(programs), os.environ.get("PATH", "")])
        environment = os.environ | {"PATH": path, "BUF_CACHE_DIR": cache}
        subprocess.run([str(programs / "buf"), *arguments], cwd=ROOT, env=environment, check=True)


def built(source: Path = PROTO) -> FileDescriptorSet:
    """Return every file below a directory with its comments and all that it imports."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch, "contract.binpb")
        buf("build", str(source), "--as-file-descriptor-set", "-o", str(target))
        return FileDescriptorSet.FromString(target.read_bytes())


def without_rules_import(contract: FileDescriptorSet) -> FileDescriptorSet:
    """Return the contract's files without the import of the rules' options.

    The rules stay in the descriptors, as bytes of options that no generator knows. So generated code
    imports nothing of Protovalidate, while a validator, which knows the options itself, still reads them.
    """
    kept = FileDescriptorSet()
    for file in contract.file:
        if file.name == RULES:
            continue
        ours = kept.file.add()
        ours.CopyFrom(file)
        if RULES in ours.dependency:
            ours.dependency.remove(RULES)
    return kept
