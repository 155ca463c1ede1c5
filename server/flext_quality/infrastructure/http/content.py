"""Reads an answer's content up to a limit, decoded, without ever holding more than that."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from flext_quality.domain.system.errors import ExternalAnswerInvalidError

_ANY_WINDOW = 32 + zlib.MAX_WBITS
"""zlib tells gzip and zlib apart by their first bytes."""

ACCEPTED = "gzip"
_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})


async def read(dependency: str, encoding: str, parts: AsyncIterator[bytes], limit: int) -> bytes:
    """The whole content.

    Raises:
        ExternalAnswerInvalidError: it is larger than the limit before or after decoding, or is not what
            `encoding` (a Content-Encoding) says.
    """
    names = [name for name in (n.strip().lower() for n in encoding.split(",")) if name]
    names = [name for name in names if name != "identity"]
    if len(names) > 1 or not _ENCODINGS.issuperset(names):
        raise ExternalAnswerInvalidError(
            dependency, "encoding", "in an encoding that was not asked"
        )
    content, raw = bytearray(), 0
    decoder = _Decoder(dependency) if names else None
    async for part in parts:
        raw += len(part)
        if raw > limit:
            raise too_large(dependency, limit)
        content += part if decoder is None else decoder.decode(part, limit + 1 - len(content))
        if len(content) > limit:
            raise too_large(dependency, limit)
    if decoder is not None and raw and not decoder.is_complete:
        raise _broken(dependency)
    return bytes(content)


async def beginning(encoding: str, parts: AsyncIterator[bytes], most: int) -> bytes:
    """The first bytes as they come, whatever the length or the end; none of what is compressed."""
    if encoding not in {"", "identity"}:
        return b""  # it could grow without bound
    gathered = b""
    async for part in parts:
        gathered += part
        if len(gathered) >= most:
            break
    return gathered[:most]


def too_large(dependency: str, limit: int) -> ExternalAnswerInvalidError:
    """The error for an answer of more than `limit` bytes."""
    return ExternalAnswerInvalidError(dependency, "too_large", f"more than {limit:,} bytes")


def _broken(dependency: str) -> ExternalAnswerInvalidError:
    return ExternalAnswerInvalidError(dependency, "encoding", "what cannot be decoded")


class _Decoder:
    """gzip of one or several members, or zlib; stops decoding where the caller has enough."""

    def __init__(self, dependency: str) -> None:
        self._dependency = dependency
        self._inflate = zlib.decompressobj(_ANY_WINDOW)

    @property
    def is_complete(self) -> bool:
        return self._inflate.eof

    def decode(self, part: bytes, enough: int) -> bytes:
        content = bytearray()
        try:
            while part and len(content) < enough:
                if self._inflate.eof:
                    self._inflate = zlib.decompressobj(_ANY_WINDOW)
                content += self._inflate.decompress(part, enough - len(content))
                part = self._inflate.unconsumed_tail or self._inflate.unused_data
        except zlib.error:
            raise _broken(self._dependency) from None
        return bytes(content)
