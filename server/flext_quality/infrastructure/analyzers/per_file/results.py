"""Collects the results of single files, from the cache and from processes."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic

import msgspec

from flext_quality.application.ports.analyzers import FileResultCache, FindingSink
from flext_quality.application.ports.sources import SourceFile
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.infrastructure.analyzers.per_file.result import R

_REPORT_EVERY_SECONDS = 0.5
_BATCH_FILES = 200
"""How many files are told of at once."""


def cache_keys(
    analyzer: str, files: Sequence[SourceFile], effective: Sequence[str]
) -> dict[str, str]:
    """The cache's key for each file, by path: a SHA-256 over all that its result depends on."""
    common = hashlib.sha256("\0".join((analyzer, *effective, "")).encode())
    keys = {}
    for file in files:
        key = common.copy()
        key.update(f"{file.path}\0{file.sha256}".encode())
        keys[file.path] = key.hexdigest()
    return keys


@dataclass
class Results(Generic[R]):
    """Collects results, in whatever order they come, and tells them in the order of the files.

    Attributes:
        keys: the cache's, by path.
        tell: takes the results of the next files.
    """

    analyzer: str
    files: Sequence[SourceFile]
    keys: Mapping[str, str]
    result_type: type[R]
    cache: FileResultCache
    sink: FindingSink
    tell: Callable[[Sequence[R]], Awaitable[None]]
    _results: dict[str, R] = field(default_factory=dict)
    _unsaved: dict[str, bytes] = field(default_factory=dict)
    _told: int = 0
    _told_at: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take_cached(self) -> list[SourceFile]:
        """Takes what the cache has; returns the files that it has nothing of."""
        cached = await self.cache.get_many(list(self.keys.values()))
        await asyncio.to_thread(self._decode, cached)
        return [file for file in self.files if file.path not in self._results]

    def _decode(self, cached: Mapping[str, bytes]) -> None:
        decode = msgspec.json.Decoder(self.result_type).decode
        for path, key in self.keys.items():
            if key in cached:
                try:
                    self._results[path] = msgspec.structs.replace(decode(cached[key]), path=path)
                except msgspec.DecodeError:
                    continue  # as good as not there

    async def take(self, results: Sequence[R]) -> None:
        """Takes new results; tells of them now and then."""
        for result in results:
            self._results[result.path] = result
            if result.is_lasting:
                lasting = msgspec.structs.replace(result, path="")
                self._unsaved[self.keys[result.path]] = msgspec.json.encode(lasting)
        now = asyncio.get_running_loop().time()
        if now - self._told_at >= _REPORT_EVERY_SECONDS:
            self._told_at = now
            await self._tell()

    async def finish(self) -> None:
        """Tells all that was not told yet, and last what was skipped."""
        await self._tell()
        skipped: defaultdict[tuple[SkipReason, str], list[str]] = defaultdict(list)
        for file in self.files:
            if (skip := self._results[file.path].skip) is not None:
                skipped[skip].append(file.path)
        for (reason, detail), paths in skipped.items():
            await self.sink.skipped(FilesSkipped(reason, tuple(paths), self.analyzer, detail))

    async def _tell(self) -> None:
        async with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
            if unsaved:
                await self.cache.put_many(unsaved)
            while following := self._following():
                await self.tell(following)
            await self.sink.progressed(len(self._results), len(self.files))

    def _following(self) -> list[R]:
        """The results of the next files, as far as there is no gap; none when all are told."""
        following: list[R] = []
        while self._told < len(self.files) and len(following) < _BATCH_FILES:
            result = self._results.get(self.files[self._told].path)
            if result is None:
                break
            following.append(result)
            self._told += 1
        return following
