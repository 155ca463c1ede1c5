"""Reads a pipe in lines or keeps its end, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import IO

MAX_LINE_BYTES = 64 << 20
"""A longer line is an error."""
_CHUNK_BYTES = 256 << 10

LineSink = Callable[[Sequence[bytes]], Awaitable[None]]
"""Takes some lines, in order, without their newlines; blank lines are left out."""


class LineTooLongError(Exception):
    """What comes out of the pipe are no lines."""


async def read_lines(pipe: IO[bytes], on_lines: LineSink) -> None:
    """Hands all lines over; the last one need not end with a newline. Reads on when taken.

    Raises:
        LineTooLongError: a line is longer than `MAX_LINE_BYTES`.
    """
    rest: list[bytes] = []
    rest_size = 0

    async def take(chunk: bytes) -> None:
        nonlocal rest, rest_size
        head, newline, tail = chunk.rpartition(b"\n")
        if newline:
            lines = b"".join((*rest, head)).split(b"\n")
            rest, rest_size = [], 0
            await on_lines([line for line in lines if line])
        rest.append(tail)
        rest_size += len(tail)
        if rest_size > MAX_LINE_BYTES:
            raise LineTooLongError

    await _read_chunks(pipe, take)
    if rest_size:
        await on_lines([b"".join(rest)])


async def read_tail(
    pipe: IO[bytes], tail: bytearray, size: int, on_lines: LineSink | None = None
) -> None:
    """Reads all and keeps the last `size` bytes in `tail`; hands the lines over too, if wanted.

    Raises:
        LineTooLongError: as `read_lines`, if lines are wanted.
    """

    async def take(chunk: bytes) -> None:
        tail.extend(chunk)
        del tail[:-size]

    async def take_lines(lines: Sequence[bytes]) -> None:
        await take(b"\n".join((*lines, b"")))
        if on_lines is not None:
            await on_lines(lines)

    if on_lines is None:
        await _read_chunks(pipe, take)
    else:
        await read_lines(pipe, take_lines)


async def _read_chunks(pipe: IO[bytes], take: Callable[[bytes], Awaitable[None]]) -> None:
    reader = asyncio.StreamReader(limit=_CHUNK_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            await take(chunk)
    finally:
        transport.close()
