"""Settings that change while the server runs: in development, when the configuration file does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from flext_quality.settings.loading import LoadedSettings
from flext_quality.settings.model import FlextApiSettings
from flext_quality.settings.options import Option, Path, options, value_of

Follower = Callable[[FlextApiSettings], None]

_log = structlog.get_logger(__name__)


class LiveSettings:
    """The settings as they are now. What follows them is told of each change."""

    def __init__(self, settings: FlextApiSettings) -> None:
        self.current = settings
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Calls `follower` after each change, with the new settings."""
        self._followers.append(follower)

    def change(self, wanted: FlextApiSettings) -> tuple[list[str], list[str]]:
        """Takes up what can change while the server runs.

        Returns the names of the options that changed, and of those that need a restart to.
        """
        changed = [
            o for o in options().values() if value_of(self.current, o) != value_of(wanted, o)
        ]
        live = [option for option in changed if option.is_live]
        if live:
            self.current = _updated(self.current, wanted, live)
            for follower in self._followers:
                follower(self.current)
        return [o.name for o in live], [o.name for o in changed if not o.is_live]


async def follow_file(loaded: LoadedSettings, live: LiveSettings) -> None:
    """Takes changes of the configuration file up until it is cancelled.

    A wrong file changes nothing; the log says what is wrong with it, each time it is saved.
    """
    if loaded.file is None:
        return
    from watchfiles import awatch  # noqa: PLC0415  # development only

    name = loaded.file.name
    # The directory: many editors replace a file, and a Kubernetes mount replaces a link beside it.
    watched = awatch(
        loaded.file.parent,
        recursive=False,
        debounce=200,
        rust_timeout=1000,
        yield_on_timeout=True,
    )
    # From the first round on nothing is missed; there may have been a change before it.
    is_first = True
    async for changes in watched:
        if is_first or any(path.endswith((f"/{name}", "/..data")) for _, path in changes):
            await _take_up(loaded, live)
        is_first = False


async def _take_up(loaded: LoadedSettings, live: LiveSettings) -> None:
    result = await asyncio.to_thread(loaded.again)
    if result.error is not None:
        _log.error("the settings stay as they were", file=str(loaded.file), why=str(result.error))
        return
    changed, waiting = live.change(result.unwrap().settings)
    if changed:
        _log.info("settings changed", options=changed)
    if waiting:
        _log.warning("these settings change with the next start", options=waiting)


def _updated(
    current: FlextApiSettings, wanted: FlextApiSettings, live: list[Option]
) -> FlextApiSettings:
    """`current` with the live options of `wanted`."""
    updated: Any = current
    for option in live:
        updated = _with(updated, option.path, value_of(wanted, option))
    settings: FlextApiSettings = updated
    return settings


def _with(group: Any, path: Path, value: Any) -> Any:
    name, *inner = path
    changed = _with(getattr(group, name), tuple(inner), value) if inner else value
    return group.model_copy(update={name: changed})
