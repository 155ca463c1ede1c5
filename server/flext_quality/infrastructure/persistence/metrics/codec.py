"""Measures and buckets of measures as bytes: MessagePack, whole numbers as such.

Both are an array. Its first item holds, by key, what has no number (`metric_numbers.py`); the item after it
is what has the number 0, and so on, with nil for what is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from flext_quality.domain.metrics.time_series import Bucket, Cell, Moment
from flext_quality.infrastructure.persistence.metrics.numbers import NUMBERED, NUMBERS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = 2.0**53
"""Whole numbers up to here are the same as a float and as an integer, which takes fewer bytes."""


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """A cell. Without `microseconds`, its latest value is of the bucket's last analysis."""

    last: float
    minimum: float
    maximum: float
    total: float
    count: int
    microseconds: int | None = None
    analysis_id: str = ""


# A number alone is a cell with one value, of the bucket's last analysis.
_Cell = float | _Packed

_encoder = msgspec.msgpack.Encoder()
_measures_decoder = msgspec.msgpack.Decoder(list[float | dict[str, float] | None])
_bucket_decoder = msgspec.msgpack.Decoder(list[_Cell | dict[str, _Cell] | None])

T = TypeVar("T")


def pack_measures(measures: Mapping[str, float]) -> bytes:
    """The bytes of measures."""
    return _pack_all({metric: _number(value) for metric, value in measures.items()})


def unpack_measures(payload: bytes) -> dict[str, float]:
    """The measures of bytes."""
    return dict(_numbered(_measures_decoder.decode(payload)))


def pack_bucket(bucket: Bucket, last: Moment) -> bytes:
    """The bytes of a bucket whose last analysis is `last`."""
    return _pack_all({metric: _pack(cell, last) for metric, cell in bucket.items()})


def unpack_bucket(payload: bytes, last: Moment) -> dict[str, Cell]:
    """The bucket of bytes."""
    packed = _numbered(_bucket_decoder.decode(payload))
    return {metric: _unpack(cell, last) for metric, cell in packed}


class BucketReader:
    """Reads some metrics of buckets, passing over the others."""

    def __init__(self, metrics: Iterable[str]) -> None:
        self._wanted = {key: NUMBERS.get(key) for key in metrics}
        numbers = {number for number in self._wanted.values() if number is not None}
        fields: list[tuple[str, Any, Any]] = [("others", dict[str, _Cell], {})]
        for number in range(max(numbers, default=-1) + 1):
            wanted = number in numbers
            kind = _Cell | None if wanted else msgspec.Raw
            fields.append((f"cell_{number}", kind, None if wanted else msgspec.Raw()))
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
            msgspec.defstruct("_Wanted", fields, array_like=True)
        )

    def read(self, payload: bytes, last: Moment) -> dict[str, Cell]:
        """The bucket of bytes, as far as it is wanted."""
        others, *cells = msgspec.structs.astuple(self._decoder.decode(payload))
        found: dict[str, Cell] = {}
        for key, number in self._wanted.items():
            packed = others.get(key) if number is None else cells[number]
            if packed is not None:
                found[key] = _unpack(packed, last)
        return found


def _pack_all(values: Mapping[str, object]) -> bytes:
    others = {key: value for key, value in values.items() if key not in NUMBERS}
    length = 1 + max((NUMBERS[key] for key in values if key in NUMBERS), default=-1)
    return _encoder.encode([others, *(values.get(key) for key in NUMBERED[:length])])


def _numbered(items: list[T | dict[str, T] | None]) -> Iterator[tuple[str, T]]:
    """Keys and values of an array; what is beyond the numbers that there are is not known here."""
    for key, value in zip((None, *NUMBERED), items, strict=False):
        if isinstance(value, dict):
            yield from value.items()
        elif key is not None and value is not None:
            yield key, value


def _pack(cell: Cell, last: Moment) -> object:
    if cell == Cell.of(cell.last, last):
        return _number(cell.last)
    numbers = [_number(n) for n in (cell.last, cell.minimum, cell.maximum, cell.total)]
    if cell.at == last:
        return [*numbers, cell.analyses]
    microseconds = (cell.at.time - _EPOCH) // timedelta(microseconds=1)
    return [*numbers, cell.analyses, microseconds, cell.at.analysis_id]


def _unpack(packed: float | _Packed, last: Moment) -> Cell:
    if not isinstance(packed, _Packed):
        return Cell(packed, last, packed, packed, packed, 1)
    at = last
    if packed.microseconds is not None:
        time = _EPOCH + timedelta(microseconds=packed.microseconds)
        at = Moment(time, packed.analysis_id)
    return Cell(packed.last, at, packed.minimum, packed.maximum, packed.total, packed.count)


def _number(value: float) -> float:
    return int(value) if abs(value) < _EXACT and value == int(value) else float(value)
