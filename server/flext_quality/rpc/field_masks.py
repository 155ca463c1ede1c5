"""Which fields an update changes."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.field_mask_pb2 import FieldMask

from flext_quality.domain.errors import invalid_field


def changed_fields(mask: FieldMask, updatable: Sequence[str]) -> frozenset[str]:
    """The fields that the mask names; "*" stands for all of `updatable`.

    Raises:
        InvalidFieldError: it names none, or one that cannot be changed.
    """
    paths = frozenset(updatable if "*" in mask.paths else mask.paths)
    if not paths or not paths.issubset(updatable):
        raise invalid_field("update_mask", f'must name some of {", ".join(updatable)}, or be "*"')
    return paths
