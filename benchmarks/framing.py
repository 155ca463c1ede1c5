"""Messages in a file, each after its length: 4 bytes, the most significant first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_LENGTH_BYTES = 4


def write_messages(path: Path, messages: Iterable[bytes]) -> None:
    """Puts all messages into a new file."""
    with path.open("wb") as file:
        for message in messages:
            file.write(len(message).to_bytes(_LENGTH_BYTES))
            file.write(message)


def read_messages(path: Path) -> list[bytes]:
    """All messages of a file."""
    content = path.read_bytes()
    messages, start = [], 0
    while start < len(content):
        end = start + _LENGTH_BYTES
        length = int.from_bytes(content[start:end])
        messages.append(content[end : end + length])
        start = end + length
    return messages
