"""Write the contract's files without the rules on fields: what SDKs of other languages are made of.

``python -m tools.sdk_protos DIRECTORY`` writes them. They say the same to a client, import nothing that is
not Google's own, and need no options of any generator. Why:
docs/decisions/0014-rules-travel-in-the-descriptors.md.
"""

import re
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from tools.contract import DIRECTORY, PACKAGE, PROTO, RULES, built, without_rules_import

_IMPORT = f'import "{RULES}";\n'
_OPTION = re.compile(r"^ *option \(buf\.validate\.[^;]*;\n\n?", re.MULTILINE)
_FIELD_OPTIONS = re.compile(r"(?<== )(\d+) \[")
_OURS = "(buf.validate."


def without_rules(text: str) -> str:
    """Return a file of the contract, as buf formats it, without anything of Protovalidate."""
    text = _OPTION.sub("", text.replace(_IMPORT, ""))
    kept, done = "", 0
    for found in _FIELD_OPTIONS.finditer(text):
        options, end = _options(text, found.end())
        others = [option for option in options if not option.startswith(_OURS)]
        kept += text[done : found.end(1)] + (f" [{', '.join(others)}]" if others else "")
        done = end
    return kept + text[done:]


def _options(text: str, start: int) -> tuple[list[str], int]:
    """Return the options of a list that begins at a place, and where its closing bracket ends."""
    options, option, depth, quoted, at = [], "", 0, False, start
    while depth or quoted or text[at] != "]":
        letter = text[at]
        if quoted and letter == "\\":
            option, at = option + letter, at + 1
            letter = text[at]
        elif letter == '"':
            quoted = not quoted
        elif not quoted:
            depth += (letter in "[{") - (letter in "]}")
        if letter == "," and not depth and not quoted:
            options.append(option.strip())
            option = ""
        else:
            option += letter
        at += 1
    return [*options, option.strip()], at + 1


def write(directory: Path) -> list[str]:
    """Write the files below a directory and return their names there.

    Raises:
        RuntimeError: one of them says something else than the contract's.
    """
    target = directory / DIRECTORY
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((PROTO / DIRECTORY).glob("*.proto")):
        (target / path.name).write_text(without_rules(path.read_text(encoding="utf-8")), "utf-8")
    written = {file.name: _bare(file) for file in built(directory).file if file.package == PACKAGE}
    wanted = {
        file.name: _bare(file)
        for file in without_rules_import(built()).file
        if file.package == PACKAGE
    }
    for name in wanted.keys() | written.keys():
        if wanted.get(name) != written.get(name):
            raise RuntimeError(f"{name} lost more than its rules")
    return sorted(written)


def _bare(file: FileDescriptorProto) -> FileDescriptorProto:
    """Return a file's descriptor without the rules, and without its comments, whose places differ."""
    bare = FileDescriptorProto()
    bare.CopyFrom(file)
    bare.ClearField("source_code_info")
    bare.DiscardUnknownFields()
    for message in bare.message_type:
        for field in message.field:
            if not field.options.ByteSize():
                field.ClearField("options")
        for oneof in message.oneof_decl:
            if not oneof.options.ByteSize():
                oneof.ClearField("options")
    return bare


def main() -> int:
    """Write the files; return the exit code."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the directory
        print("usage: python -m tools.sdk_protos DIRECTORY", file=sys.stderr)
        return 2
    names = write(Path(sys.argv[1]))
    print(f"{sys.argv[1]}: {len(names)} files of the contract, without rules")
    return 0


if __name__ == "__main__":
    sys.exit(main())
