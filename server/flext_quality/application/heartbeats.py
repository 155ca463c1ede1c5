"""How often streams say that they are alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass
class HeartbeatInterval:
    """How long nothing may be sent before a heartbeat is, unless the watcher says otherwise.

    The operator may change it while the server runs; streams that run keep theirs.
    """

    default: timedelta = timedelta(seconds=10)
