"""Measures and buckets of measures as bytes: MessagePack, whole numbers as such."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from flext_quality.domain.time_series import Bucket, Cell, Moment

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


_encoder = msgspec.msgpack.Encoder()
_measures_decoder = msgspec.msgpack.Decoder(dict[str, float])
# A number alone is a cell with one value, of the bucket's last analysis.
_bucket_decoder = msgspec.msgpack.Decoder(dict[str, float | _Packed])


def pack_measures(measures: Mapping[str, float]) -> bytes:
    """The bytes of measures."""
    return _encoder.encode({metric: _number(value) for metric, value in measures.items()})


def unpack_measures(payload: bytes) -> dict[str, float]:
    """The measures of bytes."""
    return _measures_decoder.decode(payload)


def pack_bucket(bucket: Bucket, last: Moment) -> bytes:
    """The bytes of a bucket whose last analysis is `last`."""
    return _encoder.encode({metric: _pack(cell, last) for metric, cell in bucket.items()})


def unpack_bucket(
    payload: bytes, last: Moment, metrics: Collection[str] | None = None
) -> dict[str, Cell]:
    """The bucket of bytes, with these metrics alone if any are given."""
    packed = _bucket_decoder.decode(payload)
    wanted = packed if metrics is None else [metric for metric in metrics if metric in packed]
    return {metric: _unpack(packed[metric], last) for metric in wanted}


def _pack(cell: Cell, last: Moment) -> object:
    if cell == Cell.of(cell.last, last):
        return _number(cell.last)
    numbers = [_number(n) for n in (cell.last, cell.minimum, cell.maximum, cell.total)]
    if cell.at == last:
        return [*numbers, cell.count]
    microseconds = (cell.at.time - _EPOCH) // timedelta(microseconds=1)
    return [*numbers, cell.count, microseconds, cell.at.analysis_id]


def _unpack(packed: float | _Packed, last: Moment) -> Cell:
    if not isinstance(packed, _Packed):
        return Cell.of(packed, last)
    at = last
    if packed.microseconds is not None:
        time = _EPOCH + timedelta(microseconds=packed.microseconds)
        at = Moment(time, packed.analysis_id)
    return Cell(packed.last, at, packed.minimum, packed.maximum, packed.total, packed.count)


def _number(value: float) -> float:
    return int(value) if abs(value) < _EXACT and value == int(value) else float(value)
