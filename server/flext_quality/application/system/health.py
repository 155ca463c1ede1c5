"""Whether everything that the server depends on is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from flext_quality.application.ports.health import HealthCheck
from flext_quality.domain.errors import QualityError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check said. `detail` is for operators. What is not vital, the server can do without."""

    name: str
    is_well: bool
    detail: str
    is_vital: bool = True


@dataclass
class HealthChecks:
    """Asks all checks at once, each no longer than `limit_seconds`.

    An answer stands for `lifetime_seconds`, so that many who ask cost no more than one.
    """

    checks: Sequence[HealthCheck]
    limit_seconds: float = 3.0
    lifetime_seconds: float = 5.0
    now: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Checked]] = field(default_factory=dict)
    _asked: dict[str, asyncio.Task[Checked]] = field(default_factory=dict)

    async def __call__(self) -> list[Checked]:
        """What each says, in the order in which they were registered."""
        return list(await asyncio.gather(*(self._of(check) for check in self.checks)))

    async def _of(self, check: HealthCheck) -> Checked:
        known = self._known.get(check.name)
        if known is not None and self.now() < known[0]:
            return known[1]
        task = self._asked.get(check.name)
        if task is None:
            task = self._asked[check.name] = asyncio.create_task(self._ask(check))
            task.add_done_callback(lambda _: self._asked.pop(check.name, None))
        # Who asked first may go away; the others still want to know.
        return await asyncio.shield(task)

    async def _ask(self, check: HealthCheck) -> Checked:
        try:
            async with asyncio.timeout(self.limit_seconds):
                answer = await check.check()
            error: QualityError | None = answer.error
            detail = error.message if error else answer.unwrap()
            checked = Checked(check.name, error is None, detail, check.is_vital)
        except TimeoutError:
            words = f"did not answer within {self.limit_seconds:g} s"
            checked = Checked(check.name, False, words, check.is_vital)
        except Exception:  # noqa: BLE001  # a bug in a check is no reason to be unable to tell
            await _log.aexception("health check broke off", check=check.name)
            checked = Checked(check.name, False, "broke off; see the log", check.is_vital)
        self._known[check.name] = (self.now() + self.lifetime_seconds, checked)
        return checked
