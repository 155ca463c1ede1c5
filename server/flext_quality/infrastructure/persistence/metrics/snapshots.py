"""What was measured about files, and the hashes of their lines."""

from __future__ import annotations

import asyncio
import sys
import zlib
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Executable, Table, bindparam, select

from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.sources.measures import FileRecord, LineHashes
from flext_quality.infrastructure.persistence.engine import insert_if_absent
from flext_quality.infrastructure.persistence.tables import file_lines, snapshots
from flext_quality.infrastructure.persistence.transaction import Transaction

_Stored = tuple[str, str, dict[str, float], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""A `FileRecord`, field by field. New fields go to the end, with a decoder that takes both."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[_Stored])

_LEVEL = 1
"""Most of the gain of compressing for a small part of its time."""
_CONTENTS_PER_QUERY = 5000

_PROJECT = bindparam("project", type_=snapshots.c.project_id.type)
_HAS = select(snapshots.c.digest).where(
    snapshots.c.project_id == _PROJECT, snapshots.c.digest == bindparam("of")
)
_GET = select(snapshots.c.payload).where(
    snapshots.c.project_id == _PROJECT, snapshots.c.digest == bindparam("of")
)
_THESE_LINES = (
    file_lines.c.project_id == _PROJECT,
    file_lines.c.sha256.in_(bindparam("contents", expanding=True)),
)
_GET_LINES = select(file_lines.c.sha256, file_lines.c.hashes).where(*_THESE_LINES)
_KEPT_LINES = select(file_lines.c.sha256).where(*_THESE_LINES)


class SqlSnapshotRepository:
    """Keeps the records of an analysis as one compressed value, and each content's lines by itself."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def put(self, project: ProjectName, records: Sequence[FileRecord]) -> str:
        """Keeps the records unless they are there; their digest."""
        packed = await asyncio.to_thread(_packed, records)
        digest = sha256(packed).hexdigest()
        if (
            await self._transaction.value(_HAS, {"project": project.project_id, "of": digest})
            is None
        ):
            row = {
                "project_id": project.project_id,
                "digest": digest,
                "payload": await asyncio.to_thread(zlib.compress, packed, _LEVEL),
            }
            await self._transaction.write(self._insert_if_absent(snapshots), row)
        return digest

    async def get(self, project: ProjectName, digest: str) -> list[FileRecord] | None:
        """The records, in the order of the paths."""
        payload = await self._transaction.value(_GET, {"project": project.project_id, "of": digest})
        return None if payload is None else await asyncio.to_thread(_unpacked, payload)

    async def put_lines(self, project: ProjectName, lines: Mapping[str, LineHashes]) -> None:
        """Keeps the hashes of lines unless they are there."""
        if lines:
            rows = await asyncio.to_thread(_rows, project, lines)
            await self._transaction.write(self._insert_if_absent(file_lines), rows)

    async def get_lines(
        self, project: ProjectName, contents: Collection[str]
    ) -> dict[str, LineHashes]:
        """The hashes of the lines of those that are there."""
        found: dict[str, LineHashes] = {}
        for parameters in _chunks(project, contents):
            rows = await self._transaction.tuples(_GET_LINES, parameters)
            found.update(await asyncio.to_thread(_hashes, rows))
        return found

    async def missing_lines(self, project: ProjectName, contents: Collection[str]) -> set[str]:
        """Those that are not there."""
        missing = set(contents)
        for parameters in _chunks(project, contents):
            kept = await self._transaction.tuples(_KEPT_LINES, parameters)
            missing.difference_update(row[0] for row in kept)
        return missing

    def _insert_if_absent(self, table: Table) -> Executable:
        return insert_if_absent(table, self._transaction.dialect)


def _packed(records: Sequence[FileRecord]) -> bytes:
    """The same bytes for the same records, whatever the order of what has none."""
    return _encoder.encode(
        [
            (
                record.path,
                record.sha256,
                {key: float(record.values[key]) for key in sorted(record.values)},
                list(record.covered),
                list(record.uncovered),
                list(record.duplicated),
            )
            for record in sorted(records, key=lambda record: record.path)
        ]
    )


def _unpacked(payload: bytes) -> list[FileRecord]:
    return [FileRecord(*fields) for fields in _decoder.decode(zlib.decompress(payload))]


def _rows(project: ProjectName, lines: Mapping[str, LineHashes]) -> list[dict[str, Any]]:
    return [
        {
            "project_id": project.project_id,
            "sha256": content,
            "hashes": zlib.compress(_little_endian(array("Q", hashes)).tobytes(), _LEVEL),
        }
        for content, hashes in sorted(lines.items())
    ]


def _hashes(rows: Sequence[tuple[str, bytes]]) -> dict[str, LineHashes]:
    return {
        content: _little_endian(array("Q", zlib.decompress(packed))) for content, packed in rows
    }


def _little_endian(numbers: array[int]) -> array[int]:
    """From or to the order of bytes in which they are stored."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _chunks(project: ProjectName, contents: Collection[str]) -> Iterator[dict[str, Any]]:
    ordered = sorted(contents)
    for start in range(0, len(ordered), _CONTENTS_PER_QUERY):
        part = ordered[start : start + _CONTENTS_PER_QUERY]
        yield {"project": project.project_id, "contents": part}
