from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flext_quality.domain.metrics.retention import RetentionPolicy
from flext_quality.domain.metrics.time_series import BUCKETED, Granularity, Moment, bucket_start
from tests.properties import given, st

NOW = datetime(2025, 3, 4, 12, 30, tzinfo=UTC)
BEGIN = datetime(2022, 1, 1)  # noqa: DTZ001  # hypothesis adds the zone
TIMES = st.datetimes(BEGIN, BEGIN + timedelta(days=1000), timezones=st.just(UTC))
HISTORIES = st.sets(st.builds(Moment, TIMES, st.text("ab", min_size=1, max_size=2)), max_size=40)
AGES = st.none() | st.integers(0, 1000).map(lambda days: timedelta(days=days))
POLICIES = st.builds(RetentionPolicy, AGES, AGES, AGES, AGES)
NOTHING = timedelta()


def ago(**age: float) -> Moment:
    return Moment(NOW - timedelta(**age), "a")


def kept(policy: RetentionPolicy, *moments: Moment) -> list[Moment]:
    return sorted(policy.kept(moments, NOW), reverse=True)


def test_the_usual_tiers() -> None:
    """All of a day, then the last of each day, then of each week, then of each month for ever."""
    policy = RetentionPolicy()
    today = [ago(hours=n) for n in range(24)]
    assert today == kept(policy, *today)
    of_a_day = [ago(days=20, hours=n) for n in range(12)]
    assert [ago(), ago(days=20)] == kept(policy, ago(), *of_a_day)
    # From Tuesday, 19 November 2024, back to Friday.
    of_two_weeks = [ago(days=105 + n) for n in range(5)]
    assert [ago(), of_two_weeks[0], of_two_weeks[2]] == kept(policy, ago(), *of_two_weeks)
    of_months = [ago(days=750 + n) for n in range(60)]
    months = {bucket_start(at.time, Granularity.MONTH) for at in of_months}
    assert len(months) + 1 == len(kept(policy, ago(), *of_months))


def test_analyses_of_one_moment_are_told_apart() -> None:
    """The one with the greatest id is the last."""
    old = NOW - timedelta(days=50)
    policy = RetentionPolicy()
    assert [ago(), Moment(old, "b")] == kept(policy, ago(), Moment(old, "a"), Moment(old, "b"))


def test_the_last_of_a_month_is_kept_from_the_beginning() -> None:
    """Though its week, which reaches into the next month, has a later one."""
    friday, saturday = (Moment(datetime(2024, 11, d, tzinfo=UTC), "a") for d in (29, 30))
    sunday = Moment(datetime(2024, 12, 1, tzinfo=UTC), "a")
    assert [ago(), sunday, saturday] == kept(RetentionPolicy(), friday, saturday, sunday, ago())


def test_none_is_for_ever() -> None:
    """Keeping all keeps all."""
    history = [ago(days=1000 * n) for n in range(9)]
    assert history == kept(RetentionPolicy(every=None), *history)
    policy = RetentionPolicy(NOTHING, NOTHING, NOTHING, None)
    assert len(history) == len(kept(policy, *history))


@given(HISTORIES, POLICIES, TIMES)
def test_the_newest_is_always_kept(
    history: set[Moment], policy: RetentionPolicy, now: datetime
) -> None:
    """However old it is; and nothing is made up."""
    left = policy.kept(history, now)
    assert left <= history
    assert not history or max(history) in left


@given(HISTORIES, POLICIES, TIMES)
def test_doing_it_again_changes_nothing(
    history: set[Moment], policy: RetentionPolicy, now: datetime
) -> None:
    """What is left over once is left over."""
    left = policy.kept(history, now)
    assert left == policy.kept(left, now)


@given(HISTORIES, POLICIES, st.lists(st.integers(0, 400), max_size=6))
def test_how_often_it_is_done_makes_no_difference(
    history: set[Moment], policy: RetentionPolicy, pauses: list[int]
) -> None:
    """Also when analyses go on in between: what is left is what would be left of all at the end."""
    now, left = datetime(2022, 1, 1, tzinfo=UTC), set[Moment]()
    known: set[Moment] = set()
    for pause in pauses:
        now += timedelta(days=pause)
        new = {at for at in history if at.time <= now} - known
        known |= new
        left = policy.kept(left | new, now)
    assert left == policy.kept(known, now)


@given(HISTORIES, POLICIES, TIMES)
def test_what_one_rule_keeps_no_other_removes(
    history: set[Moment], policy: RetentionPolicy, now: datetime
) -> None:
    """The whole keeps what each rule would keep alone."""
    left = policy.kept(history, now)
    for alone in (
        RetentionPolicy(policy.every, NOTHING, NOTHING, NOTHING),
        RetentionPolicy(NOTHING, policy.daily, NOTHING, NOTHING),
        RetentionPolicy(NOTHING, NOTHING, policy.weekly, NOTHING),
        RetentionPolicy(NOTHING, NOTHING, NOTHING, policy.monthly),
    ):
        assert alone.kept(history, now) <= left


def test_buckets_of_hours_go_with_the_days() -> None:
    """The others stay as long as anything does."""
    policy = RetentionPolicy()
    before = datetime(2024, 12, 4, 12, tzinfo=UTC)
    assert before == policy.oldest_wanted(Granularity.HOUR, NOW)
    for granularity in BUCKETED[1:]:
        assert policy.oldest_wanted(granularity, NOW) is None
    short = RetentionPolicy(timedelta(days=1), timedelta(days=2), timedelta(days=9), NOTHING)
    assert datetime(2025, 2, 17, tzinfo=UTC) == short.oldest_wanted(Granularity.WEEK, NOW)
    assert RetentionPolicy(every=None).oldest_wanted(Granularity.HOUR, NOW) is None
