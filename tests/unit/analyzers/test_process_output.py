import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import IO

import pytest

from flext_quality.infrastructure.analyzers import process_output
from flext_quality.infrastructure.analyzers.process_output import (
    LineTooLongError,
    read_lines,
    read_tail,
)

MEBIBYTE = 1 << 20


async def lines_of(*pieces: bytes) -> list[bytes]:
    """The lines that are read when the pieces are written one after another."""
    lines: list[bytes] = []

    async def take(some: Sequence[bytes]) -> None:
        lines.extend(some)

    await _through_pipe(pieces, lambda pipe: read_lines(pipe, take))
    return lines


async def _through_pipe(
    pieces: Sequence[bytes], read: Callable[[IO[bytes]], Awaitable[None]]
) -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for piece in pieces:
                rest = memoryview(piece)
                while rest:
                    rest = rest[pipe.write(rest) :]

    with os.fdopen(reading, "rb", buffering=0) as pipe:
        writer = asyncio.create_task(asyncio.to_thread(write))
        try:
            await read(pipe)
        finally:
            pipe.close()
            await asyncio.gather(writer, return_exceptions=True)


async def test_lines_come_whole_however_they_are_written() -> None:
    """A line that is written in pieces is one line, and the last one needs no newline."""
    assert [b"one", b"two", b"three"] == await lines_of(b"on", b"e\ntw", b"o\n\nthr", b"ee")


async def test_nothing_written_is_no_line() -> None:
    """A tool that says nothing makes no lines, not one empty line."""
    assert [] == await lines_of()


async def test_a_line_may_have_many_megabytes() -> None:
    """The fix of a huge file fits."""
    long = b"x" * (20 * MEBIBYTE)

    assert [b"a", long, b"b"] == await lines_of(b"a\n" + long + b"\nb\n")


async def test_an_endless_line_is_an_error() -> None:
    """A tool that never ends its line does not fill the server's memory."""
    with pytest.raises(LineTooLongError):
        await lines_of(b"x" * (process_output.MAX_LINE_BYTES + MEBIBYTE))


async def test_only_the_end_is_kept() -> None:
    """Of a tool's last words the very last are kept."""
    tail = bytearray()

    await _through_pipe([b"a" * 1000, b"the end"], lambda pipe: read_tail(pipe, tail, 10))

    assert b"aaathe end" == bytes(tail)


async def test_the_end_is_kept_while_lines_are_read() -> None:
    """Who reads the lines of stderr loses nothing of the last words."""
    tail = bytearray()
    lines: list[bytes] = []

    async def take(some: Sequence[bytes]) -> None:
        lines.extend(some)

    await _through_pipe([b"one\ntwo\n"], lambda pipe: read_tail(pipe, tail, 5, take))

    assert [b"one", b"two"] == lines
    assert b"\ntwo\n" == bytes(tail)
