"""Measures and buckets of measures as bytes: MessagePack, whole numbers as such."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

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


def unpack_bucket(payload: bytes, last: Moment) -> dict[str, Cell]:
    """The bucket of bytes."""
    packed = _bucket_decoder.decode(payload)
    return {metric: _unpack(cell, last) for metric, cell in packed.items()}


class BucketReader:
    """Reads some metrics of buckets, passing over the others."""

    def __init__(self, metrics: Iterable[str]) -> None:
        self._keys = dict.fromkeys(metrics)
        # A message of named fields, of which only those that are wanted are decoded.
        names = {f"cell_{number}": key for number, key in enumerate(self._keys)}
        fields = [(name, float | _Packed | None, None) for name in names]
        wanted = msgspec.defstruct("_Wanted", fields, rename=names)
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(wanted)

    def read(self, payload: bytes, last: Moment) -> dict[str, Cell]:
        """The bucket of bytes, as far as it is wanted."""
        found = msgspec.structs.astuple(self._decoder.decode(payload))
        return {
            key: _unpack(cell, last)
            for key, cell in zip(self._keys, found, strict=True)
            if cell is not None
        }


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
