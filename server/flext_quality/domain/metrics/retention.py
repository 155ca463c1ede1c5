"""Which analyses keep their own measures and their files' details. The rules are in docs/metrics.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flext_quality.domain.metrics.time_series import Granularity, Moment, bucket_start


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long each kind of data is kept. None: for ever.

    Attributes:
        every: how long every analysis is kept.
        daily, weekly, monthly: how long the last one of each day, week and month is kept.
    """

    every: timedelta | None = timedelta(days=1)
    daily: timedelta | None = timedelta(days=90)
    weekly: timedelta | None = timedelta(days=730)
    monthly: timedelta | None = None

    def kept(self, moments: Iterable[Moment], now: datetime) -> set[Moment]:
        """Those of a line of analyses that are kept at `now`: what any of the rules keeps, and the newest.

        What is left over once is left over as long as a rule asks for it, so it makes no difference how
        often this is done.
        """
        ordered = sorted(moments)
        kept = {at for at in ordered if _is_within(now, at.time, self.every)}
        for granularity, age in (
            (Granularity.DAY, self.daily),
            (Granularity.WEEK, self.weekly),
            (Granularity.MONTH, self.monthly),
        ):
            last = {bucket_start(at.time, granularity): at for at in ordered}
            kept |= {at for at in last.values() if _is_within(now, at.time, age)}
        return kept | set(ordered[-1:])

    def oldest_wanted(self, granularity: Granularity, now: datetime) -> datetime | None:
        """Buckets that begin before this are not wanted any more; None: all are.

        Hours are wanted as long as analyses of each day are kept. Days, weeks and months are wanted as
        long as anything is.
        """
        ages = [self.every, self.daily]
        if granularity is not Granularity.HOUR:
            ages += [self.weekly, self.monthly]
        longest: timedelta | None = timedelta()
        for age in ages:
            longest = None if age is None or longest is None else max(longest, age)
        if longest is None:
            return None
        return bucket_start(now - longest, granularity)


def _is_within(now: datetime, time: datetime, age: timedelta | None) -> bool:
    return age is None or now - time <= age
