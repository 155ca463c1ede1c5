"""Options that say where other options are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from flext_quality.settings.all_options import AllOptions


def option_so_far(name: str, values: Mapping[str, Any]) -> Any:
    """An option (or group) without a group, of what the sources asked so far say.

    A wrong value is taken for none: it is told later, with all the others.
    """
    known = {name: values[name]} if name in values else {}
    try:
        return getattr(AllOptions.model_validate(known), name)
    except ValidationError:
        return getattr(AllOptions(), name)
