"""An issue holds its finding, an analysis its error's values; a method that matched nothing is NEW, not 0.

Stored issues are messages of the contract. Before, what describes the finding stood among the issue's own
fields; now it is a message of its own. The bytes are rewritten field by field, without the generated code,
which knows the new layout alone. Pages of issues are dropped: the next analysis makes them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROWS_AT_A_TIME = 5000

_OF_FINDING: Mapping[int, int] = MappingProxyType(
    {3: 1, 4: 2, 5: 3, 6: 14, 7: 4, 8: 5, 9: 6, 10: 7, 11: 8, 12: 9, 13: 10, 14: 11, 15: 12, 16: 15}
)
"""The number of a field in `Finding` by the number that it had in `Issue`."""

_OF_ISSUE: Mapping[int, int] = MappingProxyType(
    {1: 1, 2: 2, 17: 4, 18: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 11, 24: 14, 25: 10}
)
"""The number of a field in `Issue` by the number that it had before."""

_FINDING = 3
_NEW = 7
_VARINT, _FIXED64, _LENGTH = 0, 1, 2


def upgrade() -> None:
    op.add_column("analyses", sa.Column("failure_metadata", sa.Text()))
    _rewrite(with_finding)
    op.execute("DELETE FROM issue_pages")
    for table in ("issues", "sightings"):
        op.execute(f"UPDATE {table} SET rung = {_NEW} WHERE rung = 0")  # noqa: S608  # two constants


def downgrade() -> None:
    op.drop_column("analyses", "failure_metadata")
    _rewrite(without_finding)
    op.execute("DELETE FROM issue_pages")
    for table in ("issues", "sightings"):
        op.execute(f"UPDATE {table} SET rung = 0 WHERE rung = {_NEW}")  # noqa: S608  # two constants


def with_finding(payload: bytes) -> bytes:
    """The bytes of a list of issues, in whose messages the finding stands by itself."""
    return b"".join(_message(1, _nested(issue)) for _, _, issue in _fields(payload))


def without_finding(payload: bytes) -> bytes:
    """The bytes of a list of issues as they were before; what they had not then is left out."""
    return b"".join(_message(1, _flat(issue)) for _, _, issue in _fields(payload))


def _nested(issue: bytes) -> bytes:
    own, finding = [], []
    for number, kind, value in _fields(issue):
        if number in _OF_FINDING:
            finding.append(_field(_OF_FINDING[number], kind, value))
        elif number in _OF_ISSUE:
            own.append(_field(_OF_ISSUE[number], kind, value))
    return b"".join(own) + _message(_FINDING, b"".join(finding))


def _flat(issue: bytes) -> bytes:
    of_finding = {new: old for old, new in _OF_FINDING.items()}
    of_issue = {new: old for old, new in _OF_ISSUE.items()}
    fields = []
    for number, kind, value in _fields(issue):
        if number == _FINDING:
            fields += [
                _field(of_finding[inner], inner_kind, inner_value)
                for inner, inner_kind, inner_value in _fields(value)
                if inner in of_finding
            ]
        elif number in of_issue:
            fields.append(_field(of_issue[number], kind, value))
    return b"".join(fields)


def _rewrite(change: Callable[[bytes], bytes]) -> None:
    connection = op.get_bind()
    for name, keys in (
        ("issues", ("project_id", "branch", "issue_id")),
        ("sightings", ("project_id", "branch", "issue_id", "seen_from")),
    ):
        table = sa.table(name, *map(sa.column, keys), sa.column("payload", sa.LargeBinary()))
        key = [table.c[column] for column in keys]
        update = (
            sa.update(table)
            .where(*(column == sa.bindparam(f"key_{column.name}") for column in key))
            .values(payload=sa.bindparam("new_payload"))
        )
        after: tuple[object, ...] = ()
        while True:
            statement = sa.select(*key, table.c.payload).order_by(*key).limit(_ROWS_AT_A_TIME)
            if after:
                statement = statement.where(sa.tuple_(*key) > sa.tuple_(*map(sa.literal, after)))
            rows = connection.execute(statement).all()
            if not rows:
                break
            connection.execute(
                update,
                [
                    {f"key_{k}": v for k, v in zip(keys, row[:-1], strict=True)}
                    | {"new_payload": change(bytes(row[-1]))}
                    for row in rows
                ],
            )
            after = tuple(rows[-1][:-1])


# --- the encoding: https://protobuf.dev/programming-guides/encoding ----------------------------


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, wire type and bytes of each field; those of a length-delimited one without the length."""
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        start, kind = at, tag & 7
        if kind == _VARINT:
            _, at = _read_varint(message, at)
        elif kind == _LENGTH:
            size, start = _read_varint(message, at)
            at = start + size
        else:
            at += 8 if kind == _FIXED64 else 4
        yield tag >> 3, kind, message[start:at]


def _field(number: int, kind: int, value: bytes) -> bytes:
    if kind == _LENGTH:
        return _message(number, value)
    return _varint(number << 3 | kind) + value


def _message(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH) + _varint(len(value)) + value


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  # the last byte has no eighth bit
            return value, at
        shift += 7


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:  # noqa: PLR2004  # seven bits go into a byte
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
